//! What admission says of requests and commands, heard in the history.
//!
//! All who wait share one reading of it, however many there are.

use contract::history::EventKind;
use contract::{Code, Coordinates, HistoryEvent, InvoiceId, Stage, Topics};
use operations::Answer;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;
use stream::client::ClientSettings;
use stream::read::{self, Feed, Start};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

/// Events that are remembered for whoever asks after they came: more than come between an acknowledgement and the question.
const REMEMBERED: usize = 20_000;
/// The wait before a history that could not be read is asked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// Hears the history from [`Answers::listen`] on. Cloning is cheap.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    kafka: ClientSettings,
    topics: Topics,
    heard: Arc<Mutex<Heard>>,
    begun: Arc<Once>,
    is_listening: watch::Sender<bool>,
}

/// How a record was settled by the first stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) invoice_id: InvoiceId,
    pub(super) kind: EventKind,
    pub(super) run: u32,
    pub(super) code: Option<Code>,
}

#[derive(Debug, Default)]
struct Heard {
    settled: HashMap<Coordinates, Settled>,
    order: VecDeque<Coordinates>,
    waiting: HashMap<Coordinates, Vec<oneshot::Sender<Settled>>>,
}

impl Answers {
    pub(super) fn new(kafka: ClientSettings, topics: Topics) -> Self {
        Self {
            kafka,
            topics,
            heard: Arc::default(),
            begun: Arc::new(Once::new()),
            is_listening: watch::Sender::new(false),
        }
    }

    /// Begins to listen, for as long as the runtime runs; only the first time.
    pub(super) fn listen(&self) {
        self.begun.call_once(|| {
            let answers = self.clone();
            tokio::spawn(async move {
                loop {
                    if let Err(error) = answers.hear().await {
                        tracing::warn!("the answers of admission are not heard for now: {error}");
                    }
                    answers.is_listening.send_replace(false);
                    tokio::time::sleep(AGAIN).await;
                }
            });
        });
    }

    /// Waits until answers are heard, which must be so before anything is sent; returns whether they are.
    pub(super) async fn ready(&self, until: Instant) -> bool {
        self.listen();
        let mut listening = self.is_listening.subscribe();
        tokio::time::timeout_at(until, listening.wait_for(|is| *is)).await.is_ok_and(|waited| waited.is_ok())
    }

    /// How the record at these coordinates was settled, or `None` if nobody has said so until then.
    pub(super) async fn of(&self, at: &Coordinates, until: Instant) -> Option<Settled> {
        let asked = self.heard().ask(at);
        let answered = match asked {
            Ok(settled) => return Some(settled),
            Err(waiting) => tokio::time::timeout_at(until, waiting).await,
        };
        if answered.is_err() {
            self.heard().forget(at);
        }
        answered.ok()?.ok()
    }

    async fn hear(&self) -> Result<(), read::Error> {
        let mut history: Feed = read::follow(&self.kafka, &self.topics.history(), Start::End).await?;
        self.is_listening.send_replace(true);
        let first = self.topics.main(Stage::FetchExtract);
        while let Some(record) = history.next().await.transpose()? {
            let value = record.value.as_deref();
            let event: Option<HistoryEvent> = value.and_then(|value| serde_json::from_slice(value).ok());
            if let Some(event) = event.filter(|event| event.record.topic == first) {
                self.heard().take(event);
            }
        }
        Ok(())
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Settled {
    /// What it says of a command.
    pub(super) const fn answer(&self) -> Answer {
        match self.kind {
            EventKind::CommandAccepted | EventKind::Erased => Answer::Accepted,
            EventKind::StaleCommand | EventKind::Duplicate => Answer::Stale,
            _ => Answer::Refused,
        }
    }
}

impl Heard {
    /// What is known, or what to wait for.
    fn ask(&mut self, at: &Coordinates) -> Result<Settled, oneshot::Receiver<Settled>> {
        if let Some(settled) = self.settled.get(at) {
            return Ok(settled.clone());
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.entry(at.clone()).or_default().push(sender);
        Err(receiver)
    }

    fn take(&mut self, event: HistoryEvent) {
        let settled = Settled { invoice_id: event.invoice_id, kind: event.kind, run: event.run, code: event.code };
        for waiting in self.waiting.remove(&event.record).unwrap_or_default() {
            waiting.send(settled.clone()).ok();
        }
        if self.settled.insert(event.record.clone(), settled).is_none() {
            self.order.push_back(event.record);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.settled.remove(&oldest);
        }
    }

    /// Lets go of those who wait no longer.
    fn forget(&mut self, at: &Coordinates) {
        if let Some(waiting) = self.waiting.get_mut(at) {
            waiting.retain(|sender| !sender.is_closed());
            if waiting.is_empty() {
                self.waiting.remove(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn event(offset: i64, kind: EventKind) -> HistoryEvent {
        HistoryEvent {
            invoice_id: "i".parse().unwrap(),
            kind,
            stage: Stage::FetchExtract,
            run: 1,
            attempt: 1,
            at_ms: 1,
            took_ms: None,
            code: None,
            cost_usd: None,
            message: None,
            actor: None,
            reason: None,
            record: at(offset),
        }
    }

    fn at(offset: i64) -> Coordinates {
        Coordinates { topic: "t".to_owned(), partition: 0, offset }
    }

    fn answers() -> Answers {
        let kafka = ClientSettings { brokers: String::new(), properties: BTreeMap::new() };
        Answers::new(kafka, Topics::default())
    }

    #[tokio::test]
    async fn an_answer_is_heard_by_all_who_wait_for_it_and_by_those_who_ask_later() {
        let answers = answers();
        let until = Instant::now() + Duration::from_secs(30);
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let answers = answers.clone();
                tokio::spawn(async move { answers.of(&at(7), until).await })
            })
            .collect();
        while answers.heard().waiting.get(&at(7)).map(Vec::len) != Some(3) {
            tokio::task::yield_now().await;
        }
        answers.heard().take(event(7, EventKind::StaleCommand));
        for waiting in waiting {
            assert_eq!(waiting.await.unwrap().unwrap().answer(), Answer::Stale);
        }
        assert_eq!(answers.of(&at(7), Instant::now()).await.unwrap().kind, EventKind::StaleCommand);
    }

    #[tokio::test]
    async fn nothing_is_kept_of_those_who_have_stopped_waiting_nor_of_what_is_long_past() {
        let answers = answers();
        assert_eq!(answers.of(&at(-1), Instant::now()).await, None);
        for offset in 0..=i64::try_from(REMEMBERED).unwrap() {
            answers.heard().take(event(offset, EventKind::Forwarded));
        }
        let heard = answers.heard();
        assert!(heard.waiting.is_empty());
        assert_eq!((heard.settled.len(), heard.order.len()), (REMEMBERED, REMEMBERED));
    }
}
