//! What an invoice moves between Tally's ledgers: pure.
//!
//! The vendor is credited with the printed total, and the rest is debited so that both are equal to the paisa. Tally computes
//! nothing of its own in such a voucher: the taxes are the printed ones. What rounding leaves goes to its ledger; more than
//! that is for a person.

use crate::booking::Rules;
use crate::correction::Said;
use crate::tax::paise;
use contract::{Invoice, code};
use engine::StageError;
use runtime::settings::Tally;
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeSet;

/// What rounding can make of an invoice's sums.
const ROUNDING: Decimal = Decimal::ONE;
/// In the name of a tax's ledger: its own percentage.
const RATE: &str = "{rate}";
/// All rates of GST that are or were in use; the halves of those are CGST's and SGST's.
const RATES: [&str; 12] = ["0.1", "0.25", "1", "1.5", "3", "5", "6", "7.5", "12", "18", "28", "40"];

/// The names of Tally's ledgers, by the settings.
#[derive(Debug)]
pub(crate) struct Chart {
    rules: Rules,
    purchase: String,
    cgst: String,
    sgst: String,
    igst: String,
    cess: String,
    tcs: String,
    round_off: String,
}

/// A ledger and what it is debited with; less than nothing is a credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) ledger: String,
    pub(crate) debit: Decimal,
}

/// The entries of a voucher.
#[derive(Debug)]
pub(crate) struct Entries {
    /// What the vendor is credited with.
    pub(crate) total: Decimal,
    /// All others: their sum is the total.
    pub(crate) debits: Vec<Entry>,
    /// As in [`contract::Bill::booked_by`].
    pub(crate) booked_by: BTreeSet<String>,
}

/// Why there is no voucher.
#[derive(Debug, Serialize)]
struct Difference {
    printed: Decimal,
    computed: Decimal,
    printed_round_off: Decimal,
}

impl Chart {
    pub(crate) fn new(settings: &Tally) -> Self {
        let name = |name: &String| name.trim().to_owned();
        Self {
            rules: Rules::new(&settings.account_rules),
            purchase: name(&settings.purchase_ledger),
            cgst: name(&settings.cgst_ledger),
            sgst: name(&settings.sgst_ledger),
            igst: name(&settings.igst_ledger),
            cess: name(&settings.cess_ledger),
            tcs: name(&settings.tcs_ledger),
            round_off: name(&settings.round_off_ledger),
        }
    }

    /// The entries of an invoice, or why they would not be what is printed. `said`: to which ledger people want its lines booked.
    pub(crate) fn entries(&self, invoice: &Invoice, said: Option<&Said>) -> Result<Entries, StageError> {
        supported(invoice)?;
        let taxable = taxable(invoice)?;
        let mut debits = Debits::default();
        let bookings = self.rules.book(invoice, said);
        for (booking, amount) in bookings.iter().zip(&taxable) {
            debits.add(booking.account.unwrap_or(&self.purchase), *amount);
        }
        let half = Decimal::TWO;
        for (tax, name, parts) in [
            (invoice.cgst, &self.cgst, half),
            (invoice.sgst, &self.sgst, half),
            (invoice.igst, &self.igst, Decimal::ONE),
        ] {
            debits.add_tax(invoice, &taxable, (paise(tax), parts), name)?;
        }
        debits.add(&self.cess, paise(invoice.cess));
        debits.add(&self.tcs, paise(invoice.tcs));
        let total = paise(invoice.total);
        let rounded = total - debits.sum();
        if (rounded - invoice.round_off).abs() > ROUNDING {
            return Err(differs("the amounts of the invoice do not make its total", invoice, total, debits.sum()));
        }
        debits.add(&self.round_off, rounded);
        let booked_by = bookings.iter().map(|booking| booking.rule.to_owned()).collect();
        Ok(Entries { total, debits: debits.done(), booked_by })
    }
}

/// Entries by ledger, in the order in which the ledgers came.
#[derive(Debug, Default)]
struct Debits(Vec<Entry>);

impl Debits {
    fn add(&mut self, ledger: &str, debit: Decimal) {
        match self.0.iter_mut().find(|entry| entry.ledger == ledger) {
            Some(entry) => entry.debit += debit,
            None => self.0.push(Entry { ledger: ledger.to_owned(), debit }),
        }
    }

