//! Only bills are posted as bills.

use crate::decode::document_type;
use crate::finding::Finding;
use crate::printed::Printed;
use contract::code;

pub(super) fn is_a_bill(printed: &Printed) -> Vec<Finding> {
    let kind = document_type(&printed.document_type);
    if kind.is_bill() {
        return Vec::new();
    }
    let message = "a document of this kind is not a bill to pay";
    vec![Finding::error(code::CHECK_NOT_A_BILL, "document_type", message).found(&printed.document_type.trim())]
}
