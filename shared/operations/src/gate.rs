//! Commands through the gate: admission alone decides whether one is carried out, and says so in the history.

use crate::{Error, Pace};
use contract::history::EventKind;
use contract::{Command, Coordinates, HistoryEvent, InvoiceId, Topics};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;
use stream::client::ClientSettings;
use stream::publish::Publisher;
use stream::read::{self, Feed, Record, Start};
use tokio::time::Instant;

/// An open gate: what is sent through it is remembered until it is answered.
#[derive(Debug)]
pub struct Gate {
    publisher: Publisher,
    history: Feed,
    waiting: Waiting,
    pace: Pace,
    began: Instant,
    sent: u64,
}

/// What admission says of one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Accepted,
    /// Somebody else was first: the invoice has moved on since the dead letter was read.
    Stale,
    /// Admission could not read the command.
    Refused,
    /// It was sent and will be decided about; nobody has said so yet.
    Unanswered,
}

/// What became of the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Answers {
    pub accepted: usize,
    pub stale: usize,
    pub refused: usize,
    pub unanswered: usize,
}

/// Commands without an answer. Pure.
#[derive(Debug, Default)]
struct Waiting {
    sent: HashMap<Coordinates, InvoiceId>,
    answers: Answers,
}

impl Gate {
    /// To be opened before anything is sent.
    ///
    /// # Errors
    /// When the history cannot be followed.
    pub async fn open(kafka: &ClientSettings, topics: &Topics, publisher: Publisher) -> Result<Self, Error> {
        let history = read::follow(kafka, &topics.history(), Start::End).await?;
        let (waiting, pace, began) = (Waiting::default(), Pace { rate: None }, Instant::now());
        Ok(Self { publisher, history, waiting, pace, began, sent: 0 })
    }

    /// Sends no faster than that, counted from the first command on.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Waits for its turn, taking in answers meanwhile. Returns where the command stands once every in-sync replica has it.
    ///
    /// # Errors
    /// When the cluster does not take it.
    pub async fn send(&mut self, command: &Command) -> Result<Coordinates, Error> {
        if self.sent == 0 {
            self.began = Instant::now();
        }
        self.pause(self.began + self.pace.due(self.sent)).await?;
        let at = self.publisher.command(command).await?;
        self.sent += 1;
        self.waiting.sent.insert(at.clone(), command.invoice_id.clone());
        Ok(at)
    }

    /// How many commands were sent.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// Takes in answers until `moment`.
    async fn pause(&mut self, moment: Instant) -> Result<(), Error> {
        while moment > Instant::now() {
            let Ok(next) = tokio::time::timeout_at(moment, self.history.next()).await else { break };
            self.waiting.read(&next.ok_or(Error::Ended)??);
        }
        Ok(())
    }

    /// Waits until every command is answered, or `patience` is over.
    ///
    /// # Errors
    /// When the history cannot be followed any more.
    pub async fn answers(mut self, patience: Duration) -> Result<Answers, Error> {
        let deadline = Instant::now() + patience;
        while !self.waiting.sent.is_empty() {
            let Ok(next) = tokio::time::timeout_at(deadline, self.history.next()).await else { break };
            self.waiting.read(&next.ok_or(Error::Ended)??);
        }
        Ok(Answers { unanswered: self.waiting.sent.len(), ..self.waiting.answers })
    }
}

impl Answers {
    /// The worst of them, for whoever asked for one.
    #[must_use]
    pub const fn worst(&self) -> Answer {
        match self {
            Self { unanswered: 1.., .. } => Answer::Unanswered,
            Self { refused: 1.., .. } => Answer::Refused,
            Self { stale: 1.., .. } => Answer::Stale,
            _ => Answer::Accepted,
        }
    }

    /// In words.
    #[must_use]
    pub fn text(&self) -> String {
        let mut parts = vec![format!("{} accepted", self.accepted)];
        let mut mention = |count: usize, what: &str| {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        };
        mention(self.stale, "stale (the invoice had moved on)");
        mention(self.refused, "refused (see `invoicectl dlq list --stage fetch-extract`)");
        mention(self.unanswered, "not answered yet (is fetch-extract running?)");
        parts.join(", ")
    }
}

impl Waiting {
    fn read(&mut self, record: &Record) {
        if let Some(event) = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok()) {
            self.take(&event);
        }
    }

    fn take(&mut self, event: &HistoryEvent) {
        if self.sent.remove(&event.record).is_none() {
            return;
        }
        match event.kind {
            EventKind::CommandAccepted | EventKind::Erased => self.answers.accepted += 1,
            EventKind::StaleCommand | EventKind::Duplicate => self.answers.stale += 1,
            _ => self.answers.refused += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Stage;

    fn at(offset: i64) -> Coordinates {
        Coordinates { topic: "t".to_owned(), partition: 0, offset }
    }

    fn event(kind: EventKind, offset: i64) -> HistoryEvent {
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

    #[test]
    fn only_the_event_of_a_commands_own_record_answers_it_and_only_once() {
        let sent = (0..3).map(|offset| (at(offset), "i".parse().unwrap())).collect();
        let mut waiting = Waiting { sent, answers: Answers::default() };
        waiting.take(&event(EventKind::CommandAccepted, 9));
        waiting.take(&event(EventKind::CommandAccepted, 0));
        waiting.take(&event(EventKind::CommandAccepted, 0));
        waiting.take(&event(EventKind::StaleCommand, 1));
        assert_eq!(waiting.answers, Answers { accepted: 1, stale: 1, ..Answers::default() });
        assert_eq!(waiting.sent.len(), 1);
    }

    #[test]
    fn one_answer_of_many_is_the_worst() {
        let good = Answers { accepted: 3, ..Answers::default() };
        assert_eq!(good.worst(), Answer::Accepted);
        assert_eq!(Answers { stale: 1, ..good }.worst(), Answer::Stale);
        assert_eq!(Answers { stale: 1, unanswered: 1, ..good }.worst(), Answer::Unanswered);
    }
}
