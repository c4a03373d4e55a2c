//! Where Zoho Books keeps what an invoice becomes: bills, or vendor credits for credit notes.
//!
//! Zoho documents for vendor credits neither an `adjustment`, nor attachments, nor an upsert, and numbers them itself unless it
//! is told not to.

use contract::{BillKind, Class, DocumentType, Invoice, code};
use engine::StageError;

/// Names of one kind in Zoho's API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) kind: BillKind,
    /// The list, by its path and by its name in the answer.
    pub(crate) list: &'static str,
    /// One, in an answer.
    pub(crate) one: &'static str,
    /// Where one is made.
    pub(crate) create: &'static str,
    pub(crate) number: &'static str,
    /// The list's filter for the vendor.
    pub(crate) vendor: &'static str,
    /// Whether `PUT` with a unique field makes one, too.
    pub(crate) has_upsert: bool,
}

static BILLS: Resource = Resource {
    kind: BillKind::Bill,
    list: "bills",
    one: "bill",
    create: "bills",
    number: "bill_number",
    vendor: "vendor_id",
    has_upsert: true,
};

static VENDOR_CREDITS: Resource = Resource {
    kind: BillKind::VendorCredit,
    list: "vendorcredits",
    one: "vendor_credit",
    create: "vendorcredits?ignore_auto_number_generation=true",
    number: "vendor_credit_number",
    vendor: "customer_id",
    has_upsert: false,
};

impl Resource {
    pub(crate) fn of(invoice: &Invoice) -> &'static Self {
        match invoice.document_type {
            DocumentType::CreditNote => &VENDOR_CREDITS,
            _ => &BILLS,
        }
    }

    pub(crate) fn is_bill(&self) -> bool {
        self.kind == BillKind::Bill
    }

    /// A refusal, as far as it concerns one invoice: a token that may not touch vendor credits may still make bills, so that
    /// the stage need not wait for it.
    pub(crate) fn refusal(&self, error: StageError) -> StageError {
        if self.is_bill() || error.code != code::ZOHO_UNAUTHORIZED {
            return error;
        }
        let message = "Zoho Books refuses vendor credits: a refresh token with the scopes ZohoBooks.debitnotes.CREATE and \
                       ZohoBooks.debitnotes.READ makes them; then replay";
        StageError { evidence: error.evidence, ..StageError::new(code::ZOHO_SETUP, Class::Permanent, message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn only_a_credit_note_becomes_a_vendor_credit() {
        for (kind, list) in [
            (DocumentType::TaxInvoice, "bills"),
            (DocumentType::BillOfSupply, "bills"),
            (DocumentType::CreditNote, "vendorcredits"),
        ] {
            let invoice = Invoice { document_type: kind, ..fixture::invoice() };
            assert_eq!(Resource::of(&invoice).list, list);
        }
    }

    #[test]
    fn a_missing_scope_holds_the_credit_note_and_not_the_bills() {
        let refused = || StageError::unavailable(code::ZOHO_UNAUTHORIZED, "no");
        assert_eq!(BILLS.refusal(refused()).class, Class::Unavailable);
        let held = VENDOR_CREDITS.refusal(refused());
        assert_eq!((held.code, held.class), (code::ZOHO_SETUP, Class::Permanent));
        let down = VENDOR_CREDITS.refusal(StageError::unavailable(code::ZOHO_UNAVAILABLE, "down"));
        assert_eq!(down.code, code::ZOHO_UNAVAILABLE);
    }
}
