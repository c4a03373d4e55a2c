//! Taking the personal data of an invoice out of the pipeline: out of its state by a command, and out of the document store once
//! admission has accepted that. The id stays taken and the hash stays claimed, so that the same invoice is not paid again.
//!
//! What was published about it stays in the other topics until their retention ends; nobody can take single records out of Kafka.

use crate::{Content, Error, Letters, Selection};
use contract::history::EventKind;
use contract::{Command, CommandKind, ContentHash, Coordinates, HistoryEvent, InvoiceId, Stage, State, Status, Topics};
use documents::{Documents, Erased};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use stream::client::ClientSettings;
use stream::read;

/// How far the clocks of the store and of the services may be apart, in milliseconds.
const CLOCKS_MS: i64 = 60 * 60 * 1000;

/// Whether an invoice can be erased.
#[derive(Debug)]
pub enum Erasure {
    /// No invoice has that id.
    Unknown,
    /// It is on its way: cancel it, or wait.
    Running(Box<Status>),
    Possible(Box<Erasable>),
}

/// An invoice that has ended, with all that the pipeline has of it in the document store.
#[derive(Debug)]
pub struct Erasable {
    id: InvoiceId,
    status: Status,
    traces: Traces,
}

/// What became of a PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErasedDocument {
    pub sha256: ContentHash,
    /// The invoice whose PDF it is, if it is not this one's; then it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_for: Option<InvoiceId>,
}

/// Where an invoice has been, by its records. Pure.
#[derive(Debug, Default)]
struct Traces {
    hashes: BTreeSet<ContentHash>,
    /// Records that may name a document.
    records: BTreeSet<(String, i32, i64)>,
    /// When attempts ended whose document no record names, in milliseconds since 1970.
    unnamed: Option<(i64, i64)>,
    events: usize,
}

impl Erasure {
    /// Looks for an invoice, and for every document that it has had.
    ///
    /// # Errors
    /// When the topics cannot be read.
    pub async fn of(kafka: &ClientSettings, topics: &Topics, id: &InvoiceId) -> Result<Self, Error> {
        let Some(status) = read::latest_status(kafka, topics, id).await? else { return Ok(Self::Unknown) };
        if !status.state.is_terminal() {
            return Ok(Self::Running(Box::new(status)));
        }
        let traces = traces(kafka, topics, id).await?;
        Ok(Self::Possible(Box::new(Erasable { id: id.clone(), status, traces })))
    }
}

impl Erasable {
    /// The command that takes the personal data out of the state; `None` if that was done before.
    #[must_use]
    pub fn command(&self, actor: &str, reason: &str) -> Option<Command> {
        (self.status.state != State::Erased).then(|| Command {
            command: CommandKind::Erase,
            invoice_id: self.id.clone(),
            run: self.status.run,
            dead_letter: None,
            actor: actor.to_owned(),
            reason: Some(reason.to_owned()),
        })
    }

    /// Deletes the PDFs, what was read of them, and who cancelled the invoice and why. Only after admission has accepted the
    /// command; doing it again is doing it once.
    ///
    /// # Errors
    /// When the store does not answer; then some of it may be gone, and doing it again takes the rest.
    pub async fn take_out(&self, documents: &Documents) -> Result<Vec<ErasedDocument>, Error> {
        let mut hashes = self.traces.hashes.clone();
        if let Some((from_ms, to_ms)) = self.traces.claimed_between() {
            hashes.extend(documents.claims(&self.id, from_ms, to_ms).await?);
        }
        let mut erased = Vec::new();
        for sha256 in hashes {
            let kept_for = match documents.erase(&sha256, &self.id).await? {
                Erased::Gone => None,
                Erased::Kept { of } => Some(of),
            };
            erased.push(ErasedDocument { sha256, kept_for });
        }
        documents.erase_cancellation(&self.id).await?;
        Ok(erased)
    }
}

impl Traces {
    fn event(&mut self, event: &HistoryEvent) {
        self.events += 1;
        let Coordinates { topic, partition, offset } = event.record.clone();
        self.records.insert((topic, partition, offset));
        // A PDF that could not be read has no record behind it that names it.
        let is_fetch = event.stage == Stage::FetchExtract;
        if is_fetch && matches!(event.kind, EventKind::DeadLettered | EventKind::Retried) {
            let began = event.at_ms - i64::try_from(event.took_ms.unwrap_or(0)).unwrap_or(0);
            let (from, to) = self.unnamed.unwrap_or((began, event.at_ms));
            self.unnamed = Some((from.min(began), to.max(event.at_ms)));
        }
    }

    fn record(&mut self, value: &[u8]) {
        if let Ok(value) = serde_json::from_slice(value) {
            self.name(&value);
        }
    }

    /// Every hash of a document in a message, wherever it stands.
    fn name(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                let named = fields.get("sha256").and_then(Value::as_str);
                self.hashes.extend(named.and_then(|hash| hash.parse::<ContentHash>().ok()));
                fields.values().for_each(|value| self.name(value));
            }
            Value::Array(values) => values.iter().for_each(|value| self.name(value)),
            Value::String(text) => {
                self.hashes.extend(text.strip_prefix("store:").and_then(|hash| hash.parse::<ContentHash>().ok()));
            }
            _ => {}
        }
    }

    /// The time in which claims must be looked through; all time where the history is gone.
    fn claimed_between(&self) -> Option<(i64, i64)> {
        if self.events == 0 {
            return Some((i64::MIN, i64::MAX));
        }
        self.unnamed.map(|(from, to)| (from.saturating_sub(CLOCKS_MS), to.saturating_add(CLOCKS_MS)))
    }
}

async fn traces(kafka: &ClientSettings, topics: &Topics, id: &InvoiceId) -> Result<Traces, Error> {
    let mut traces = Traces::default();
    let mut history = read::scan_partition_of(kafka, &topics.history(), id).await?;
    while let Some(record) = history.next().await.transpose()? {
        let event: Option<HistoryEvent> = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
        if let Some(event) = event.filter(|event| event.invoice_id == *id) {
            traces.event(&event);
        }
    }
    for (topic, partition, offset) in traces.records.clone() {
        let record = read::read_one(kafka, &Coordinates { topic, partition, offset }).await?;
        // A topic that was made anew may have another invoice's record there.
        let own = record.filter(|record| record.key.as_deref() == Some(id.as_str().as_bytes()));
        own.and_then(|record| record.value).iter().for_each(|value| traces.record(value));
    }
    let mut letters = Letters::open(kafka, topics, Selection::of(id.clone()), Box::new(|_, _| {})).await?;
    while let Some(found) = letters.next().await? {
        if matches!(found.letter.content, Content::Envelope(_)) {
            found.letter.record.value.iter().for_each(|value| traces.record(value));
        }
    }
    Ok(traces)
}

#[cfg(test)]
#[path = "erase_tests.rs"]
mod tests;
