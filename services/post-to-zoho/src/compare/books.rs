//! Zoho's side: the bills that were made or changed in the period, and those that were asked for by their ids.

use crate::wire::{Id, Number};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// As Zoho writes times; some answers have a colon in the offset.
const STAMPS: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%:z"];

/// A bill as Zoho lists it, and as it shows it alone.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    pub(super) bill_id: Id,
    #[serde(default)]
    vendor_id: Option<Id>,
    #[serde(default)]
    pub(super) vendor_name: String,
    #[serde(default)]
    pub(super) bill_number: String,
    #[serde(default)]
    reference_number: Option<String>,
    #[serde(default)]
    pub(super) date: String,
    #[serde(default)]
    currency_code: Option<String>,
    pub(super) total: Number,
    #[serde(default)]
    status: String,
    #[serde(default)]
    created_time: Option<String>,
    #[serde(default)]
    last_modified_time: Option<String>,
}

/// Zoho's bills, as far as they were read.
#[derive(Debug, Default)]
pub struct Books {
    rows: BTreeMap<String, Row>,
    /// Bill ids by reference number; only bills that count.
    by_reference: HashMap<String, BTreeSet<String>>,
    /// Asked for by their ids, and not there.
    gone: BTreeSet<String>,
}

impl Row {
    /// Bills that are void count for nothing: not as posted, and not as a second one.
    pub(super) fn is_void(&self) -> bool {
        self.status.eq_ignore_ascii_case("void")
    }

    pub(super) fn vendor(&self) -> &str {
        self.vendor_id.as_ref().map_or("", Id::as_str)
    }

    pub(super) fn reference(&self) -> &str {
        self.reference_number.as_deref().unwrap_or_default().trim()
    }

    /// Empty if Zoho does not say.
    pub(super) fn currency(&self) -> &str {
        self.currency_code.as_deref().unwrap_or_default()
    }

    pub(super) fn total(&self) -> Decimal {
        self.total.0
    }

    pub(super) fn created(&self) -> Option<DateTime<Utc>> {
        moment(self.created_time.as_deref()?)
    }

    /// Whether it is from before the period, as far as Zoho says: the filter may have been ignored.
    pub(super) fn is_older(&self, since: DateTime<Utc>) -> bool {
        self.last_modified_time.as_deref().and_then(moment).is_some_and(|at| at < since)
    }
}

impl Books {
    /// How many bills were read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a bill was read that has this reference number.
    #[must_use]
    pub fn refer_to(&self, invoice_id: &str) -> bool {
        self.by_reference.contains_key(invoice_id)
    }

    /// Whether this bill was read.
    #[must_use]
    pub fn have(&self, bill_id: &str) -> bool {
        self.rows.contains_key(bill_id)
    }

    /// The same bill may come twice: lists move on while they are read.
    pub(super) fn add(&mut self, row: Row) {
        let id = row.bill_id.to_string();
        if !row.is_void() && !row.reference().is_empty() {
            self.by_reference.entry(row.reference().to_owned()).or_default().insert(id.clone());
        }
        self.rows.insert(id, row);
    }

    pub(super) fn add_gone(&mut self, bill_id: &str) {
        self.gone.insert(bill_id.to_owned());
    }

    pub(super) fn row(&self, bill_id: &str) -> Option<&Row> {
        self.rows.get(bill_id)
    }

    pub(super) fn is_gone(&self, bill_id: &str) -> bool {
        self.gone.contains(bill_id)
    }

    /// Bills that count, in the order of their ids.
    pub(super) fn valid(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().filter(|row| !row.is_void())
    }

    /// Bill ids by reference number.
    pub(super) fn references(&self) -> impl Iterator<Item = (&String, &BTreeSet<String>)> {
        self.by_reference.iter()
    }

    pub(super) fn of_reference(&self, invoice_id: &str) -> impl Iterator<Item = &String> {
        self.by_reference.get(invoice_id).into_iter().flatten()
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    let parsed = STAMPS.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    parsed.map(|at| at.with_timezone(&Utc))
}
