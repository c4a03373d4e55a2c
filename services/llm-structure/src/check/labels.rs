//! Whether a value stands behind the label of another: the due date for the invoice's date, the order's number for the
//! invoice's. Both are printed, so nothing else notices.
//!
//! What is right must not be held, so this speaks only when every place at which the value is printed carries another
//! value's label. A place without a label says nothing.

use super::dates_in_text::PrintedDate;
use super::source_text::{SourceLine, SourceText};
use super::words::words;
use crate::finding::Finding;
use chrono::NaiveDate;
use contract::{Invoice, code};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::iter;
use std::sync::LazyLock;

/// In bytes, as words: ` 5 7 26`.
const SHORTEST_DATE: usize = 7;

/// What a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Number,
    /// A number that is not the invoice's.
    OtherNumber,
    Date,
    /// A date that is not the invoice's.
    OtherDate,
    /// The invoice itself: its number or its date may follow.
    Invoice,
}

/// The labels of each kind, as [`words`].
const LABELS: [(Label, &[&str]); 5] = [
    (
        Label::Number,
        &[
            "invoice no",
            "invoice number",
            "invoice num",
            "invoice id",
            "inv no",
            "bill no",
            "bill number",
            "document no",
            "document number",
            "rechnungsnummer",
            "rechnung nr",
            "rechnungs nr",
            "facture no",
            "facture n",
        ],
    ),
    (
        Label::OtherNumber,
        &[
            "po no",
            "po number",
            "po",
            "p o no",
            "p o",
            "purchase order",
            "purchase order no",
            "purchase order number",
            "order no",
            "order number",
            "order id",
            "order ref",
            "order",
            "your ref",
            "reference no",
            "customer no",
            "customer number",
            "customer id",
            "customer code",
            "account no",
            "account number",
            "a c no",
            "a c",
            "challan no",
            "delivery note",
            "delivery note no",
            "dc no",
            "eway bill no",
            "e way bill no",
            "vehicle no",
            "lr no",
            "ack no",
            "irn",
            "quotation no",
            "estimate no",
            "contract no",
            "bestellnummer",
            "kundennummer",
        ],
    ),
    (
        Label::Date,
        &[
            "invoice date",
            "date of invoice",
            "invoice dt",
            "bill date",
            "date of issue",
            "issue date",
            "issued on",
            "issued",
            "dated",
            "date",
            "rechnungsdatum",
            "datum",
            "date de facture",
            "date de facturation",
        ],
    ),
    (
        Label::OtherDate,
        &[
            "due date",
            "due on",
            "due by",
            "due",
            "payment due",
            "payment due date",
            "payment date",
            "pay by",
            "payable by",
            "order date",
            "po date",
            "p o date",
            "purchase order date",
            "delivery date",
            "date of delivery",
            "dispatch date",
            "ack date",
            "valid until",
            "valid till",
            "expiry date",
            "period from",
            "period to",
            "from",
            "to",
            "until",
            "fällig",
            "fällig am",
            "fälligkeit",
            "fälligkeitsdatum",
            "zahlbar bis",
            "lieferdatum",
            "leistungsdatum",
            "bestelldatum",
            "date d échéance",
            "échéance",
            "date de livraison",
            "date de commande",
        ],
    ),
    (Label::Invoice, &["invoice", "inv", "tax invoice", "rechnung", "facture"]),
];

impl Label {
    /// Whether what follows is another's value, for who looks for a value with this label; `None` if it is of another kind.
    fn is_others(self, sought: Self) -> Option<bool> {
        match (sought, self) {
            (_, Self::Invoice) | (Self::Number, Self::Number) | (Self::Date, Self::Date) => Some(false),
            (Self::OtherDate, Self::OtherDate) => Some(false),
            (Self::Number, Self::OtherNumber) | (Self::Date, Self::OtherDate) | (Self::OtherDate, Self::Date) => {
                Some(true)
            }
            _ => None,
        }
    }
}

pub(super) fn all(invoice: &Invoice, text: &SourceText<'_>) -> Vec<Finding> {
    let number = words(&invoice.invoice_number);
    let places_of_number = |line: &SourceLine<'_>| -> Vec<usize> {
        let places = line.words.match_indices(number.as_str()).map(|(place, _)| place);
        if number.trim().is_empty() { Vec::new() } else { places.collect() }
    };
    let places_of = |date: NaiveDate| {
        move |line: &SourceLine<'_>| -> Vec<usize> {
            line.dates().filter(|printed| printed.date == date).map(|printed| printed.place).collect()
        }
    };
    let due = invoice.due_date.is_some_and(|due| stands_elsewhere(Label::OtherDate, places_of(due), text));
    let wrong = [
        ("invoice_number", stands_elsewhere(Label::Number, places_of_number, text)),
        ("invoice_date", stands_elsewhere(Label::Date, places_of(invoice.invoice_date), text)),
        ("due_date", due),
    ];
    let message = "everywhere in the text it stands behind the label of something else";
    let wrong = wrong.into_iter().filter(|(_, is_wrong)| *is_wrong);
    wrong.map(|(field, _)| Finding::error(code::CHECK_OTHER_LABEL, field, message)).collect()
}

