//! The amounts of a bill's lines, as Zoho computes with them: pure.
//!
//! Zoho works to the paisa, line by line. What it would make other than it is printed goes into one adjustment, and only
//! as much as rounding explains.

use crate::charge::Booked;
use crate::tax::{LineTax, paise};
use crate::wire::Number;
use contract::{Invoice, Line, code};
use engine::StageError;
use rust_decimal::Decimal;
use serde::Serialize;

/// The printed round-off may differ from the bill's adjustment by what rounding the tax of each line can make.
const ROUNDING: Decimal = Decimal::ONE;

/// Why the bill would not have the printed total.
#[derive(Debug, Serialize)]
struct Difference {
    printed_total: Number,
    computed_total: Number,
    printed_round_off: Number,
    cess: Number,
}

/// The lines' amounts to the paisa, each less its part of a discount on the whole: Zoho documents no such discount for bills.
pub(crate) fn net(invoice: &Invoice) -> Vec<Decimal> {
    let mut amounts: Vec<Decimal> = invoice.lines.iter().map(|line| paise(line.amount)).collect();
    let whole: Decimal = amounts.iter().sum();
    if invoice.discount.is_zero() || whole.is_zero() {
        return amounts;
    }
    let mut left = paise(invoice.discount);
    for amount in &mut amounts {
        let part = paise(invoice.discount * *amount / whole);
        (*amount, left) = (*amount - part, left - part);
    }
    // What rounding leaves goes where it changes least.
    if let Some(largest) = amounts.iter_mut().max() {
        *largest -= left;
    }
    amounts
}

/// Zoho computes a line as rate × quantity. Where that would not be the printed amount, or depends on how many
/// decimals the organisation keeps, the line is posted as one piece.
pub(crate) fn rate_and_quantity(line: &Line) -> (Decimal, Decimal) {
    let plain = |number: Decimal| number.normalize().scale() <= 2 && number > Decimal::ZERO;
    match (line.rate, line.quantity) {
        (Some(rate), Some(quantity))
            if plain(rate) && plain(quantity) && paise(rate * quantity) == paise(line.amount) =>
        {
            (rate, quantity)
        }
        _ => (paise(line.amount), Decimal::ONE),
    }
}

/// What Zoho must add to its own sum for the printed total.
pub(crate) fn adjustment(
    invoice: &Invoice,
    amounts: &[Decimal],
    taxes: &[Option<LineTax>],
    charges: &[Booked],
) -> Result<Decimal, StageError> {
    let on_top = |tax: &Option<LineTax>, amount: Decimal| match tax {
        Some(tax) if !invoice.lines_with_tax => tax.on(amount),
        _ => Decimal::ZERO,
    };
    let of_lines: Decimal = amounts.iter().zip(taxes).map(|(amount, tax)| *amount + on_top(tax, *amount)).sum();
    let computed_total = of_lines + charges.iter().map(|one| paise(one.amount)).sum::<Decimal>();
    let adjustment = invoice.total - computed_total;
    if (adjustment - invoice.round_off).abs() <= ROUNDING {
        return Ok(adjustment);
    }
    Err(StageError::review(
        code::ZOHO_TOTAL_DIFFERS,
        "the lines and their taxes do not make the printed total in Zoho Books: no bill was made",
    )
    .with_candidate(invoice)
    .with_evidence(&Difference {
        printed_total: Number(invoice.total),
        computed_total: Number(computed_total),
        printed_round_off: Number(invoice.round_off),
        cess: Number(invoice.cess),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn line_of(quantity: &str, rate: &str, amount: &str) -> (String, String) {
        let (rate, quantity) = rate_and_quantity(&fixture::line("x", quantity, rate, amount));
        (rate.normalize().to_string(), quantity.normalize().to_string())
    }

    #[test]
    fn a_line_whose_product_is_not_its_amount_is_posted_as_one_piece() {
        let table = [
            ("3", "33.33", "99.99", ("33.33", "3")),
            ("2.5", "99.99", "249.98", ("99.99", "2.5")),
            ("3", "33.33", "100", ("100", "1")),
            ("3", "33.333", "100", ("100", "1")),
            ("0.125", "80", "10", ("10", "1")),
            ("-1", "100", "-100", ("-100", "1")),
        ];
        for (quantity, rate, amount, (posted_rate, posted_quantity)) in table {
            let expected = (posted_rate.to_owned(), posted_quantity.to_owned());
            assert_eq!(line_of(quantity, rate, amount), expected, "{quantity} × {rate} = {amount}");
        }
    }
}
