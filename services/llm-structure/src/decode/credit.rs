//! The signs of a credit note: some print what they give back as negative amounts, some as positive ones, some both.
//!
//! A credit note is handed on like an invoice of what it gives back. Here alone signs are changed, and each only to say the same
//! for all; whether the figures then agree is for the checks.

use contract::Line;
use rust_decimal::Decimal;

/// The figures of an invoice whose signs depend on each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) lines: Vec<Line>,
    pub(super) subtotal: Option<Decimal>,
    /// CGST, SGST, IGST, cess and other tax.
    pub(super) taxes: [Decimal; 5],
    pub(super) tcs: Decimal,
    pub(super) round_off: Decimal,
    pub(super) total: Decimal,
}

impl Figures {
    /// A credit note's figures as those of an invoice.
    pub(super) fn unsigned(mut self) -> Self {
        if self.lines.iter().map(|line| line.amount).sum::<Decimal>() < Decimal::ZERO {
            self.lines = self.lines.into_iter().map(reversed).collect();
        }
        // What rounds a negative total up rounds the positive one down.
        let round_off = if self.total < Decimal::ZERO { -self.round_off } else { self.round_off };
        Self {
            subtotal: self.subtotal.map(|subtotal| subtotal.abs()),
            taxes: self.taxes.map(|tax| tax.abs()),
            tcs: self.tcs.abs(),
            round_off,
            total: self.total.abs(),
            lines: self.lines,
        }
    }
}

/// Of quantity and rate at most one has the sign.
fn reversed(line: Line) -> Line {
    Line {
        quantity: line.quantity.map(|quantity| quantity.abs()),
        rate: line.rate.map(|rate| rate.abs()),
        tax_amount: line.tax_amount.map(|tax| -tax),
        amount: -line.amount,
        ..line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::example;
    use example::decimal;

    fn figures() -> Figures {
        let invoice = example::invoice();
        Figures {
            lines: invoice.lines,
            subtotal: Some(invoice.subtotal),
            taxes: [invoice.cgst, invoice.sgst, invoice.igst, invoice.cess, invoice.other_tax],
            tcs: invoice.tcs,
            round_off: invoice.round_off,
            total: invoice.total,
        }
    }

    fn negated() -> Figures {
        let mut figures = figures();
        figures.lines.iter_mut().for_each(|line| line.amount = -line.amount);
        Figures {
            subtotal: figures.subtotal.map(|subtotal| -subtotal),
            taxes: figures.taxes.map(|tax| -tax),
            round_off: -figures.round_off,
            total: -figures.total,
            ..figures
        }
    }

    #[test]
    fn whatever_signs_a_credit_note_prints_it_gives_back_the_same() {
        let quantity = |mut figures: Figures| {
            figures.lines.iter_mut().for_each(|line| line.quantity = line.quantity.map(|quantity| -quantity));
            figures
        };
        let rate = |mut figures: Figures| {
            figures.lines.iter_mut().for_each(|line| line.rate = line.rate.map(|rate| -rate));
            figures
        };
        let lines_alone = Figures { lines: negated().lines, ..figures() };
        let total_alone = Figures { total: negated().total, round_off: negated().round_off, ..figures() };
        let taxes_alone = Figures { taxes: negated().taxes, ..figures() };
        let table = [figures(), negated(), quantity(negated()), rate(negated()), lines_alone, total_alone, taxes_alone];
        for printed in table {
            assert_eq!(printed.clone().unsigned(), figures(), "{printed:?}");
        }
    }

    #[test]
    fn a_line_that_takes_something_back_keeps_its_sign_beside_the_others() {
        let mut printed = negated();
        let fee = Line { amount: decimal("10"), quantity: None, rate: None, ..printed.lines[0].clone() };
        printed.lines.push(fee);
        let lines = printed.unsigned().lines;
        assert_eq!((lines[0].amount, lines[1].amount), (figures().lines[0].amount, decimal("-10")));
    }
}
