//! What an earlier stage was given of an invoice, found through the history: each event names the record that it settled, and
//! the stages' topics keep their records.

use crate::Error;
use contract::history::EventKind;
use contract::{CommandKind, Coordinates, HistoryEvent, InvoiceId, Stage, Submission, Topics};
use serde_json::value::RawValue;
use std::collections::HashMap;
use stream::client::ClientSettings;
use stream::read;

/// The records in which a stage was given these invoices, each in its latest run up to a given one.
#[derive(Debug)]
pub struct Inputs {
    stage: Stage,
    found: Found,
}

/// Pure.
#[derive(Debug, Default)]
struct Found {
    /// The latest run that counts.
    wanted: HashMap<InvoiceId, u32>,
    given: HashMap<InvoiceId, (u32, Coordinates)>,
}

impl Inputs {
    /// Reads the history once, for invoices with the runs up to which they are looked for.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub async fn find(
        kafka: &ClientSettings,
        topics: &Topics,
        stage: Stage,
        wanted: HashMap<InvoiceId, u32>,
    ) -> Result<Self, Error> {
        let history = topics.history();
        let mut feed = match wanted.keys().next() {
            Some(only) if wanted.len() == 1 => read::scan_partition_of(kafka, &history, only).await?,
            _ => read::scan(kafka, &history).await?,
        };
        let mut found = Found { wanted, given: HashMap::new() };
        while let Some(record) = feed.next().await.transpose()? {
            if let Some(event) = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok()) {
                found.take(stage, event);
            }
        }
        Ok(Self { stage, found })
    }

    /// Whose inputs these are.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// What the stage was given of the invoice; `None` when that is not known any more.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn of(&self, kafka: &ClientSettings, id: &InvoiceId) -> Result<Option<Box<RawValue>>, Error> {
        let Some((_, at)) = self.found.given.get(id) else { return Ok(None) };
        let record = read::read_one(kafka, at).await?.filter(|record| record.invoice_id().as_ref() == Some(id));
        Ok(record.and_then(|record| input_in(self.stage, &record.value?)))
    }
}

impl Found {
    fn take(&mut self, stage: Stage, event: HistoryEvent) {
        let was_given = matches!(event.kind, EventKind::Forwarded | EventKind::Retried | EventKind::DeadLettered);
        let Some(latest) = self.wanted.get(&event.invoice_id) else { return };
        if !was_given || event.stage != stage || event.run > *latest {
            return;
        }
        if self.given.get(&event.invoice_id).is_none_or(|(run, _)| *run <= event.run) {
            self.given.insert(event.invoice_id, (event.run, event.record));
        }
    }
}

/// The input in a record of the stage's topics. The first stage's may be wrapped in the command that asked for its run.
#[must_use]
pub fn input_in(stage: Stage, value: &[u8]) -> Option<Box<RawValue>> {
    if stage == Stage::FetchExtract
        && let Ok(Submission::Command(command)) = Submission::decode(value, usize::MAX)
    {
        return match command.command {
            CommandKind::Replay { stage: Stage::FetchExtract, input } => Some(input),
            _ => None,
        };
    }
    serde_json::from_slice(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventKind, stage: Stage, run: u32, offset: i64) -> HistoryEvent {
        HistoryEvent {
            invoice_id: "A-1".parse().unwrap(),
            kind,
            stage,
            run,
            attempt: 1,
            at_ms: 1,
            took_ms: None,
            code: None,
            cost_usd: None,
            message: None,
            actor: None,
            reason: None,
            record: Coordinates { topic: "t".to_owned(), partition: 0, offset },
        }
    }

    #[test]
    fn a_stages_input_is_what_its_latest_run_was_given() {
        let llm = Stage::LlmStructure;
        let mut found = Found { wanted: HashMap::from([("A-1".parse().unwrap(), 3)]), given: HashMap::new() };
        for event in [
            event(EventKind::Forwarded, Stage::FetchExtract, 1, 1),
            event(EventKind::DeadLettered, llm, 1, 2),
            event(EventKind::CommandAccepted, llm, 3, 3),
            event(EventKind::Retried, llm, 2, 4),
            event(EventKind::Forwarded, llm, 2, 5),
            event(EventKind::Forwarded, llm, 4, 6),
            event(EventKind::DeadLettered, Stage::PostToZoho, 3, 7),
        ] {
            found.take(llm, event);
        }
        let (run, at) = &found.given[&"A-1".parse().unwrap()];
        assert_eq!((*run, at.offset), (2, 5));
    }

    #[test]
    fn the_first_stages_input_is_a_request_as_it_came_or_as_a_command_carried_it() {
        let request = r#"{"pdf_url":"https://h/a.pdf"}"#;
        let command = |stage| {
            format!(
                r#"{{"command":{{"replay":{{"stage":"{stage}","input":{request}}}}},"invoice_id":"i","run":1,
                "dead_letter":{{"topic":"t","partition":0,"offset":7}},"actor":"me"}}"#
            )
        };
        let found = |value: &str| input_in(Stage::FetchExtract, value.as_bytes()).map(|input| input.get().to_owned());
        assert_eq!(found(request).as_deref(), Some(request));
        assert_eq!(found(&command("fetch-extract")).as_deref(), Some(request));
        assert_eq!(found(&command("llm-structure")), None);
    }
}
