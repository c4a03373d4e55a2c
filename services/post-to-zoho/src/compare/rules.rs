//! What differs: pure.

use super::books::Row;
use super::difference::{Difference, Kind, shown};
use super::doubled;
use super::ours::{Known, Waiting};
use super::{Books, Ours, Period};
use crate::directory::{Aliases, normalised};
use crate::reconcile::bare;
use chrono::{DateTime, Utc};
use contract::{Bill, InvoiceId, State};
use runtime::settings::Zoho;
use rust_decimal::Decimal;
use std::collections::HashMap;

/// The digits of an id that was made of a URL.
const DERIVED_DIGITS: usize = 32;

/// Under which names vendors are known, by the settings.
#[derive(Debug)]
pub struct Names(Aliases);

impl Names {
    #[must_use]
    pub fn new(settings: &Zoho) -> Self {
        let aliases = settings.vendor_aliases.iter();
        Self(aliases.map(|alias| (normalised(&alias.printed), alias.vendor.trim().to_owned())).collect())
    }

    /// Whether a printed name is that of the bill's vendor.
    fn are_one(&self, printed: &str, row: &Row) -> bool {
        let (printed, booked) = (normalised(printed), normalised(&row.vendor_name));
        let alias = self.0.get(&printed);
        (!printed.is_empty() && printed == booked)
            || alias.is_some_and(|alias| alias == row.vendor() || normalised(alias) == booked)
    }
}

/// The bills that were posted before then and not read: Zoho is to be asked for each by its id before it is called
/// missing.
#[must_use]
pub fn unseen(ours: &Ours, books: &Books, before: DateTime<Utc>) -> Vec<String> {
    let before = before.timestamp_millis();
    let unseen = ours.posted().filter(|(_, known, bill)| known.at_ms < before && !books.have(&bill.bill_id));
    unseen.map(|(_, _, bill)| bill.bill_id.clone()).collect()
}

/// All that differs, by kind and invoice.
#[must_use]
pub fn differences(ours: &Ours, books: &Books, names: &Names, period: &Period) -> Vec<Difference> {
    let mut found: Vec<Difference> = ours.posted().filter_map(|(id, _, bill)| posted(id, bill, books)).collect();
    found.extend(doubled::by_reference(ours, books));
    found.extend(doubled::by_number(ours, books));
    found.extend(books.valid().filter(|row| was_there(row, period)).filter_map(|row| unknown(row, ours)));
    found.extend(by_hand(ours, books, names, period));
    found.sort();
    found
}

/// A bill made after the period is for the next report.
fn was_there(row: &Row, period: &Period) -> bool {
    row.created().is_none_or(|at| at < period.until)
}

fn posted(id: &InvoiceId, bill: &Bill, books: &Books) -> Option<Difference> {
    let missing = |how: &str| {
        let amount = amount(&bill.currency, bill.total);
        let mut message = format!("{} ({}) of {}, {amount}: {how}", bill.bill_number, bill.bill_id, bill.vendor_name);
        let others: Vec<&str> = books.of_reference(id.as_str()).map(String::as_str).collect();
        if !others.is_empty() {
            message.push_str(&format!("; its reference number is on {}", others.join(", ")));
        }
        Difference::new(Kind::Missing, Some(id.as_str()), vec![bill.bill_id.clone()], &message)
    };
    match books.row(&bill.bill_id) {
        None => books.is_gone(&bill.bill_id).then(|| missing("it was deleted")),
        Some(row) if row.is_void() => Some(missing("it is void")),
        Some(row) => different(id, bill, row),
    }
}

