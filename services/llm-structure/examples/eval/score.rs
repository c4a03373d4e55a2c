//! When an answer is right: amounts and dates as such, texts by their words, lines by their figures.

use contract::{Invoice, Line};
use serde_json::Value;

/// The fields that a bill is made of, lines aside.
pub(crate) const FIELDS: [&str; 17] = [
    "vendor_name",
    "vendor_gstin",
    "buyer_name",
    "buyer_gstin",
    "invoice_number",
    "invoice_date",
    "due_date",
    "currency",
    "subtotal",
    "discount",
    "cgst",
    "sgst",
    "igst",
    "cess",
    "other_tax",
    "round_off",
    "total",
];

/// How a field was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    Wrong,
    /// Given, although nothing of the kind is printed.
    Invented,
    /// Printed, and not given.
    Missed,
    /// Neither printed nor given.
    Absent,
}

/// The verdict on each of [`FIELDS`].
pub(crate) fn fields(right: &Invoice, answer: &Invoice) -> Vec<Verdict> {
    let (right, answer) = (serde_json::to_value(right).unwrap(), serde_json::to_value(answer).unwrap());
    FIELDS.iter().map(|field| verdict(&right[*field], &answer[*field])).collect()
}

/// How many lines of the right answer were given, in their place.
pub(crate) fn lines(right: &Invoice, answer: &Invoice) -> usize {
    right.lines.iter().zip(&answer.lines).filter(|(right, answer)| is_line(right, answer)).count()
}

/// Whether a bill made of the answer is the right one.
pub(crate) fn is_right(right: &Invoice, answer: &Invoice) -> bool {
    let wrong = |verdict: &Verdict| !matches!(verdict, Verdict::Right | Verdict::Absent);
    !fields(right, answer).iter().any(wrong)
        && right.lines.len() == answer.lines.len()
        && lines(right, answer) == right.lines.len()
}

fn verdict(right: &Value, answer: &Value) -> Verdict {
    let (right, answer) = (normal(right), normal(answer));
    match (right.is_empty(), answer.is_empty()) {
        (true, true) => Verdict::Absent,
        (true, false) => Verdict::Invented,
        (false, true) => Verdict::Missed,
        (false, false) if right == answer => Verdict::Right,
        (false, false) => Verdict::Wrong,
    }
}

/// Amounts without trailing zeros, and zero as nothing; texts as their words.
fn normal(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match text.parse::<rust_decimal::Decimal>() {
        Ok(amount) if amount.is_zero() => String::new(),
        Ok(amount) => amount.normalize().to_string(),
        Err(_) => words(text),
    }
}

fn words(text: &str) -> String {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// Amount, quantity, rate and tax rate are those of the right answer, as far as it has them.
fn is_line(right: &Line, answer: &Line) -> bool {
    let same = |right: Option<rust_decimal::Decimal>, answer| right.is_none() || right == answer;
    right.amount == answer.amount
        && same(right.quantity, answer.quantity)
        && same(right.rate, answer.rate)
        && same(right.tax_rate, answer.tax_rate)
}
