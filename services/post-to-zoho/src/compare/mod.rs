//! What the pipeline has posted, held against what Zoho Books has: both ways, in as few calls as it takes.
//!
//! Books are changed by people. A bill that is deleted, voided, altered or entered a second time by hand is none of the
//! pipeline's doing, and nothing in Kafka would ever say so. This module only reads. It calls no bill missing that Zoho
//! was not asked for by its id: lists lag, and a filter that Zoho does not know it ignores.
//!
//! The comparison is a function of two readings; [`Reader`] does the calls.

mod books;
mod difference;
mod doubled;
mod metrics;
mod ours;
mod pace;
mod reader;
mod rules;
#[cfg(test)]
mod tests;

pub use books::Books;
pub use difference::{Difference, Kind};
pub use metrics::Metrics;
pub use ours::{Ours, Waiting};
pub use reader::{Budget, Reader};
pub use rules::{Names, differences, unseen};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// What is compared: invoices posted, and bills made or changed, from one moment to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

impl Period {
    /// Whether it holds this moment, in milliseconds since 1970.
    #[must_use]
    pub fn holds(&self, ms: i64) -> bool {
        (self.since.timestamp_millis()..self.until.timestamp_millis()).contains(&ms)
    }
}
