//! The heading of a table, and reading the cells of a row by it.

use std::sync::LazyLock;

use regex::Regex;
use rust_decimal::Decimal;

use super::values::{money, pattern};
use crate::Line;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    CgstRate,
    SgstRate,
    TaxRate,
    /// The taxable amount, where a column is called so.
    Taxable,
    Serial,
    Hsn,
    Rate,
    Quantity,
    Unit,
    Description,
    Amount,
    /// Any other figure, such as the tax of the row.
    Figure,
}

/// Tried in this order where several fit at one place.
const HEADINGS: [(Column, &str); 13] = [
    (Column::CgstRate, r"cgst\s*(?:%|rate\b)"),
    (Column::SgstRate, r"(?:sgst|utgst)\s*(?:%|rate\b)"),
    (Column::TaxRate, r"(?:i?gst|tax)\s*(?:%|rate\b)"),
    (Column::Figure, r"(?:[cis]gst|tax)\s+(?:amt|amount)\b|[cs]gst\b"),
    (Column::TaxRate, r"(?:i?gst|tax)\b"),
    (Column::Taxable, r"taxable\s+(?:value|amount)\b"),
    (Column::Serial, r"(?:sl|sr|s)\s*\.?\s*no\b|pos\b|sl\b|no\b|#"),
    (Column::Hsn, r"hsn\s*(?:/\s*sac\b)?(?:\s*code\b)?|sac(?:\s+code)?\b"),
    (Column::Rate, r"(?:unit\s+)?(?:price|rate|cost)\b(?:\s+per\s+unit\b)?"),
    (Column::Quantity, r"qty\b|quantity\b|hours\b"),
    (Column::Unit, r"unit\b|uom\b|uqc\b|per\b"),
    (
        Column::Description,
        r"(?:description|particulars|details|item|product|service)\b(?:\s+(?:of|and|goods|services?|description)\b)*",
    ),
    (Column::Amount, r"amount\b|value\b|total\b"),
];

static HEADING: LazyLock<Regex> = LazyLock::new(|| {
    let groups: Vec<_> = HEADINGS.iter().map(|(_, source)| format!("({source})")).collect();
    pattern(&format!("(?i){}", groups.join("|")))
});

/// What may stand between headings: a currency in brackets, a dot.
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^(?:[\s.():]|rs|inr|usd|eur|[₹$€])*$"));

/// The columns of a heading, from left to right.
#[derive(Debug)]
pub(super) struct Columns(Vec<Column>);

impl Columns {
    /// The columns, if the line is the heading of a table of goods: nothing but headings, and among them a
    /// description, an amount, and a quantity or a rate.
    pub(super) fn of_heading(line: &str) -> Option<Self> {
        if !BETWEEN.is_match(&HEADING.replace_all(line, "")) {
            return None;
        }
        let mut columns = Vec::new();
        for groups in HEADING.captures_iter(line) {
            let kind = (1..groups.len()).find(|at| groups.get(*at).is_some())?;
            columns.push(HEADINGS[kind - 1].0);
        }
        let has = |column| columns.contains(&column);
        let is_goods = has(Column::Description)
            && (has(Column::Amount) || has(Column::Taxable))
            && (has(Column::Quantity) || has(Column::Rate));
        is_goods.then(|| Self(amount_before_tax(columns)))
    }

    pub(super) fn has_serial(&self) -> bool {
        self.0.first() == Some(&Column::Serial)
    }

    /// Reads a text as a row: cells from both ends, and what is left is the description.
    pub(super) fn row(&self, text: &str) -> Option<Line> {
        let middle = self.0.iter().position(|column| *column == Column::Description)?;
        let mut words: Vec<&str> = words(text).collect();
        let mut row = Line::default();
        for column in self.0[middle + 1..].iter().rev() {
            take(*column, &mut words, End::Back, &mut row)?;
        }
        for column in &self.0[..middle] {
            take(*column, &mut words, End::Front, &mut row)?;
        }
        row.description = words.join(" ");
        (!row.description.is_empty()).then_some(row)
    }
}

/// Where the taxable amount has a column of its own, the other amount is not the line's.
fn amount_before_tax(mut columns: Vec<Column>) -> Vec<Column> {
    if columns.contains(&Column::Taxable) {
        for column in &mut columns {
            *column = match *column {
                Column::Amount => Column::Figure,
                Column::Taxable => Column::Amount,
                other => other,
            };
        }
    }
    columns
}

/// Words without currencies; a percent sign that stands alone is dropped.
fn words(line: &str) -> impl Iterator<Item = &str> {
    const NOISE: [&str; 8] = ["Rs.", "Rs", "INR", "USD", "EUR", "₹", "$", "€"];
    line.split_whitespace().filter(|word| !NOISE.contains(word) && *word != "%")
}

#[derive(Debug, Clone, Copy)]
enum End {
    Front,
    Back,
}

/// Takes a column's cell off one end of the words; `None` if what stands there cannot be it.
fn take(column: Column, words: &mut Vec<&str>, end: End, row: &mut Line) -> Option<()> {
    let word = match end {
        End::Front => *words.first()?,
        End::Back => *words.last()?,
    };
    match column {
        Column::Serial if is_serial(word) => {}
        Column::Hsn if is_code(word) => row.hsn_sac = word.to_owned(),
        Column::Unit if figure(word).is_none() => row.unit = word.trim_end_matches('.').to_owned(),
        Column::Serial | Column::Hsn | Column::Unit => return Some(()),
        Column::Quantity if figure(word).is_none() => return measured(words, end, row),
        _ => return put_figure(column, words, end, row),
    }
    pull(words, end);
    Some(())
}

/// A quantity that carries its unit behind it.
fn measured(words: &mut Vec<&str>, end: End, row: &mut Line) -> Option<()> {
    let End::Back = end else { return None };
    row.unit = (*words.last()?).to_owned();
    pull(words, end);
    put_figure(Column::Quantity, words, end, row)
}

fn put_figure(column: Column, words: &mut Vec<&str>, end: End, row: &mut Line) -> Option<()> {
    let word = match end {
        End::Front => *words.first()?,
        End::Back => *words.last()?,
    };
    let value = figure(word)?;
    match column {
        Column::Quantity => row.quantity = value.to_string(),
        Column::Rate => row.rate = money(value),
        Column::Amount => row.amount = money(value),
        Column::CgstRate | Column::SgstRate | Column::TaxRate => {
            let sum = value.saturating_add(row.tax_rate.parse().unwrap_or(Decimal::ZERO));
            row.tax_rate = sum.normalize().to_string();
        }
        _ => {}
    }
    pull(words, end);
    Some(())
}

fn pull(words: &mut Vec<&str>, end: End) {
    match end {
        End::Front => drop(words.remove(0)),
        End::Back => drop(words.pop()),
    }
}

fn figure(word: &str) -> Option<Decimal> {
    let digits = word.trim_start_matches(['₹', '$', '€']).trim_end_matches("/-").trim_end_matches('%');
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        return None;
    }
    digits.replace(',', "").parse().ok()
}

fn is_serial(word: &str) -> bool {
    let digits = word.trim_end_matches('.');
    (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_code(word: &str) -> bool {
    (4..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}
