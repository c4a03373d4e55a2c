//! Only bills are posted as bills, and credit notes as what they are, if they are booked at all.

use super::Company;
use crate::finding::Finding;
use contract::{DocumentType, code};

/// `printed`: in the document's own words.
pub(super) fn is_booked(kind: DocumentType, printed: &str, company: &Company) -> Vec<Finding> {
    let message = match kind {
        kind if kind.is_bill() => return Vec::new(),
        DocumentType::CreditNote if company.books_credit_notes() => return Vec::new(),
        DocumentType::CreditNote => "credit notes are left to a person (zoho.credit_notes)",
        _ => "a document of this kind is not a bill to pay",
    };
    vec![Finding::error(code::CHECK_NOT_A_BILL, "document_type", message).found(&printed.trim())]
}
