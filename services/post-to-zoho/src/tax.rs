//! Which of the organisation's taxes each line of an invoice bears, and what Zoho will make of it.
//!
//! Within a state GST comes as a tax group of CGST and SGST, across states as IGST. The invoice's own tax amounts say
//! which; nothing is guessed from addresses.

use crate::wire::{Id, Number};
use contract::{Invoice, Line};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;

/// A tax or a tax group as Zoho lists it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Tax {
    pub(crate) tax_id: Id,
    pub(crate) tax_percentage: Number,
    #[serde(default)]
    tax_name: String,
    #[serde(default)]
    tax_type: String,
    #[serde(default)]
    tax_specific_type: Option<String>,
}

/// How an invoice is taxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Supply {
    /// CGST and SGST in equal parts.
    IntraState,
    /// IGST.
    InterState,
    /// No GST is charged.
    Untaxed,
}

/// The tax of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineTax {
    pub(crate) tax_id: Id,
    /// Percentages, each of which Zoho rounds by itself.
    parts: Vec<Decimal>,
    /// Whether the buyer owes it to the state, and so not to the vendor.
    pub(crate) is_reversed: bool,
}

impl Supply {
    pub(crate) fn of(invoice: &Invoice) -> Self {
        if !invoice.igst.is_zero() {
            Self::InterState
        } else if !invoice.cgst.is_zero() || !invoice.sgst.is_zero() {
            Self::IntraState
        } else {
            Self::Untaxed
        }
    }

    /// What Zoho rounds by itself of a tax of so many percent.
    pub(crate) fn parts(self, percent: Decimal) -> Vec<Decimal> {
        match self {
            Self::IntraState => vec![percent / Decimal::TWO; 2],
            Self::InterState | Self::Untaxed => vec![percent],
        }
    }
}

impl Tax {
    pub(crate) fn is_for(&self, supply: Supply) -> bool {
        match supply {
            Supply::IntraState => self.is_group() && !self.is_named(&["CESS", "IGST"]),
            Supply::InterState if self.is_group() => false,
            Supply::InterState => match self.specific_type() {
                Some(kind) => kind.eq_ignore_ascii_case("igst"),
                None => self.tax_name.to_ascii_uppercase().starts_with("IGST"),
            },
            Supply::Untaxed => false,
        }
    }

    pub(crate) fn is_group(&self) -> bool {
        self.tax_type == "tax_group"
    }

    pub(crate) fn specific_type(&self) -> Option<&str> {
        self.tax_specific_type.as_deref().filter(|kind| !kind.is_empty())
    }

    /// Lists do not say of what a group is made: one of 28 % GST and 12 % cess is none of 40 % GST.
    fn is_named(&self, words: &[&str]) -> bool {
        let name = self.tax_name.to_ascii_uppercase();
        words.iter().any(|word| name.contains(word))
    }
}

impl LineTax {
    pub(crate) fn new(tax_id: Id, parts: Vec<Decimal>) -> Self {
        Self { tax_id, parts, is_reversed: false }
    }

    /// The tax that Zoho will add: each part of a group is rounded by itself.
    pub(crate) fn on(&self, amount: Decimal) -> Decimal {
        if self.is_reversed {
            return Decimal::ZERO;
        }
        self.parts.iter().map(|percent| paise(amount * percent / Decimal::ONE_HUNDRED)).sum()
    }

    pub(crate) fn percent(&self) -> Decimal {
        self.parts.iter().sum()
    }
}

/// The tax of this id or name.
pub(crate) fn called<'a>(taxes: &'a [Tax], wanted: &str) -> Option<&'a Tax> {
    let by_id = taxes.iter().find(|tax| tax.tax_id.as_str() == wanted);
    by_id.or_else(|| taxes.iter().find(|tax| tax.tax_name.trim().eq_ignore_ascii_case(wanted)))
}

