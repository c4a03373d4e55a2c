//! An invoice that a person edits: read as leniently as what is printed, and checked as strictly as what a model says.
//!
//! Somebody who types has always something half written. So an edit is never refused: what cannot be read is a finding that
//! names its field, and what can be read comes back in the exact form in which it may be handed on.

use crate::check::{self, Company, required::left_empty};
use crate::decode;
use crate::finding::Finding;
use crate::judge::{Judgement, Source};
use chrono::NaiveDate;
use contract::{Discount, Invoice, code};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Judges an edited invoice: an object with the fields of [`contract::Invoice`], amounts and dates also as they are printed
/// (`1,23,456.00`, `05/07/2026`, `18%`). `invoice` is `None` as long as a field cannot be read; nothing else is checked then.
///
/// Pure, and fit to be called at every key stroke: about as much work as judging a model's answer.
#[must_use]
pub fn judge_edited(edited: &Value, source: Source<'_>, company: &Company, today: NaiveDate) -> Judgement {
    let mut findings = Vec::new();
    let Some(invoice) = read(edited, &mut findings) else {
        return Judgement { invoice: None, findings, evidence: Vec::new() };
    };
    // Figures of a size that no invoice has overflow a decimal, which panics: nobody may end a page by typing.
    let checks = AssertUnwindSafe(|| check::edited(&invoice, source, company, today));
    let Ok((more, evidence)) = catch_unwind(checks) else {
        let message = "the figures are too large to be added up";
        findings.push(Finding::error(code::CHECK_ARITHMETIC, "total", message));
        return Judgement { invoice: None, findings, evidence: Vec::new() };
    };
    findings.extend(more);
    Judgement { invoice: Some(invoice), findings, evidence }
}

/// What an empty amount or date means.
#[derive(Debug, Clone, Copy)]
enum Empty {
    /// Nothing is printed.
    Nothing,
    Zero,
    /// The field is one without which there is no bill.
    Missing,
}

const AMOUNTS: [(&str, Empty); 10] = [
    ("discount", Empty::Zero),
    ("cgst", Empty::Zero),
    ("sgst", Empty::Zero),
    ("igst", Empty::Zero),
    ("cess", Empty::Zero),
    ("other_tax", Empty::Zero),
    ("tcs", Empty::Zero),
    ("tds", Empty::Zero),
    ("round_off", Empty::Zero),
    ("total", Empty::Missing),
];
const LINE_AMOUNTS: [(&str, Empty); 5] = [
    ("quantity", Empty::Nothing),
    ("rate", Empty::Nothing),
    ("tax_rate", Empty::Nothing),
    ("tax_amount", Empty::Nothing),
    ("amount", Empty::Missing),
];
const REQUIRED_TEXTS: [&str; 2] = ["vendor_name", "invoice_number"];
const TEXTS: [&str; 7] = [
    "vendor_address",
    "vendor_state",
    "buyer_name",
    "buyer_address",
    "buyer_state",
    "place_of_supply",
    "purchase_order",
];

fn read(edited: &Value, findings: &mut Vec<Finding>) -> Option<Invoice> {
    let Value::Object(fields) = edited else {
        findings.push(not_of_its_kind("invoice"));
        return None;
    };
    let mut reader = Reader { findings, is_readable: true };
    let mut fields = fields.clone();
    let has_no_subtotal = reader.head(&mut fields);
    reader.lines(&mut fields);
    if !reader.is_readable {
        return None;
    }
    let read: Result<Invoice, _> = serde_path_to_error::deserialize(Value::Object(fields));
    let mut invoice = read.map_err(|error| findings.push(not_of_its_kind(&error.path().to_string()))).ok()?;
    if has_no_subtotal {
        invoice.subtotal = sum_of_lines(&invoice)?;
        findings.push(decode::subtotal_is_summed());
    }
    Some(invoice)
}

fn not_of_its_kind(field: &str) -> Finding {
    Finding::error(code::LLM_WRONG_SHAPE, field, "it cannot be read: the field takes another kind of value")
}

fn sum_of_lines(invoice: &Invoice) -> Option<Decimal> {
    let sum = invoice.lines.iter().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.amount))?;
    let included = if invoice.lines_with_tax { invoice.tax() } else { Decimal::ZERO };
    sum.checked_sub(invoice.discount)?.checked_sub(included)
}

/// Puts the fields into the form of [`Invoice`], and notes which cannot be.
struct Reader<'a> {
    findings: &'a mut Vec<Finding>,
    is_readable: bool,
}

