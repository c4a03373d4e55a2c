//! What the stage needs of a ledger: that it makes one bill of one invoice, however often it is asked.
//!
//! The rule is the same everywhere, and each ledger keeps it with what it has: **look** for the invoice's bill by something
//! that was made from our invoice id; **post** only if there is none, after the engine has confirmed that the invoice is still
//! ours, and in a way in which the ledger itself would notice a second one; and **look again** when the answer leaves open
//! whether it was made. A failure that leaves it open says so ([`StageError::with_effect_in_doubt`]), so that another attempt
//! looks. A ledger never changes a bill that is there: one that is not as the invoice says is for a person.

use crate::Job;
use crate::resource::Resource;
use contract::{Bill, Invoice};
use engine::StageError;
use std::fmt::Debug;
use std::pin::Pin;

/// A bill that is being made.
pub(crate) type Making<'a> = Pin<Box<dyn Future<Output = Result<Bill, StageError>> + Send + 'a>>;

/// Where bills are made.
pub(crate) trait Ledger: Debug + Send + Sync {
    /// The invoice's bill, made now or by an earlier attempt, by this replica or by another.
    fn bill<'a>(&'a self, job: &'a Job) -> Making<'a>;
}

/// The vendor of a bill, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vendor {
    /// The ledger's own name or id.
    pub(crate) id: String,
    /// As in [`Bill::vendor_by`].
    pub(crate) found_by: &'static str,
}

/// The bill of an invoice, in a ledger that takes its amounts as they are.
pub(crate) fn bill(id: String, invoice: &Invoice, vendor: Vendor, booked_by: Vec<String>) -> Bill {
    Bill {
        kind: Resource::of(invoice).kind,
        bill_id: id,
        bill_number: invoice.invoice_number.clone(),
        vendor_id: vendor.id,
        vendor_name: invoice.vendor_name.clone(),
        currency: invoice.currency.clone(),
        total: invoice.total,
        vendor_by: vendor.found_by.to_owned(),
        booked_by,
        ..Bill::default()
    }
}