/// The tax of each line, or `None` when the organisation lacks one of them. `said`: the one that people want for the lines of
/// its rate.
pub(crate) fn assign(taxes: &[Tax], invoice: &Invoice, said: Option<&Tax>) -> Option<Vec<Option<LineTax>>> {
    assign_of(taxes, invoice, Supply::of(invoice), said)
}

/// The same under reverse charge, for a supply of this kind.
pub(crate) fn assign_reversed(
    taxes: &[Tax],
    invoice: &Invoice,
    supply: Supply,
    said: Option<&Tax>,
) -> Option<Vec<Option<LineTax>>> {
    let reversed = |tax: Option<LineTax>| tax.map(|tax| LineTax { is_reversed: true, ..tax });
    Some(assign_of(taxes, invoice, supply, said)?.into_iter().map(reversed).collect())
}

fn assign_of(taxes: &[Tax], invoice: &Invoice, supply: Supply, said: Option<&Tax>) -> Option<Vec<Option<LineTax>>> {
    let usable: Vec<&Tax> = taxes.iter().filter(|tax| tax.is_for(supply)).collect();
    // Of no tax there are many kinds, and none of them depends on where a supply goes to.
    let said = said.filter(|tax| tax.tax_percentage.0.is_zero() || tax.is_for(supply));
    let of_line = |line: &Line| match said.filter(|tax| is_borne(tax, invoice, line)) {
        Some(tax) => Some(Some(LineTax::new(tax.tax_id.clone(), supply.parts(tax.tax_percentage.0)))),
        None => of_line(&usable, supply, invoice, line),
    };
    invoice.lines.iter().map(of_line).collect()
}

/// `Some(None)` for a line without tax, `None` when its tax is not set up.
fn of_line(usable: &[&Tax], supply: Supply, invoice: &Invoice, line: &Line) -> Option<Option<LineTax>> {
    if supply == Supply::Untaxed {
        return Some(None);
    }
    match usable.iter().find(|tax| is_borne(tax, invoice, line)) {
        Some(tax) => Some(Some(LineTax::new(tax.tax_id.clone(), supply.parts(tax.tax_percentage.0)))),
        None if line.tax_rate.is_some_and(|rate| rate.is_zero()) => Some(None),
        None => None,
    }
}

/// Whether a line bears a tax of this rate: as printed, or else as the invoice's taxes say.
fn is_borne(tax: &Tax, invoice: &Invoice, line: &Line) -> bool {
    let percent = tax.tax_percentage.0;
    line.tax_rate.map_or_else(|| explains(percent, invoice), |rate| rate == percent)
}

/// Whether one rate on all lines gives the invoice's tax, but for the rounding of lines.
fn explains(percent: Decimal, invoice: &Invoice) -> bool {
    let gst = invoice.cgst + invoice.sgst + invoice.igst;
    (invoice.subtotal * percent / Decimal::ONE_HUNDRED - gst).abs() <= Decimal::ONE
}