impl Reader<'_> {
    /// All but the lines; returns whether there is no subtotal.
    fn head(&mut self, fields: &mut Map<String, Value>) -> bool {
        for name in REQUIRED_TEXTS {
            if tidied(fields, name, decode::text).is_none() {
                self.unreadable(left_empty(name));
            }
        }
        for name in TEXTS {
            tidied(fields, name, decode::text);
        }
        for name in ["vendor_gstin", "buyer_gstin"] {
            tidied(fields, name, decode::gstin);
        }
        tidied(fields, "irn", decode::irn);
        tidied(fields, "reverse_charge", decode::yes_or_no);
        if tidied(fields, "lines_with_tax", decode::yes_or_no).is_none() {
            fields.remove("lines_with_tax");
        }
        let kind = |text: &str| decode::text(text).map(|text| decode::document_type(&text));
        if tidied(fields, "document_type", kind).is_none() {
            self.unreadable(left_empty("document_type"));
        }
        bank(fields);
        let before = self.findings.len();
        let currency = leaf(fields.get("currency")).unwrap_or_default();
        fields.insert("currency".to_owned(), json!(decode::currency(&currency, self.findings)));
        self.is_readable &= self.findings[before..].iter().all(|finding| finding.severity == crate::Severity::Warning);
        self.date(fields, "invoice_date", Empty::Missing);
        self.date(fields, "due_date", Empty::Nothing);
        for (name, empty) in AMOUNTS {
            self.amount(fields, name, name.to_owned(), empty);
        }
        let has_no_subtotal = leaf(fields.get("subtotal")).is_some_and(|text| text.is_empty());
        self.amount(fields, "subtotal", "subtotal".to_owned(), Empty::Zero);
        has_no_subtotal
    }

    fn lines(&mut self, fields: &mut Map<String, Value>) {
        let Some(Value::Array(lines)) = fields.get_mut("lines") else {
            return self.unreadable(left_empty("lines"));
        };
        if lines.is_empty() {
            self.unreadable(left_empty("lines"));
        }
        for (index, line) in lines.iter_mut().enumerate() {
            let Value::Object(line) = line else {
                self.unreadable(not_of_its_kind(&format!("lines[{index}]")));
                continue;
            };
            let field = |name: &str| format!("lines[{index}].{name}");
            let description = leaf(line.get("description")).unwrap_or_default();
            line.insert("description".to_owned(), json!(description));
            tidied(line, "hsn_sac", decode::text);
            tidied(line, "unit", decode::text);
            for (name, empty) in LINE_AMOUNTS {
                self.amount(line, name, field(name), empty);
            }
            self.discount(line, field("discount"));
        }
    }

    fn amount(&mut self, fields: &mut Map<String, Value>, name: &str, path: String, empty: Empty) {
        let Some(text) = leaf(fields.get(name)) else { return self.unreadable(not_of_its_kind(&path)) };
        let read = match (decode::amount(&text), empty) {
            (Some(amount), _) => json!(amount),
            (None, _) if !text.is_empty() => return self.unreadable(decode::unreadable_amount(path, &text)),
            (None, Empty::Nothing) => Value::Null,
            (None, Empty::Zero) => json!(Decimal::ZERO),
            (None, Empty::Missing) => return self.unreadable(left_empty(path)),
        };
        fields.insert(name.to_owned(), read);
    }

    fn date(&mut self, fields: &mut Map<String, Value>, name: &str, empty: Empty) {
        let Some(text) = leaf(fields.get(name)) else { return self.unreadable(not_of_its_kind(name)) };
        let read = match (decode::date(&text), empty) {
            (Some(date), _) => json!(date),
            (None, Empty::Missing) if text.is_empty() => return self.unreadable(left_empty(name)),
            (None, _) if text.is_empty() => Value::Null,
            (None, _) => return self.unreadable(decode::unreadable_date(name, &text)),
        };
        fields.insert(name.to_owned(), read);
    }

    /// `5`, `5%`, or one of the two with its name, as it is handed on.
    fn discount(&mut self, line: &mut Map<String, Value>, path: String) {
        let (text, is_percent) = match line.get("discount") {
            Some(Value::Object(named)) => (leaf(named.values().next()), named.contains_key("percent")),
            other => (leaf(other), false),
        };
        let Some(text) = text else { return self.unreadable(not_of_its_kind(&path)) };
        let read = match decode::amount(&text) {
            Some(off) if off.is_zero() => None,
            Some(off) if is_percent => Some(Discount::Percent(off.abs())),
            Some(off) => Some(decode::discount(off, &text)),
            None if text.is_empty() => None,
            None => return self.unreadable(decode::unreadable_amount(path, &text)),
        };
        line.insert("discount".to_owned(), json!(read));
    }

    fn unreadable(&mut self, finding: Finding) {
        self.is_readable = false;
        self.findings.push(finding);
    }
}

/// A leaf's text without white space around it; of a number its digits. `None` for what is no leaf.
fn leaf(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.trim().to_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
    }
}

/// Puts a text into its form; what is no text stays as it is.
fn tidied<T: Serialize>(fields: &mut Map<String, Value>, name: &str, tidy: impl Fn(&str) -> Option<T>) -> Option<()> {
    let value = match fields.get(name) {
        None | Some(Value::Null) => Value::Null,
        Some(Value::String(text)) => json!(tidy(text)),
        Some(_) => return Some(()),
    };
    let is_there = !value.is_null();
    fields.insert(name.to_owned(), value);
    is_there.then_some(())
}

/// Without an account there is none.
fn bank(fields: &mut Map<String, Value>) {
    let Some(Value::Object(bank)) = fields.get_mut("bank") else { return };
    tidied(bank, "branch", decode::text);
    if tidied(bank, "account", decode::text).is_none() {
        fields.remove("bank");
    }
}

#[cfg(test)]
#[path = "edited_tests.rs"]
mod tests;