/// Whether the value is printed, and everywhere behind another's label.
fn stands_elsewhere(sought: Label, places: impl Fn(&SourceLine<'_>) -> Vec<usize>, text: &SourceText<'_>) -> bool {
    let mut seen = false;
    let above = iter::once("").chain(text.lines().map(|line| line.words));
    for (above, line) in above.zip(text.lines()) {
        for place in places(&line) {
            match is_others(sought, above, &line, place) {
                Some(true) => seen = true,
                Some(false) | None => return false,
            }
        }
    }
    seen
}

/// Whether the label of the value at `place` is another's: the one before it on its line with no number between, or,
/// for a line below as many labels of dates as it has dates, the one above it.
fn is_others(sought: Label, above: &str, line: &SourceLine<'_>, place: usize) -> Option<bool> {
    let before = &line.words[..=place];
    if let Some((end, label)) = found(before).pop() {
        let between = &before[end..];
        let others = if between.contains(char::is_numeric) { None } else { label.is_others(sought) };
        // Of a label that is part of something longer nothing is known, unless it is the value's own.
        return others.filter(|others| !others || between.split_whitespace().count() < 2);
    }
    let dates = dates_apart(line.dates());
    let labels: Vec<Label> = found(above)
        .into_iter()
        .map(|(_, label)| label)
        .filter(|label| matches!(label, Label::Date | Label::OtherDate))
        .collect();
    let index = dates.iter().position(|date| *date == place)?;
    if labels.len() == dates.len() { labels[index].is_others(sought) } else { None }
}

/// The labels in a text, each with its end; of those that overlap the longest.
fn found(text: &str) -> Vec<(usize, Label)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| rest.len() > 1) {
        let step = match longest(rest) {
            Some((length, label)) => {
                found.push((at + 1 + length, label));
                length
            }
            None => match rest[1..].find(' ') {
                Some(word) => word,
                None => break,
            },
        };
        at += 1 + step;
    }
    found
}

/// The labels by their first words, the longest first.
static BY_FIRST_WORD: LazyLock<HashMap<&str, Vec<(&str, Label)>>> = LazyLock::new(|| {
    let mut labels: HashMap<&str, Vec<(&str, Label)>> = HashMap::new();
    for (label, spellings) in LABELS {
        for spelling in spellings {
            let first = spelling.split(' ').next().unwrap_or(spelling);
            labels.entry(first).or_default().push((spelling, label));
        }
    }
    labels.values_mut().for_each(|labels| labels.sort_by_key(|(spelling, _)| Reverse(spelling.len())));
    labels
});

/// The longest label that a text, which begins with a space, goes on with; and its length.
fn longest(text: &str) -> Option<(usize, Label)> {
    let first = text[1..].split(' ').next()?;
    let (spelling, label) = BY_FIRST_WORD.get(first)?.iter().find(|(spelling, _)| stands_at(text, spelling))?;
    Some((spelling.len(), *label))
}

/// Whether the text, which begins with a space, goes on with these words.
fn stands_at(text: &str, label: &str) -> bool {
    text[1..].strip_prefix(label).is_some_and(|rest| rest.starts_with(' '))
}

/// Where the dates of a line begin that do not overlap. Years of two digits count only where none has four, as any three
/// numbers would do.
fn dates_apart(dates: impl Iterator<Item = PrintedDate> + Clone) -> Vec<usize> {
    let is_long = dates.clone().any(|date| date.has_four_digits);
    let mut apart: Vec<usize> = Vec::new();
    for date in dates.filter(|date| date.has_four_digits == is_long) {
        if apart.last().is_none_or(|last| date.place >= last + SHORTEST_DATE) {
            apart.push(date.place);
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::example;

    fn held(number: &str, date: &str, text: &str) -> Vec<String> {
        let invoice = Invoice { invoice_number: number.into(), invoice_date: example::day(date), ..example::invoice() };
        all(&invoice, &SourceText::new(text)).into_iter().map(|finding| finding.field).collect()
    }

    const TEXT: &str = "TAX INVOICE\nInvoice No: KK/2026/017 Date: 05-Jul-2026\nPO No. 4500118 Due Date: 4 August 2026\n\
        Total 118.00";

    #[test]
    fn what_stands_behind_its_own_label_passes() {
        assert_eq!(held("KK/2026/017", "2026-07-05", TEXT), [""; 0]);
    }

    #[test]
    fn the_due_date_is_not_the_invoices_date_and_the_orders_number_not_the_invoices() {
        assert_eq!(held("4500118", "2026-08-04", TEXT), ["invoice_number", "invoice_date"]);
        let table = "Invoice No Invoice Date Due Date\nKK-17 05/07/2026 04/08/2026";
        assert_eq!(held("KK-17", "2026-07-05", table), [""; 0]);
        assert_eq!(held("KK-17", "2026-08-04", table), ["invoice_date"]);
    }

    #[test]
    fn a_place_without_a_label_or_with_its_own_elsewhere_says_nothing() {
        assert_eq!(held("4500118", "2026-08-04", "4500118\n04-08-2026"), [""; 0]);
        assert_eq!(held("17", "2026-07-05", "Order No 17 delivered 05.07.2026\nInvoice 17 of 05.07.2026"), [""; 0]);
        assert_eq!(held("17", "2026-07-05", "Due within 30 days 05.07.2026\nOrder 3 boxes 17"), [""; 0]);
    }

    #[test]
    fn foreign_scripts_and_odd_spaces_do_not_break_it() {
        for text in ["", " ", "請求書 日付 2026年7月5日", "₹₹₹ po", "due date", "due date "] {
            assert_eq!(held("17", "2026-07-05", text), [""; 0], "{text}");
        }
    }
}
