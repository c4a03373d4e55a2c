//! Bills that there are two of.

use super::books::Row;
use super::difference::{Difference, Kind, shown};
use super::rules::is_derived;
use super::{Books, Ours};
use crate::directory::normalised;
use crate::reconcile::{bare, financial_year};
use std::collections::{HashMap, HashSet};

/// Several bills with one invoice id as reference number.
pub(super) fn by_reference(ours: &Ours, books: &Books) -> Vec<Difference> {
    let several = books
        .references()
        .filter(|(reference, bills)| bills.len() > 1 && (ours.of(reference).is_some() || is_derived(reference)));
    several
        .map(|(reference, bills)| {
            let rows: Vec<&Row> = bills.iter().filter_map(|id| books.row(id)).collect();
            told(Some(reference), &rows, "have this reference number")
        })
        .collect()
}

/// A number that one vendor has twice in a financial year, one of the bills being ours.
pub(super) fn by_number(ours: &Ours, books: &Books) -> Vec<Difference> {
    let posted: HashSet<&str> = ours.posted().map(|(_, _, bill)| bill.bill_id.as_str()).collect();
    let is_ours = |row: &Row| posted.contains(row.bill_id.as_str());
    let mut by_number: HashMap<(Vec<String>, Option<i32>), Vec<&Row>> = HashMap::new();
    for row in books.valid() {
        let number = bare(&row.bill_number);
        if !number.is_empty() {
            by_number.entry((number, financial_year(&row.date))).or_default().push(row);
        }
    }
    let mut found = Vec::new();
    for group in by_number.into_values().filter(|group| group.len() > 1) {
        for (at, row) in group.iter().enumerate() {
            let twins = group[at + 1..].iter().filter(|other| is_twin(row, other) && (is_ours(row) || is_ours(other)));
            found.extend(twins.map(|twin| {
                let [first, second] = if is_ours(row) { [row, twin] } else { [twin, row] };
                told(Some(first.reference()), &[first, second], "are of one vendor and number")
            }));
        }
    }
    found
}

/// The same number, or one that only looks otherwise with the same total. What has the same reference number is told
/// elsewhere.
fn is_twin(one: &Row, other: &Row) -> bool {
    let same_vendor = (!one.vendor().is_empty() && one.vendor() == other.vendor())
        || normalised(&one.vendor_name) == normalised(&other.vendor_name);
    let same_number = one.bill_number.trim().eq_ignore_ascii_case(other.bill_number.trim());
    let told_already = !one.reference().is_empty() && one.reference() == other.reference();
    same_vendor && (same_number || one.total() == other.total()) && !told_already
}

fn told(reference: Option<&str>, rows: &[&Row], what: &str) -> Difference {
    let bills: Vec<String> = rows.iter().map(|row| shown(row)).collect();
    let ids = rows.iter().map(|row| row.bill_id.to_string()).collect();
    Difference::new(Kind::Doubled, reference, ids, &format!("{} {what}", bills.join(" and ")))
}
