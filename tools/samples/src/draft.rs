//! What an invoice says, as values. A layout prints a draft; the truth is derived from the same draft,
//! so the two cannot drift apart. A draft holds nothing that its layout does not print.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::invoice::{Invoice, Line};
use crate::money::plain;
use crate::parties::{BUYER, Party};
use crate::{Expectation, Sample};

#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) document_type: &'static str,
    pub(crate) seller: Party,
    pub(crate) seller_name: String,
    pub(crate) buyer_name: String,
    pub(crate) buyer_gstin: String,
    pub(crate) number: String,
    pub(crate) date: NaiveDate,
    pub(crate) due: Option<NaiveDate>,
    pub(crate) place_of_supply: String,
    pub(crate) currency: &'static str,
    pub(crate) supply: Supply,
    pub(crate) items: Vec<Item>,
    /// The total is rounded to the rupee and the difference printed.
    pub(crate) rounded: bool,
    /// Printed in place of the true total.
    pub(crate) misprinted_total: Option<Decimal>,
}

/// Which taxes are charged, and so printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Supply {
    IntraState,
    InterState,
    Untaxed,
}

/// One row; "" where the layout has no such column. Figures are kept as they are printed.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) description: String,
    pub(crate) hsn: String,
    pub(crate) quantity: Decimal,
    pub(crate) unit: String,
    pub(crate) rate: Decimal,
    pub(crate) tax_rate: Option<Decimal>,
}

impl Item {
    pub(crate) fn amount(&self) -> Decimal {
        self.quantity * self.rate
    }

    /// The rate without trailing zeros: `18`, `2.5`, or "".
    pub(crate) fn tax_rate_text(&self) -> String {
        self.tax_rate.map(|rate| rate.normalize().to_string()).unwrap_or_default()
    }

    fn tax(&self) -> Decimal {
        self.amount() * self.tax_rate.unwrap_or_default() / Decimal::ONE_HUNDRED
    }

    fn truth(&self) -> Line {
        Line {
            description: self.description.clone(),
            hsn_sac: self.hsn.clone(),
            quantity: self.quantity.to_string(),
            unit: self.unit.clone(),
            rate: plain(self.rate),
            tax_rate: self.tax_rate_text(),
            amount: plain(self.amount()),
        }
    }
}

/// A row from literals: description, HSN or SAC, quantity, unit, rate, GST rate ("" = none).
pub(crate) fn item([description, hsn, quantity, unit, rate, tax_rate]: [&str; 6]) -> Item {
    Item {
        description: description.into(),
        hsn: hsn.into(),
        quantity: figure(quantity),
        unit: unit.into(),
        rate: figure(rate),
        tax_rate: (!tax_rate.is_empty()).then(|| figure(tax_rate)),
    }
}

/// A decimal from a literal of this crate.
pub(crate) fn figure(literal: &str) -> Decimal {
    literal.parse().expect("the crate's own literals are decimals, and every sample is built by the tests")
}

impl Draft {
    /// An Indian invoice to [`BUYER`]; the kind of supply follows from the two states.
    pub(crate) fn new(seller: Party, number: &str, (year, month, day): (i32, u32, u32), items: Vec<Item>) -> Self {
        Self {
            document_type: "tax_invoice",
            seller,
            seller_name: seller.name.into(),
            buyer_name: BUYER.name.into(),
            buyer_gstin: BUYER.gstin(),
            number: number.into(),
            date: NaiveDate::from_ymd_opt(year, month, day)
                .expect("the crate's own dates exist, and every sample is built by the tests"),
            due: None,
            place_of_supply: "Karnataka (29)".into(),
            currency: "INR",
            supply: if seller.state == BUYER.state { Supply::IntraState } else { Supply::InterState },
            items,
            rounded: false,
            misprinted_total: None,
        }
    }

    /// An invoice from abroad: no GST, no place of supply.
    pub(crate) fn foreign(seller: Party, number: &str, date: (i32, u32, u32), items: Vec<Item>) -> Self {
        Self {
            buyer_gstin: String::new(),
            place_of_supply: String::new(),
            supply: Supply::Untaxed,
            ..Self::new(seller, number, date, items)
        }
    }

    /// The same, printed by a machine that has no small letters.
    pub(crate) fn in_capitals(mut self) -> Self {
        self.seller_name = self.seller_name.to_uppercase();
        self.buyer_name = self.buyer_name.to_uppercase();
        self.place_of_supply = self.place_of_supply.to_uppercase();
        for item in &mut self.items {
            item.description = item.description.to_uppercase();
            item.unit = item.unit.to_uppercase();
        }
        self
    }

    pub(crate) fn subtotal(&self) -> Decimal {
        self.items.iter().map(Item::amount).sum()
    }

    /// GST of all rows. CGST and SGST are half of it each.
    pub(crate) fn tax(&self) -> Decimal {
        self.items.iter().map(Item::tax).sum()
    }

    pub(crate) fn half_tax(&self) -> Decimal {
        self.tax() / Decimal::TWO
    }

    /// The rates in use, rising, each with the tax charged at it.
    pub(crate) fn tax_by_rate(&self) -> Vec<(Decimal, Decimal)> {
        let mut rates: Vec<_> = self.items.iter().filter_map(|item| item.tax_rate).collect();
        rates.sort_unstable();
        rates.dedup();
        let at = |rate| self.items.iter().filter(|item| item.tax_rate == Some(rate)).map(Item::tax).sum();
        rates.into_iter().map(|rate| (rate, at(rate))).collect()
    }

    pub(crate) fn round_off(&self) -> Decimal {
        let exact = self.subtotal() + self.tax();
        if self.rounded {
            exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero) - exact
        } else {
            Decimal::ZERO
        }
    }

    pub(crate) fn total(&self) -> Decimal {
        self.misprinted_total.unwrap_or_else(|| self.subtotal() + self.tax() + self.round_off())
    }

    /// A sample printed from this draft; a misprinted total calls for review.
    pub(crate) fn sample(&self, name: &'static str, summary: &'static str, pdf: Vec<u8>) -> Sample {
        let expectation = if self.misprinted_total.is_some() { Expectation::Review } else { Expectation::Bill };
        Sample { name, summary, pdf, truth: self.truth(), expectation }
    }

    pub(crate) fn truth(&self) -> Invoice {
        let only = |supply, amount| if self.supply == supply { plain(amount) } else { String::new() };
        Invoice {
            document_type: self.document_type.into(),
            vendor_name: self.seller_name.clone(),
            vendor_gstin: self.seller.gstin(),
            buyer_name: self.buyer_name.clone(),
            buyer_gstin: self.buyer_gstin.clone(),
            invoice_number: self.number.clone(),
            invoice_date: self.date.to_string(),
            due_date: self.due.map(|due| due.to_string()).unwrap_or_default(),
            place_of_supply: self.place_of_supply.clone(),
            currency: self.currency.into(),
            lines: self.items.iter().map(Item::truth).collect(),
            subtotal: plain(self.subtotal()),
            cgst: only(Supply::IntraState, self.half_tax()),
            sgst: only(Supply::IntraState, self.half_tax()),
            igst: only(Supply::InterState, self.tax()),
            cess: String::new(),
            round_off: if self.rounded { plain(self.round_off()) } else { String::new() },
            total: plain(self.total()),
        }
    }
}
