//! What several layouts share: the rows of a table and the block of totals.

use rust_decimal::Decimal;

use crate::draft::{Draft, Item};
use crate::pdf::{Page, Style};

/// How a layout writes amounts.
pub(crate) type Amounts = fn(Decimal) -> String;

/// Cells for the columns: number, description, HSN or SAC, quantity, unit, rate, GST rate, amount.
pub(crate) fn rows_with_tax(items: &[Item], amounts: Amounts) -> Vec<Vec<String>> {
    let row = |(at, item): (usize, &Item)| {
        vec![
            (at + 1).to_string(),
            item.description.clone(),
            item.hsn.clone(),
            item.quantity.to_string(),
            item.unit.clone(),
            amounts(item.rate),
            format!("{}%", item.tax_rate_text()),
            amounts(item.amount()),
        ]
    };
    items.iter().enumerate().map(row).collect()
}

/// Cells for the columns: description, quantity, rate, amount.
pub(crate) fn amount_rows(items: &[Item], amounts: Amounts) -> Vec<[String; 4]> {
    let row =
        |item: &Item| [item.description.clone(), item.quantity.to_string(), amounts(item.rate), amounts(item.amount())];
    items.iter().map(row).collect()
}

/// A column of labels and, right-aligned, their amounts; the last row may be set in another style.
#[derive(Debug)]
pub(super) struct Totals {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) leading: f32,
    pub(super) style: Style,
    pub(super) last: Style,
}

impl Totals {
    /// Returns the base line that would come next.
    pub(super) fn draw(&self, page: &mut Page, y: f32, rows: &[(&str, String)]) -> f32 {
        let mut at = y;
        for (position, (label, amount)) in rows.iter().enumerate() {
            let style = if position + 1 == rows.len() { self.last } else { self.style };
            page.text(self.left, at, style, label);
            page.text_to(self.right, at, style, amount);
            at += self.leading;
        }
        at
    }
}

/// `CGST @ 9%`: the half of the first rate in use, for invoices that have a single one.
pub(super) fn half_rate(draft: &Draft) -> Decimal {
    full_rate(draft) / Decimal::TWO
}

/// The first rate in use.
pub(super) fn full_rate(draft: &Draft) -> Decimal {
    draft.tax_by_rate().first().map(|(rate, _)| rate.normalize()).unwrap_or_default()
}
