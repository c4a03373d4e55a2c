//! `invoices.history`: one event per settled record or command, append-only. It explains a state; it decides nothing.

use crate::{Code, Coordinates, InvoiceId, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a record was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The stage succeeded and its output is the next stage's input.
    Forwarded,
    /// Another attempt will follow.
    Retried,
    /// It became a dead letter.
    DeadLettered,
    /// The invoice was already taken; nothing was done.
    Duplicate,
    /// A command started a run, or closed a dead letter.
    CommandAccepted,
    /// A command named a run that is not the latest or not ended; nothing was done.
    StaleCommand,
}

impl EventKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::Retried => "retried",
            Self::DeadLettered => "dead_lettered",
            Self::Duplicate => "duplicate",
            Self::CommandAccepted => "command_accepted",
            Self::StaleCommand => "stale_command",
        }
    }
}

/// One event in the life of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryEvent {
    pub invoice_id: InvoiceId,
    pub kind: EventKind,
    pub stage: Stage,
    pub run: u32,
    pub attempt: u32,
    /// When it was settled, in milliseconds since 1970.
    pub at_ms: i64,
    /// How long the handler took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The error's sentence, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Who gave the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The record that was settled.
    pub record: Coordinates,
}
