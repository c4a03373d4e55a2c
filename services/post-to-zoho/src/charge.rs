//! What an invoice charges beside its lines and their GST: each is booked as a line of its own.
//!
//! Zoho's documented taxes for bills are those of GST. Cess by quantity, a foreign VAT and tax collected at source have no
//! field, so they are lines without tax, to accounts that only an accountant can choose. None is ever booked elsewhere: an
//! invoice whose charge has no account waits for a person.

use crate::wire::{Id, Number};
use contract::{Invoice, code};
use engine::StageError;
use runtime::settings::Zoho;
use rust_decimal::Decimal;
use serde::Serialize;

/// A charge that is in no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charge {
    /// GST compensation cess.
    Cess,
    /// VAT or sales tax from abroad.
    OtherTax,
    /// Tax collected at source.
    Tcs,
}

/// A charge with the account that it is booked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) charge: Charge,
    pub(crate) amount: Decimal,
    pub(crate) account: Id,
}

/// The accounts of the settings, by id or name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Accounts {
    cess: Option<String>,
    other_tax: Option<String>,
    tcs: Option<String>,
}

#[derive(Debug, Serialize)]
struct Unbooked {
    setting: &'static str,
    amount: Number,
}

impl Charge {
    pub(crate) const ALL: [Self; 3] = [Self::Cess, Self::OtherTax, Self::Tcs];

    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Cess => "zoho.cess_account",
            Self::OtherTax => "zoho.other_tax_account",
            Self::Tcs => "zoho.tcs_account",
        }
    }

    /// As the bill's line says it.
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::Cess => "GST compensation cess",
            Self::OtherTax => "VAT or sales tax",
            Self::Tcs => "Tax collected at source (TCS)",
        }
    }

    fn on(self, invoice: &Invoice) -> Decimal {
        match self {
            Self::Cess => invoice.cess,
            // What the lines include stays there: nobody in India gets it back, so it is part of the cost.
            Self::OtherTax if invoice.lines_with_tax => Decimal::ZERO,
            Self::OtherTax => invoice.other_tax,
            Self::Tcs => invoice.tcs,
        }
    }
}

impl Accounts {
    pub(crate) fn new(settings: &Zoho) -> Self {
        let set = |value: &Option<String>| value.clone().filter(|text| !text.trim().is_empty());
        Self {
            cess: set(&settings.cess_account),
            other_tax: set(&settings.other_tax_account),
            tcs: set(&settings.tcs_account),
        }
    }

    pub(crate) fn of(&self, charge: Charge) -> Option<&str> {
        match charge {
            Charge::Cess => self.cess.as_deref(),
            Charge::OtherTax => self.other_tax.as_deref(),
            Charge::Tcs => self.tcs.as_deref(),
        }
    }

    /// The account of a charge, or a sentence that says which setting is missing.
    pub(crate) fn require(&self, charge: Charge, amount: Decimal) -> Result<&str, StageError> {
        let setting = charge.setting();
        self.of(charge).ok_or_else(|| {
            let message = format!(
                "the invoice charges {}, and {setting} does not say which account it is booked to: set it, and replay",
                charge.description()
            );
            StageError::review(code::ZOHO_UNBOOKED_TAX, message)
                .with_evidence(&Unbooked { setting, amount: Number(amount) })
        })
    }
}

/// What the invoice charges beside its lines.
pub(crate) fn charged(invoice: &Invoice) -> Vec<(Charge, Decimal)> {
    let amounts = Charge::ALL.into_iter().map(|charge| (charge, charge.on(invoice)));
    amounts.filter(|(_, amount)| !amount.is_zero()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn each_charge_has_a_line_and_tax_that_the_buyer_withholds_has_none() {
        let mut invoice = fixture::invoice();
        assert_eq!(charged(&invoice), []);
        (invoice.cess, invoice.tcs, invoice.tds) = (Decimal::TEN, Decimal::ONE, Decimal::ONE_HUNDRED);
        assert_eq!(charged(&invoice), [(Charge::Cess, Decimal::TEN), (Charge::Tcs, Decimal::ONE)]);
    }

    #[test]
    fn a_foreign_tax_that_lines_include_stays_in_them() {
        let mut invoice = fixture::invoice();
        invoice.other_tax = Decimal::TEN;
        assert_eq!(charged(&invoice), [(Charge::OtherTax, Decimal::TEN)]);
        invoice.lines_with_tax = true;
        assert_eq!(charged(&invoice), []);
    }

    #[test]
    fn a_charge_without_an_account_is_held_with_the_settings_name() {
        let accounts = Accounts { tcs: Some("TCS Receivable".to_owned()), ..Accounts::default() };
        assert_eq!(accounts.require(Charge::Tcs, Decimal::ONE).unwrap(), "TCS Receivable");
        for charge in [Charge::Cess, Charge::OtherTax] {
            let error = accounts.require(charge, Decimal::ONE).unwrap_err();
            assert_eq!((error.code, error.class), (code::ZOHO_UNBOOKED_TAX, contract::Class::Review));
            assert!(error.message.contains(charge.setting()), "{}", error.message);
        }
    }
}
