//! One line of the report.

use super::books::Row;
use serde::Serialize;
use std::fmt;

/// What is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Posted by us, deleted or voided in Zoho Books.
    Missing,
    /// Two bills with one invoice id as reference number, or one vendor's number twice.
    Doubled,
    /// A bill of ours that was changed.
    Different,
    /// A bill with an invoice id of ours as reference number that the pipeline has not posted.
    Unknown,
    /// The bill of an invoice that waits for a person, entered by somebody else.
    ByHand,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Missing, Self::Doubled, Self::Different, Self::Unknown, Self::ByHand];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Doubled => "doubled",
            Self::Different => "different",
            Self::Unknown => "unknown",
            Self::ByHand => "by_hand",
        }
    }
}

/// A difference between what was posted and the books.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    pub kind: Kind,
    /// The invoice of ours, if it is one's.
    pub invoice_id: Option<String>,
    /// The bills in Zoho Books, by id.
    pub bill_ids: Vec<String>,
    /// What was found, in a sentence.
    pub message: String,
}

impl Difference {
    pub(super) fn new(kind: Kind, invoice_id: Option<&str>, bill_ids: Vec<String>, message: &str) -> Self {
        let message = message.chars().filter(|character| !character.is_control()).collect();
        Self { kind, invoice_id: invoice_id.map(str::to_owned), bill_ids, message }
    }

    /// Of one bill.
    pub(super) fn of(kind: Kind, invoice_id: Option<&str>, row: &Row, message: &str) -> Self {
        Self::new(kind, invoice_id, vec![row.bill_id.to_string()], message)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let invoice = self.invoice_id.as_deref().unwrap_or("-");
        write!(f, "{:<9}  {invoice}  {}", self.kind.as_str(), self.message)
    }
}

/// A bill as a person looks it up.
pub(super) fn shown(row: &Row) -> String {
    format!("{} ({}) of {}", row.bill_number, row.bill_id, row.vendor_name)
}