fn different(id: &InvoiceId, bill: &Bill, row: &Row) -> Option<Difference> {
    let mut changes = Vec::new();
    let mut changed =
        |what: &str, now: &str, posted: &str| changes.push(format!("{what} is {now}, {posted} was posted"));
    if row.total() != bill.total {
        changed("total", &row.total().to_string(), &bill.total.to_string());
    }
    if !row.currency().is_empty() && !row.currency().eq_ignore_ascii_case(&bill.currency) {
        changed("currency", row.currency(), &bill.currency);
    }
    if !row.vendor().is_empty() && row.vendor() != bill.vendor_id {
        let vendor = format!("{} ({})", row.vendor_name, row.vendor());
        changed("vendor", &vendor, &format!("{} ({})", bill.vendor_name, bill.vendor_id));
    }
    if row.bill_number.trim() != bill.bill_number.trim() {
        changed("bill number", &row.bill_number, &bill.bill_number);
    }
    // Without it a replay would not find the bill.
    if row.reference() != id.as_str() {
        let now = if row.reference().is_empty() { "empty" } else { row.reference() };
        changed("reference number", now, id.as_str());
    }
    let message = format!("{}: {}", shown(row), changes.join("; "));
    (!changes.is_empty()).then(|| Difference::of(Kind::Different, Some(id.as_str()), row, &message))
}

/// A bill that speaks of an invoice that was not posted.
fn unknown(row: &Row, ours: &Ours) -> Option<Difference> {
    let reference = row.reference();
    let why = match ours.of(reference) {
        Some(Known { bill: Some(_), .. }) => return None,
        // Of what was erased nobody can say any more what it was.
        Some(known) if !known.state.is_terminal() || known.state == State::Erased => return None,
        Some(known) => ended(known.state),
        None if is_derived(reference) => "the pipeline knows no such invoice",
        None => return None,
    };
    let message = format!("{} has this reference number: {why}", shown(row));
    Some(Difference::of(Kind::Unknown, Some(reference), row, &message))
}

const fn ended(state: State) -> &'static str {
    match state {
        State::Review => "the invoice waits for a person",
        State::Dead => "the invoice has failed",
        State::Discarded => "the invoice was discarded",
        State::Cancelled => "the invoice was cancelled",
        _ => "the invoice was not posted",
    }
}

/// Whether it looks like an id that the pipeline makes of a URL. Ids that publishers give look like anything.
pub(super) fn is_derived(reference: &str) -> bool {
    reference.len() == DERIVED_DIGITS && reference.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Bills that somebody has entered for invoices that wait for a person.
fn by_hand(ours: &Ours, books: &Books, names: &Names, period: &Period) -> Vec<Difference> {
    let made_by_us = |row: &Row| ours.of(row.reference()).is_some_and(|known| known.bill.is_some());
    let mut by_number: HashMap<Vec<String>, Vec<&Waiting>> = HashMap::new();
    for waiting in ours.waiting() {
        by_number.entry(bare(&waiting.bill_number)).or_default().push(waiting);
    }
    let rows = books.valid().filter(|row| was_there(row, period) && !made_by_us(row));
    rows.flat_map(|row| {
        let same_number = by_number.get(&bare(&row.bill_number)).into_iter().flatten();
        let same = same_number.filter(|waiting| is_bill_of(row, waiting, names));
        same.map(|waiting| entered(row, waiting)).collect::<Vec<_>>()
    })
    .collect()
}

fn is_bill_of(row: &Row, waiting: &Waiting, names: &Names) -> bool {
    row.reference() != waiting.invoice_id.as_str()
        && row.total() == waiting.total
        && (row.currency().is_empty() || row.currency().eq_ignore_ascii_case(&waiting.currency))
        && names.are_one(&waiting.vendor_name, row)
}

fn entered(row: &Row, waiting: &Waiting) -> Difference {
    let message = format!(
        "{} has the number, vendor and total of this invoice, which waits ({}): discard it if it is the same",
        shown(row),
        waiting.code
    );
    Difference::of(Kind::ByHand, Some(waiting.invoice_id.as_str()), row, &message)
}

fn amount(currency: &str, total: Decimal) -> String {
    format!("{currency} {total}")
}
