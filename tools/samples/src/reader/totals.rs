//! The amounts at the foot of an invoice.

use rust_decimal::Decimal;

use super::labels::Label;
use super::values::money;

/// Amounts in the order of reading, each with the rate printed in its label ("" if none).
#[derive(Debug, Default)]
pub(super) struct Totals(Vec<(Label, String, String)>);

impl Totals {
    /// A later amount of the same label and rate replaces the earlier, as on the last of several pages.
    pub(super) fn put(&mut self, label: Label, rate: String, amount: String) {
        self.0.retain(|(known, at, _)| (*known, at) != (label, &rate));
        self.0.push((label, rate, amount));
    }

    pub(super) fn subtotal(&self) -> String {
        self.last(Label::Subtotal)
    }

    pub(super) fn cgst(&self) -> String {
        self.sum(Label::Cgst)
    }

    pub(super) fn sgst(&self) -> String {
        self.sum(Label::Sgst)
    }

    pub(super) fn igst(&self) -> String {
        self.sum(Label::Igst)
    }

    pub(super) fn cess(&self) -> String {
        self.sum(Label::Cess)
    }

    pub(super) fn round_off(&self) -> String {
        self.last(Label::RoundOff)
    }

    /// What is called the amount to pay, before a mere "Total".
    pub(super) fn total(&self) -> String {
        let grand = self.last(Label::GrandTotal);
        if grand.is_empty() { self.last(Label::Total) } else { grand }
    }

    fn last(&self, label: Label) -> String {
        self.of(label).last().map(|(_, amount)| amount.to_owned()).unwrap_or_default()
    }

    /// The amount without a rate if there is one, else the sum over the rates.
    fn sum(&self, label: Label) -> String {
        if let Some((_, amount)) = self.of(label).find(|(rate, _)| rate.is_empty()) {
            return amount.to_owned();
        }
        let amounts = self.of(label).filter_map(|(_, amount)| amount.parse::<Decimal>().ok());
        amounts.reduce(Decimal::saturating_add).map(money).unwrap_or_default()
    }

    fn of(&self, label: Label) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(move |(known, ..)| *known == label)
            .map(|(_, rate, amount)| (rate.as_str(), amount.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(entries: &[(Label, &str, &str)]) -> Totals {
        let mut totals = Totals::default();
        for (label, rate, amount) in entries {
            totals.put(*label, (*rate).into(), (*amount).into());
        }
        totals
    }

    #[test]
    fn taxes_printed_rate_by_rate_are_added_up() {
        let found = totals(&[(Label::Igst, "5", "10.00"), (Label::Igst, "18", "2.50"), (Label::Igst, "5", "10.00")]);
        assert_eq!(found.igst(), "12.50");
        assert_eq!(totals(&[(Label::Igst, "5", "10.00"), (Label::Igst, "", "12.50")]).igst(), "12.50");
    }

    #[test]
    fn the_amount_to_pay_wins_over_a_mere_total() {
        let found = totals(&[(Label::GrandTotal, "", "118.00"), (Label::Total, "", "100.00")]);
        assert_eq!(found.total(), "118.00");
    }
}