/// Rounded to two places, halves away from zero, as Zoho and Indian invoices do.
pub(crate) fn paise(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fixture;

    /// GST18 = "g18", GST5 = "g5", IGST18 = "i18", and the halves that no line may name.
    pub(crate) fn taxes() -> Vec<Tax> {
        let taxes = serde_json::json!([
            {"tax_id": "c9", "tax_name": "CGST9", "tax_percentage": 9, "tax_type": "tax", "tax_specific_type": "cgst"},
            {"tax_id": "c18", "tax_name": "CGST18", "tax_percentage": 18, "tax_type": "tax", "tax_specific_type": "cgst"},
            {"tax_id": "x", "tax_name": "GST6 + Cess12", "tax_percentage": 18, "tax_type": "tax_group"},
            {"tax_id": "g18", "tax_name": "GST18", "tax_percentage": 18.0, "tax_type": "tax_group"},
            {"tax_id": "g5", "tax_name": "GST5", "tax_percentage": 5, "tax_type": "tax_group", "tax_specific_type": ""},
            {"tax_id": "i18", "tax_name": "IGST18", "tax_percentage": 18, "tax_type": "tax", "tax_specific_type": "igst"},
        ]);
        serde_json::from_value(taxes).unwrap()
    }

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn assigned(invoice: &Invoice) -> Option<Vec<Option<String>>> {
        assigned_as(None, invoice)
    }

    fn assigned_as(said: Option<&str>, invoice: &Invoice) -> Option<Vec<Option<String>>> {
        let mut taxes = taxes();
        let special = serde_json::json!([
            {"tax_id": "nil", "tax_name": "Nil Rated", "tax_percentage": 0, "tax_type": "tax", "tax_specific_type": "nil"},
            {"tax_id": "s18", "tax_name": "GST18 special", "tax_percentage": 18, "tax_type": "tax_group"},
        ]);
        taxes.extend(serde_json::from_value::<Vec<Tax>>(special).unwrap());
        let said = said.map(|name| called(&taxes, name).unwrap());
        let lines = assign(&taxes, invoice, said)?;
        Some(lines.into_iter().map(|tax| tax.map(|tax| tax.tax_id.to_string())).collect())
    }

    fn both(id: &str) -> Option<Vec<Option<String>>> {
        Some(vec![Some(id.to_owned()); 2])
    }

    #[test]
    fn the_tax_follows_from_what_the_invoice_charges() {
        let within = fixture::invoice();
        let across = Invoice { cgst: amount("0"), sgst: amount("0"), igst: amount("180"), ..within.clone() };
        let untaxed = Invoice { cgst: amount("0"), sgst: amount("0"), ..within.clone() };
        assert_eq!(assigned(&within), both("g18"));
        assert_eq!(assigned(&across), both("i18"));
        assert_eq!(assigned(&untaxed), Some(vec![None, None]));
    }

    #[test]
    fn a_line_without_a_rate_bears_the_one_rate_that_explains_the_tax() {
        let mut invoice = fixture::invoice();
        invoice.lines.iter_mut().for_each(|line| line.tax_rate = None);
        assert_eq!(assigned(&invoice), both("g18"));
        invoice.cgst = amount("70");
        assert_eq!(assigned(&invoice), None);
    }

    #[test]
    fn a_rate_that_is_not_set_up_is_missing_unless_it_is_zero() {
        let mut invoice = fixture::invoice();
        invoice.lines[1].tax_rate = Some(Decimal::ZERO);
        assert_eq!(assigned(&invoice), Some(vec![Some("g18".to_owned()), None]));
        invoice.lines[1].tax_rate = Some(amount("28"));
        assert_eq!(assigned(&invoice), None);
    }

    #[test]
    fn the_tax_that_a_person_wants_is_borne_by_the_lines_of_its_rate_alone() {
        let mut invoice = fixture::invoice();
        assert_eq!(assigned_as(Some("gst18 SPECIAL"), &invoice), both("s18"));
        assert_eq!(assigned_as(Some("i18"), &invoice), both("g18"), "no tax between states within one");
        assert_eq!(assigned_as(Some("nil"), &invoice), both("g18"));
        invoice.lines[1].tax_rate = Some(Decimal::ZERO);
        assert_eq!(assigned_as(Some("nil"), &invoice), Some(vec![Some("g18".to_owned()), Some("nil".to_owned())]));
        (invoice.cgst, invoice.sgst) = (Decimal::ZERO, Decimal::ZERO);
        invoice.lines.iter_mut().for_each(|line| line.tax_rate = None);
        assert_eq!(assigned_as(Some("nil"), &invoice), both("nil"), "of an invoice that charges none");
        assert_eq!(assigned_as(Some("s18"), &invoice), Some(vec![None, None]));
    }

    #[test]
    fn each_half_of_a_group_is_rounded_by_itself() {
        let tax = |supply: Supply| LineTax::new(Id::new("t"), supply.parts(amount("5")));
        assert_eq!(tax(Supply::IntraState).on(amount("0.10")), amount("0"));
        assert_eq!(tax(Supply::InterState).on(amount("0.10")), amount("0.01"));
        assert_eq!(tax(Supply::IntraState).on(amount("0.20")), amount("0.02"));
    }
}
