//! `invoices.status`: the latest state per invoice, compacted. At most 1,200 bytes, mostly half of that, so that a million fit in memory
//! of a console and are read in seconds at a restart.

use crate::{Bill, Code, Stage};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where an invoice's latest run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// On its way through `stage`.
    Running,
    /// Waiting for its next attempt at `stage`.
    Retrying,
    /// Waiting for a dependency that is known to be away until a set time.
    Parked,
    /// Ended: a person must look.
    Review,
    /// Ended: there is a bill.
    Posted,
    /// Ended: no attempt will succeed or none is left.
    Dead,
    /// Ended: a person closed the dead letter.
    Discarded,
    /// Ended: a person stopped it before it was posted.
    Cancelled,
    /// Ended: personal data is gone, the id stays taken.
    Erased,
}

impl State {
    /// Whether nothing will happen any more unless somebody asks for it.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Running | Self::Retrying | Self::Parked)
    }
}

/// The state of one invoice; the record's key is the invoice id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    pub run: u32,
    pub stage: Stage,
    pub state: State,
    /// The attempt that is under way or was the last.
    pub attempt: u32,
    /// When it was written, in milliseconds since 1970.
    pub at_ms: i64,
    /// When the next attempt is due, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// 12 hex digits of the canonical URL's hash: the same id with another hash is a conflict.
    pub url_hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<Bill>,
    /// US dollars paid for the language model over all runs that reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<Decimal>,
    /// The language model that gave the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}
