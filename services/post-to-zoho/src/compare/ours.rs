//! Our side: what the pipeline's statuses say of the invoices that the comparison is about.
//!
//! All statuses are read, a million or more; only those are kept that were posted in the period or that a bill read from
//! Zoho speaks of.

use super::{Books, Period};
use contract::{Bill, BillKind, Code, InvoiceId, State, Status};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The invoices that the comparison is about.
#[derive(Debug, Default)]
pub struct Ours {
    known: BTreeMap<InvoiceId, Known>,
    waiting: Vec<Waiting>,
}

/// The latest status of one.
#[derive(Debug)]
pub(super) struct Known {
    /// Of the status topic. A status that was moved to another partition may still be struck out on its old one.
    partition: i32,
    run: u32,
    pub(super) at_ms: i64,
    pub(super) state: State,
    /// What was posted.
    pub(super) bill: Option<Bill>,
}

/// An invoice that waits for a person, with what would be posted.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub invoice_id: InvoiceId,
    pub code: Code,
    pub bill_number: String,
    pub vendor_name: String,
    pub currency: String,
    pub total: Decimal,
}

impl Ours {
    /// Takes the next record of the status topic; `None` strikes the invoice out.
    pub fn take(&mut self, partition: i32, id: InvoiceId, status: Option<Status>, period: &Period, books: &Books) {
        let known = self.known.get(&id);
        let Some(status) = status else {
            if known.is_some_and(|known| known.partition == partition) {
                self.known.remove(&id);
            }
            return;
        };
        if known.is_some_and(|known| (known.run, known.at_ms) > (status.run, status.at_ms)) {
            return;
        }
        // Vendor credits are in another list of Zoho's, which is not compared.
        let is_bill = |bill: &Bill| status.state == State::Posted && bill.kind == BillKind::Bill;
        let bill = status.bill.filter(is_bill);
        let is_posted_then = bill.is_some() && period.holds(status.at_ms);
        if is_posted_then || books.refer_to(id.as_str()) || bill.as_ref().is_some_and(|bill| books.have(&bill.bill_id))
        {
            let (run, at_ms, state) = (status.run, status.at_ms, status.state);
            self.known.insert(id, Known { partition, run, at_ms, state, bill });
        } else {
            self.known.remove(&id);
        }
    }

    /// Adds an invoice that waits for a person.
    pub fn wait(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
    }

    /// How many posted bills are compared.
    #[must_use]
    pub fn checked(&self) -> usize {
        self.posted().count()
    }

    pub(super) fn posted(&self) -> impl Iterator<Item = (&InvoiceId, &Known, &Bill)> {
        self.known.iter().filter_map(|(id, known)| Some((id, known, known.bill.as_ref()?)))
    }

    pub(super) fn of(&self, reference: &str) -> Option<&Known> {
        self.known.get(&reference.parse().ok()?)
    }

    pub(super) fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }
}
