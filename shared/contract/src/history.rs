//! `invoices.history`: one event per settled record or command, append-only. It explains a state; it decides nothing.
//!
//! A pause of a stage is no invoice's; its event has the id that [`of_stage`] gives it, run 0 and attempt 0.

use crate::{Code, Coordinates, InvoiceId, Stage};
use rust_decimal::Decimal;
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
    /// A command took the personal data out of the state; the id stays taken.
    Erased,
    /// A command named a run that is not the latest or not ended; nothing was done.
    StaleCommand,
    /// Somebody told a stage to start nothing.
    StagePaused,
    /// Somebody told a stage to go on.
    StageResumed,
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
            Self::Erased => "erased",
            Self::StaleCommand => "stale_command",
            Self::StagePaused => "stage_paused",
            Self::StageResumed => "stage_resumed",
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
    /// US dollars that the attempt settled here paid for the language model. Nothing is told twice: the sum over an invoice's
    /// events is what the invoice has cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<Decimal>,
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

/// The id under which the events of a stage itself stand.
#[must_use]
pub fn of_stage(stage: Stage) -> InvoiceId {
    format!("stage:{stage}").parse().expect("a stage's name is short and of letters and hyphens")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_an_id_for_its_own_events() {
        assert_eq!(Stage::ALL.map(|stage| of_stage(stage).to_string())[1], "stage:llm-structure");
    }

    #[test]
    fn an_event_of_an_earlier_version_is_readable() {
        let event = r#"{"invoice_id":"i","kind":"forwarded","stage":"llm-structure","run":1,"attempt":1,"at_ms":5,
            "record":{"topic":"t","partition":0,"offset":7}}"#;
        assert_eq!(serde_json::from_str::<HistoryEvent>(event).unwrap().cost_usd, None);
    }
}
