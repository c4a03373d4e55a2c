//! Dead letters as they lie on the `.dlq` topics, and which of them still wait for somebody.

use crate::context::Context;
use crate::output::word;
use crate::scan::Scan;
use contract::{Coordinates, DeadLetter, InvoiceId, Stage, State, Status, header};
use serde::Serialize;
use std::collections::{HashMap, VecDeque};
use stream::read::{self, Record};

/// Records that were refused before they had an invoice id of their own are keyed with this prefix.
pub(crate) const REJECTED: &str = "rejected:";

/// Which dead letters are meant. What is not named is not restricted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    pub(crate) ids: Vec<InvoiceId>,
    pub(crate) stage: Option<Stage>,
    pub(crate) code: Option<String>,
}

/// One dead letter.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) record: Record,
    pub(crate) stage: Stage,
    pub(crate) content: Content,
}

/// What a dead letter holds.
#[derive(Debug)]
pub(crate) enum Content {
    Envelope(Box<DeadLetter>),
    /// Bytes that nothing could be made of; the error stands in the headers.
    Poison,
}

/// A dead letter without its contents.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) invoice_id: String,
    pub(crate) stage: Stage,
    pub(crate) code: String,
    pub(crate) class: Option<String>,
    pub(crate) run: Option<u32>,
    pub(crate) attempts: Option<u32>,
    pub(crate) message: String,
    pub(crate) at_ms: i64,
    pub(crate) record: Coordinates,
    pub(crate) replayable: bool,
    /// Whether it still waits for somebody.
    pub(crate) open: bool,
}

impl Letter {
    pub(crate) fn of(record: Record, stage: Stage) -> Self {
        let raw = record.headers.content_type.as_deref() == Some(header::OCTET_STREAM);
        let value = record.value.as_deref().filter(|_| !raw);
        let envelope = value.and_then(|value| serde_json::from_slice(value).ok());
        let content = envelope.map_or(Content::Poison, |letter| Content::Envelope(Box::new(letter)));
        Self { record, stage, content }
    }

    /// The invoice's id, or the synthetic key of what was refused before it had one.
    pub(crate) fn key(&self) -> String {
        String::from_utf8_lossy(self.record.key.as_deref().unwrap_or_default()).into_owned()
    }

    /// Whether it was refused before admission, so that no run can be started or closed for it.
    pub(crate) fn is_rejected(&self) -> bool {
        self.key().starts_with(REJECTED)
    }

    /// The letter and the invoice it can be replayed for; `None` for poison and what was refused.
    pub(crate) fn replayable(&self) -> Option<(InvoiceId, &DeadLetter)> {
        match &self.content {
            Content::Envelope(letter) if !self.is_rejected() => Some((self.record.invoice_id()?, letter)),
            Content::Envelope(_) | Content::Poison => None,
        }
    }

    /// Whether somebody must still see to it, given the latest status of its invoice.
    pub(crate) fn is_open(&self, status: Option<&Ended>) -> bool {
        match &self.content {
            _ if self.is_rejected() => true,
            Content::Poison => true,
            Content::Envelope(letter) => {
                status.is_some_and(|status| status.run == letter.error.run && status.awaits_somebody)
            }
        }
    }

    pub(crate) fn code(&self) -> String {
        match &self.content {
            Content::Envelope(letter) => letter.error.code.to_string(),
            Content::Poison => self.record.headers.error_code.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }

    pub(crate) fn summary(&self, open: bool) -> Summary {
        let headers = &self.record.headers;
        let error = match &self.content {
            Content::Envelope(letter) => Some(&letter.error),
            Content::Poison => None,
        };
        let message = error.map(|error| error.message.clone()).or_else(|| headers.error_message.clone());
        Summary {
            invoice_id: self.key(),
            stage: self.stage,
            code: self.code(),
            class: error.map(|error| error.class).or(headers.error_class).as_ref().map(word),
            run: error.map(|error| error.run).or(headers.run),
            attempts: error.map(|error| error.attempts).or(headers.attempt),
            message: message.unwrap_or_default(),
            at_ms: self.record.timestamp_ms,
            record: self.record.coordinates(),
            replayable: open && self.replayable().is_some(),
            open,
        }
    }
}

/// What the latest status of an invoice says about its dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    run: u32,
    awaits_somebody: bool,
}

