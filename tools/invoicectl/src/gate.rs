//! Commands through the gate: admission alone decides whether one is carried out, and says so in the history.

use crate::context::Context;
use contract::history::EventKind;
use contract::{Command, Coordinates, HistoryEvent, InvoiceId};
use std::collections::HashMap;
use std::time::Duration;
use stream::publish::Publisher;
use stream::read::{self, Feed, Start};

/// An open gate: what is sent through it is remembered until it is answered.
pub(crate) struct Gate {
    publisher: Publisher,
    history: Feed,
    waiting: Waiting,
}

/// What became of the commands.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub(crate) struct Answers {
    pub(crate) accepted: usize,
    /// Somebody else was first: the invoice has moved on since the dead letter was read.
    pub(crate) stale: usize,
    /// Admission could not read the command.
    pub(crate) refused: usize,
    pub(crate) unanswered: usize,
}

/// Commands without an answer. Pure.
#[derive(Debug, Default)]
struct Waiting {
    sent: HashMap<Coordinates, InvoiceId>,
    answers: Answers,
}

impl Gate {
    pub(crate) async fn open(context: &Context) -> anyhow::Result<Self> {
        let publisher = context.publisher().await?;
        let history = read::follow(&context.kafka, &context.topics.history(), Start::End).await?;
        Ok(Self { publisher, history, waiting: Waiting::default() })
    }

    pub(crate) async fn send(&mut self, command: &Command) -> anyhow::Result<()> {
        let at = self.publisher.command(command).await?;
        self.waiting.sent.insert(at, command.invoice_id.clone());
        Ok(())
    }

    /// Waits until every command is answered, or `patience` is over.
    pub(crate) async fn answers(mut self, patience: Duration) -> anyhow::Result<Answers> {
        let deadline = tokio::time::Instant::now() + patience;
        while !self.waiting.sent.is_empty() {
            let Ok(next) = tokio::time::timeout_at(deadline, self.history.next()).await else { break };
            let Some(record) = next.transpose()? else { break };
            if let Some(event) = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok()) {
                self.waiting.take(&event);
            }
        }
        self.waiting.answers.unanswered = self.waiting.sent.len();
        Ok(self.waiting.answers)
    }
}

impl Answers {
    /// In words.
    pub(crate) fn text(&self) -> String {
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
    fn take(&mut self, event: &HistoryEvent) {
        if self.sent.remove(&event.record).is_none() {
            return;
        }
        match event.kind {
            EventKind::CommandAccepted | EventKind::Erased => self.answers.accepted += 1,
            EventKind::StaleCommand | EventKind::Duplicate => self.answers.stale += 1,
            EventKind::DeadLettered | EventKind::Forwarded | EventKind::Retried => self.answers.refused += 1,
            // They stand in another topic and answer nobody here.
            EventKind::StagePaused | EventKind::StageResumed => {}
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
}
