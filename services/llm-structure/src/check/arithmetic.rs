//! Whether the figures of an invoice agree, in exact decimals. Tolerances are those of Indian practice: a paisa where
//! figures are added, a rupee where tax is rounded line by line.

use crate::finding::{Finding, Severity};
use contract::{Invoice, code};
use rust_decimal::Decimal;

const PAISA: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
const RUPEE: Decimal = Decimal::ONE;

pub(super) fn lines_make_the_subtotal(invoice: &Invoice) -> Vec<Finding> {
    let sum = invoice.lines.iter().map(|line| line.amount).sum();
    let tolerance = PAISA * Decimal::from(invoice.lines.len()) / Decimal::TWO;
    compare("subtotal", "the lines do not add up to the taxable amount", sum, invoice.subtotal, tolerance.max(PAISA))
}

pub(super) fn parts_make_the_total(invoice: &Invoice) -> Vec<Finding> {
    if invoice.total <= Decimal::ZERO {
        let message = "there is nothing to pay";
        return vec![Finding::error(code::CHECK_ARITHMETIC, "total", message).found(&invoice.total)];
    }
    let sum = invoice.subtotal + invoice.tax() + invoice.round_off;
    compare("total", "taxable amount, taxes and round-off do not add up to the total", sum, invoice.total, PAISA)
}

/// Inside a state CGST and SGST are charged, equal; between states IGST alone.
pub(super) fn taxes_fit_together(invoice: &Invoice) -> Vec<Finding> {
    let mut findings = compare("sgst", "SGST is not equal to CGST", invoice.cgst, invoice.sgst, PAISA);
    let inside = invoice.cgst + invoice.sgst;
    if !invoice.igst.is_zero() && !inside.is_zero() {
        let message = "IGST is charged beside CGST and SGST";
        findings.push(Finding::warning(code::CHECK_ARITHMETIC, "igst", message).found(&invoice.igst));
    }
    findings
}

/// Zoho computes the taxes from the lines' rates: were they to differ, so would the bill.
pub(super) fn taxes_follow_from_the_rates(invoice: &Invoice) -> Vec<Finding> {
    let tax_of = |line: &contract::Line| Some(line.amount * line.tax_rate? / Decimal::ONE_HUNDRED);
    let Some(expected) = invoice.lines.iter().map(tax_of).sum::<Option<Decimal>>() else { return Vec::new() };
    let found = invoice.cgst + invoice.sgst + invoice.igst;
    if invoice.lines.is_empty() {
        return Vec::new();
    }
    compare("lines", "the lines' tax rates do not make the invoice's taxes", expected, found, RUPEE)
}

pub(super) fn round_off_rounds(invoice: &Invoice) -> Vec<Finding> {
    if invoice.round_off.abs() <= RUPEE {
        return Vec::new();
    }
    let message = "a round-off of more than a rupee rounds nothing";
    vec![Finding::error(code::CHECK_ARITHMETIC, "round_off", message).found(&invoice.round_off)]
}

/// Only odd, as discounts on a line have no field of their own.
pub(super) fn lines_follow_from_their_rates(invoice: &Invoice) -> Vec<Finding> {
    let message = "quantity times rate is not the line's amount";
    let of_line = |(index, line): (usize, &contract::Line)| {
        let product = line.quantity? * line.rate?;
        compare(&format!("lines[{index}].amount"), message, product, line.amount, RUPEE).pop()
    };
    let findings = invoice.lines.iter().enumerate().filter_map(of_line);
    findings.map(|finding| Finding { severity: Severity::Warning, ..finding }).collect()
}

fn compare(field: &str, message: &str, expected: Decimal, found: Decimal, tolerance: Decimal) -> Vec<Finding> {
    if (expected - found).abs() <= tolerance {
        return Vec::new();
    }
    vec![Finding::error(code::CHECK_ARITHMETIC, field, message).expected(&expected).found(&found)]
}