    /// A printed tax, by rate where the ledger's name has one.
    fn add_tax(
        &mut self,
        invoice: &Invoice,
        taxable: &[Decimal],
        (tax, parts): (Decimal, Decimal),
        name: &str,
    ) -> Result<(), StageError> {
        if tax.is_zero() {
            return Ok(());
        }
        if !name.contains(RATE) {
            self.add(name, tax);
            return Ok(());
        }
        let rates = rates(invoice)?;
        let of_rate = |rate: &Decimal| -> Decimal {
            let lines = rates.iter().zip(taxable).filter(|(own, _)| *own == rate);
            lines.map(|(_, amount)| amount).sum::<Decimal>() * rate / (parts * Decimal::ONE_HUNDRED)
        };
        let distinct: BTreeSet<Decimal> = rates.iter().copied().filter(|rate| !rate.is_zero()).collect();
        let computed: Vec<Decimal> = distinct.iter().map(of_rate).collect();
        for ((rate, computed), part) in distinct.iter().zip(&computed).zip(spread(tax, &computed)) {
            if (part - computed).abs() > ROUNDING {
                return Err(differs("the rates of the lines do not make the invoice's tax", invoice, part, *computed));
            }
            self.add(&name.replace(RATE, &(rate / parts).normalize().to_string()), part);
        }
        if distinct.is_empty() {
            return Err(differs("no line has a rate of tax, and the invoice has tax", invoice, tax, Decimal::ZERO));
        }
        Ok(())
    }

    fn sum(&self) -> Decimal {
        self.0.iter().map(|entry| entry.debit).sum()
    }

    fn done(self) -> Vec<Entry> {
        self.0.into_iter().filter(|entry| !entry.debit.is_zero()).collect()
    }
}

/// What such a voucher can say.
fn supported(invoice: &Invoice) -> Result<(), StageError> {
    let why = if !invoice.document_type.is_bill() {
        "only invoices become purchase vouchers"
    } else if !invoice.currency.eq_ignore_ascii_case("INR") {
        "the invoice is not in rupees, and its rate of exchange is not known"
    } else if invoice.reverse_charge == Some(true) {
        "the buyer owes the tax (reverse charge), which takes entries that depend on the company"
    } else if !invoice.other_tax.is_zero() {
        "the invoice has a tax that is not GST"
    } else if invoice.total <= Decimal::ZERO {
        "the invoice has nothing to pay"
    } else {
        return Ok(());
    };
    Err(StageError::review(code::TALLY_UNSUPPORTED, format!("{why}: enter it in Tally by hand"))
        .with_candidate(invoice))
}

/// The taxable amount of each line, less its part of the discount and of the taxes that the lines include.
fn taxable(invoice: &Invoice) -> Result<Vec<Decimal>, StageError> {
    let sum: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
    let included = if invoice.lines_with_tax { invoice.tax() } else { Decimal::ZERO };
    let computed = sum - invoice.discount - included;
    if (computed - invoice.subtotal).abs() > ROUNDING {
        return Err(differs("the lines do not make the taxable amount", invoice, invoice.subtotal, computed));
    }
    let bare = |amount: Decimal, rate: Decimal| amount * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + rate);
    let weights: Vec<Decimal> = if invoice.lines_with_tax && !included.is_zero() {
        let rates = rates(invoice)?;
        invoice.lines.iter().zip(rates).map(|(line, rate)| bare(line.amount, rate)).collect()
    } else {
        invoice.lines.iter().map(|line| line.amount).collect()
    };
    Ok(spread(paise(invoice.subtotal), &weights))
}

/// The rate of each line: the printed one, or the one that explains the invoice's tax.
fn rates(invoice: &Invoice) -> Result<Vec<Decimal>, StageError> {
    let gst = invoice.cgst + invoice.sgst + invoice.igst;
    let explains = |rate: &Decimal| (invoice.subtotal * rate / Decimal::ONE_HUNDRED - gst).abs() <= ROUNDING;
    let only = || RATES.iter().filter_map(|rate| rate.parse().ok()).find(explains);
    let found: Option<Vec<Decimal>> = invoice.lines.iter().map(|line| line.tax_rate.or_else(only)).collect();
    found.ok_or_else(|| {
        let message = "a line has no rate of tax, and no single rate explains the invoice's: enter it in Tally by hand";
        StageError::review(code::TALLY_UNSUPPORTED, message).with_candidate(invoice)
    })
}

/// An amount to the paisa in parts of these proportions; what rounding leaves goes to the largest.
fn spread(amount: Decimal, weights: &[Decimal]) -> Vec<Decimal> {
    let whole: Decimal = weights.iter().sum();
    let share = |weight: &Decimal| weight.checked_div(whole).map_or(Decimal::ZERO, |share| paise(amount * share));
    let mut parts: Vec<Decimal> = weights.iter().map(share).collect();
    let left = amount - parts.iter().sum::<Decimal>();
    if let Some(largest) = parts.iter_mut().max_by_key(|part| part.abs()) {
        *largest += left;
    }
    parts
}

fn differs(what: &str, invoice: &Invoice, printed: Decimal, computed: Decimal) -> StageError {
    let difference = Difference { printed, computed, printed_round_off: invoice.round_off };
    StageError::review(code::TALLY_TOTAL_DIFFERS, format!("{what}: no voucher was made"))
        .with_candidate(invoice)
        .with_evidence(&difference)
}

#[cfg(test)]
#[path = "entries_tests.rs"]
mod tests;
