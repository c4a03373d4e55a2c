//! A dead letter as it lies on a `.dlq` topic, and whether it still waits for somebody; pure.

use crate::Refusal;
use contract::{Class, Coordinates, DeadLetter, InvoiceId, Stage, State, Status, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use stream::read::Record;

/// Records that were refused before they had an invoice id of their own are keyed with this prefix.
pub const REJECTED: &str = "rejected:";

/// One dead letter.
#[derive(Debug)]
pub struct Letter {
    pub record: Record,
    pub stage: Stage,
    pub content: Content,
}

/// What a dead letter holds.
#[derive(Debug)]
pub enum Content {
    Envelope(Box<DeadLetter>),
    /// Bytes that nothing could be made of; the error stands in the headers.
    Poison,
}

/// A dead letter without its contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Or the key of what was refused before it had an invoice of its own: `rejected:TOPIC:PARTITION:OFFSET`.
    pub invoice_id: String,
    pub stage: Stage,
    pub code: String,
    pub class: Option<Class>,
    pub run: Option<u32>,
    pub attempts: Option<u32>,
    pub message: String,
    /// When the broker took it, in milliseconds since 1970.
    pub at_ms: i64,
    pub record: Coordinates,
    /// As the invoice prints its name, as far as a stage has read it.
    pub vendor: Option<String>,
    pub replayable: bool,
    /// Whether it still waits for somebody.
    pub open: bool,
}

impl Letter {
    #[must_use]
    pub fn of(record: Record, stage: Stage) -> Self {
        let raw = record.headers.content_type.as_deref() == Some(header::OCTET_STREAM);
        let value = record.value.as_deref().filter(|_| !raw);
        let envelope = value.and_then(|value| serde_json::from_slice(value).ok());
        let content = envelope.map_or(Content::Poison, |letter| Content::Envelope(Box::new(letter)));
        Self { record, stage, content }
    }

    /// The invoice's id, or the synthetic key of what was refused before it had one.
    #[must_use]
    pub fn key(&self) -> String {
        String::from_utf8_lossy(self.record.key.as_deref().unwrap_or_default()).into_owned()
    }

    /// Whether it was refused before admission, so that no run can be started or closed for it.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.key().starts_with(REJECTED)
    }

    /// The letter and the invoice it can be replayed for; `None` for poison and what was refused.
    #[must_use]
    pub fn replayable(&self) -> Option<(InvoiceId, &DeadLetter)> {
        match &self.content {
            Content::Envelope(letter) if !self.is_rejected() => Some((self.record.invoice_id()?, letter)),
            Content::Envelope(_) | Content::Poison => None,
        }
    }

    /// As [`Self::replayable`], with what stands against it.
    ///
    /// # Errors
    /// [`Refusal::Rejected`] or [`Refusal::Poison`].
    pub fn decidable(&self) -> Result<(InvoiceId, &DeadLetter), Refusal> {
        self.replayable().ok_or(if self.is_rejected() { Refusal::Rejected } else { Refusal::Poison })
    }

    /// The vendor's name as the invoice prints it, as far as a stage has read it.
    #[must_use]
    pub fn vendor(&self) -> Option<String> {
        let Content::Envelope(letter) = &self.content else { return None };
        let named = |value: &RawValue| serde_json::from_str::<Named>(value.get()).ok()?.vendor();
        letter.candidate.as_deref().and_then(named).or_else(|| named(&letter.input))
    }

    /// Whether somebody must still see to it, given the latest status of its invoice.
    #[must_use]
    pub fn is_open(&self, status: Option<&Ended>) -> bool {
        match &self.content {
            _ if self.is_rejected() => true,
            Content::Poison => true,
            Content::Envelope(letter) => {
                status.is_some_and(|status| status.run == letter.error.run && status.awaits_somebody)
            }
        }
    }

    #[must_use]
    pub fn code(&self) -> String {
        match &self.content {
            Content::Envelope(letter) => letter.error.code.to_string(),
            Content::Poison => self.record.headers.error_code.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }

    #[must_use]
    pub fn summary(&self, open: bool) -> Summary {
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
            class: error.map(|error| error.class).or(headers.error_class),
            run: error.map(|error| error.run).or(headers.run),
            attempts: error.map(|error| error.attempts).or(headers.attempt),
            message: message.unwrap_or_default(),
            at_ms: self.record.timestamp_ms,
            record: self.record.coordinates(),
            vendor: self.vendor(),
            replayable: open && self.replayable().is_some(),
            open,
        }
    }
}

/// As much of what a stage was given or had made as names the vendor: an invoice, or what has one in it.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    vendor_name: Option<Value>,
    #[serde(default)]
    invoice: Option<Box<Self>>,
}

impl Named {
    fn vendor(self) -> Option<String> {
        match (self.vendor_name, self.invoice) {
            (Some(Value::String(name)), _) => Some(name),
            (_, invoice) => invoice?.vendor(),
        }
    }
}

/// What the latest status of an invoice says about its dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    run: u32,
    awaits_somebody: bool,
}

impl Ended {
    #[must_use]
    pub fn of(status: &Status) -> Self {
        Self { run: status.run, awaits_somebody: matches!(status.state, State::Dead | State::Review) }
    }
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;
