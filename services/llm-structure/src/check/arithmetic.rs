//! Whether the figures of an invoice agree, in exact decimals. Tolerances are those of Indian practice: a paisa where
//! figures are added, a rupee where tax is rounded line by line.

use crate::finding::{Finding, Severity};
use contract::{Invoice, Line, code};
use rust_decimal::Decimal;

const PAISA: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
const RUPEE: Decimal = Decimal::ONE;

pub(super) fn lines_make_the_subtotal(invoice: &Invoice) -> Vec<Finding> {
    let sum: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
    let tolerance = PAISA * Decimal::from(invoice.lines.len()) / Decimal::TWO;
    let message = "the lines, less the discount, do not add up to the taxable amount";
    let included = if invoice.lines_with_tax { invoice.tax() } else { Decimal::ZERO };
    compare(
        || "subtotal".to_owned(),
        message,
        sum - invoice.discount - included,
        invoice.subtotal,
        tolerance.max(PAISA),
    )
}

pub(super) fn parts_make_the_total(invoice: &Invoice) -> Vec<Finding> {
    if invoice.total <= Decimal::ZERO {
        let message = "there is nothing to pay";
        return vec![Finding::error(code::CHECK_ARITHMETIC, "total", message).found(&invoice.total)];
    }
    let sum = invoice.subtotal + invoice.tax() + invoice.tcs + invoice.round_off;
    compare(
        || "total".to_owned(),
        "taxable amount, taxes and round-off do not add up to the total",
        sum,
        invoice.total,
        PAISA,
    )
}

/// Inside a state CGST and SGST are charged, equal; between states IGST alone.
pub(super) fn taxes_fit_together(invoice: &Invoice) -> Vec<Finding> {
    let mut findings = compare(|| "sgst".to_owned(), "SGST is not equal to CGST", invoice.cgst, invoice.sgst, PAISA);
    let inside = invoice.cgst + invoice.sgst;
    if !invoice.igst.is_zero() && !inside.is_zero() {
        let message = "IGST is charged beside CGST and SGST";
        findings.push(Finding::warning(code::CHECK_ARITHMETIC, "igst", message).found(&invoice.igst));
    }
    findings
}

/// Zoho computes the taxes from the lines' rates: were they to differ, so would the bill.
pub(super) fn taxes_follow_from_the_rates(invoice: &Invoice) -> Vec<Finding> {
    let included = |rate: Decimal| if invoice.lines_with_tax { rate } else { Decimal::ZERO };
    let tax_of = |line: &Line| {
        let rate = line.tax_rate?;
        Some(line.amount * rate / (Decimal::ONE_HUNDRED + included(rate)))
    };
    let Some(on_lines) = invoice.lines.iter().map(tax_of).sum::<Option<Decimal>>() else { return Vec::new() };
    // Under reverse charge the rates say what the buyer owes to the state, and the vendor charges nothing.
    let is_reversed = invoice.reverse_charge == Some(true) && (invoice.tax() - invoice.cess).is_zero();
    if invoice.lines.is_empty() || is_reversed {
        return Vec::new();
    }
    // A discount on the whole lowers the tax of every line alike.
    let before: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
    let expected = if before.is_zero() { on_lines } else { on_lines * (before - invoice.discount) / before };
    let found = invoice.tax() - invoice.cess;
    compare(|| "lines".to_owned(), "the lines' tax rates do not make the invoice's taxes", expected, found, RUPEE)
}

pub(super) fn round_off_rounds(invoice: &Invoice) -> Vec<Finding> {
    if invoice.round_off.abs() <= RUPEE {
        return Vec::new();
    }
    let message = "a round-off of more than a rupee rounds nothing";
    vec![Finding::error(code::CHECK_ARITHMETIC, "round_off", message).found(&invoice.round_off)]
}

/// Only odd, as some invoices print rates with tax or hide a discount.
pub(super) fn lines_follow_from_their_rates(invoice: &Invoice) -> Vec<Finding> {
    let product = |(index, line): (usize, &Line)| {
        let message = "quantity times rate, less the discount, is not the line's amount";
        compare(|| format!("lines[{index}].amount"), message, product(line)?, line.amount, RUPEE).pop()
    };
    let tax = |(index, line): (usize, &Line)| {
        let message = "the line's tax is not what its rate makes of its amount";
        let expected = line.amount * line.tax_rate? / Decimal::ONE_HUNDRED;
        compare(|| format!("lines[{index}].tax_amount"), message, expected, line.tax_amount?, RUPEE).pop()
    };
    let lines = || invoice.lines.iter().enumerate();
    let findings = lines().filter_map(product).chain(lines().filter_map(tax));
    findings.map(|finding| Finding { severity: Severity::Warning, ..finding }).collect()
}

/// What quantity and rate make, less the line's discount.
pub(super) fn product(line: &Line) -> Option<Decimal> {
    let product = line.quantity? * line.rate?;
    Some(product - line.discount.map_or(Decimal::ZERO, |discount| discount.of(product)))
}

/// How far quantity times rate may be from the amount when each is printed to its last place: half of such a place.
pub(super) fn rounding(line: &Line) -> Decimal {
    let half = |figure: Option<Decimal>| figure.map_or(Decimal::ZERO, |figure| Decimal::new(5, figure.scale() + 1));
    let (quantity, rate) = (line.quantity.unwrap_or_default().abs(), line.rate.unwrap_or_default().abs());
    let of_rate = if quantity.is_zero() { Decimal::ZERO } else { quantity * half(line.rate) };
    // A whole quantity is no rounded one.
    let of_quantity = if quantity.fract().is_zero() { Decimal::ZERO } else { rate * half(line.quantity) };
    of_rate + of_quantity + PAISA
}

/// The buyer withholds it from the payment, so that the bill's total does not change; somebody must know of it.
pub(super) fn tds_is_known(invoice: &Invoice) -> Vec<Finding> {
    if invoice.tds.is_zero() {
        return Vec::new();
    }
    let message = "the invoice names tax to be deducted at source: the bill does not, see to it in the payment";
    vec![Finding::warning(code::CHECK_ARITHMETIC, "tds", message).found(&invoice.tds)]
}

/// The field's name is made only if something is wrong with it: there are many.
fn compare(
    field: impl FnOnce() -> String,
    message: &str,
    expected: Decimal,
    found: Decimal,
    tolerance: Decimal,
) -> Vec<Finding> {
    if (expected - found).abs() <= tolerance {
        return Vec::new();
    }
    vec![Finding::error(code::CHECK_ARITHMETIC, field(), message).expected(&expected).found(&found)]
}