impl Ended {
    pub(crate) fn of(status: &Status) -> Self {
        Self { run: status.run, awaits_somebody: matches!(status.state, State::Dead | State::Review) }
    }
}

/// The selected dead letters of a pipeline, read one by one.
pub(crate) struct Letters<'a> {
    context: &'a Context,
    selection: Selection,
    statuses: HashMap<String, Ended>,
    /// Topics, or the partitions of single ids, that are still to be read.
    left: VecDeque<(Stage, Option<InvoiceId>)>,
    reading: Option<(Stage, Option<InvoiceId>, Scan)>,
}

impl<'a> Letters<'a> {
    pub(crate) async fn open(context: &'a Context, selection: Selection) -> anyhow::Result<Self> {
        let statuses = statuses(context, &selection.ids).await?;
        let stages = Stage::ALL.into_iter().filter(|stage| selection.stage.is_none_or(|only| only == *stage));
        let mut left = VecDeque::new();
        for stage in stages {
            if selection.ids.is_empty() {
                left.push_back((stage, None));
            }
            left.extend(selection.ids.iter().map(|id| (stage, Some(id.clone()))));
        }
        Ok(Self { context, selection, statuses, left, reading: None })
    }

    /// The next selected letter and whether it is open.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<(Letter, bool)>> {
        loop {
            let Some((stage, only, scan)) = &mut self.reading else {
                let Some((stage, only)) = self.left.pop_front() else { return Ok(None) };
                let scan = self.scan(stage, only.as_ref()).await?;
                self.reading = Some((stage, only, scan));
                continue;
            };
            let Some(record) = scan.next().await? else {
                self.reading = None;
                continue;
            };
            let letter = Letter::of(record, *stage);
            let key = letter.key();
            let wanted = only.as_ref().is_none_or(|id| id.as_str() == key);
            if wanted && self.selection.code.as_ref().is_none_or(|code| *code == letter.code()) {
                let open = letter.is_open(self.statuses.get(&key));
                return Ok(Some((letter, open)));
            }
        }
    }

    /// Writes to standard output without tearing the progress bar.
    pub(crate) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.reading {
            Some((_, _, scan)) => scan.beside(write),
            None => write(),
        }
    }

    async fn scan(&self, stage: Stage, only: Option<&InvoiceId>) -> anyhow::Result<Scan> {
        let topic = self.context.topics.dead_letter(stage);
        let feed = match only {
            Some(id) => read::scan_partition_of(&self.context.kafka, &topic, id).await?,
            None => read::scan(&self.context.kafka, &topic).await?,
        };
        Ok(Scan::new(feed, &topic))
    }
}

/// The latest status of these invoices, or of all.
async fn statuses(context: &Context, ids: &[InvoiceId]) -> anyhow::Result<HashMap<String, Ended>> {
    let mut latest = HashMap::new();
    for id in ids {
        if let Some(status) = read::latest_status(&context.kafka, &context.topics, id).await? {
            latest.insert(id.to_string(), Ended::of(&status));
        }
    }
    if !ids.is_empty() {
        return Ok(latest);
    }
    let mut latest_age = HashMap::new();
    let topic = context.topics.status();
    let mut scan = Scan::new(read::scan(&context.kafka, &topic).await?, &topic);
    while let Some(record) = scan.next().await? {
        let status: Option<Status> = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
        if let (Some(id), Some(status)) = (record.invoice_id(), status) {
            // A status that was moved to a new partition may still stand on its old one.
            let age = (status.run, status.at_ms);
            if latest_age.get(&id).is_none_or(|known| *known <= age) {
                latest.insert(id.to_string(), Ended::of(&status));
                latest_age.insert(id, age);
            }
        }
    }
    Ok(latest)
}

#[cfg(test)]
#[path = "dead_letters_tests.rs"]
mod tests;
