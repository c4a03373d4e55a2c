//! Without these there is no bill.

use crate::finding::Finding;
use crate::printed::Printed;
use contract::code;

pub(super) fn all(printed: &Printed) -> Vec<Finding> {
    let fields = [
        ("vendor_name", &printed.vendor_name),
        ("invoice_number", &printed.invoice_number),
        ("invoice_date", &printed.invoice_date),
        ("total", &printed.total),
    ];
    let empty = fields.iter().filter(|(_, leaf)| leaf.trim().is_empty()).map(|(field, _)| (*field).to_owned());
    let lines = printed.lines.is_empty().then(|| "lines".to_owned());
    let amounts = printed.lines.iter().enumerate().filter(|(_, line)| line.amount.trim().is_empty());
    let amounts = amounts.map(|(index, _)| format!("lines[{index}].amount"));
    empty.chain(lines).chain(amounts).map(missing).collect()
}

fn missing(field: String) -> Finding {
    Finding::error(code::CHECK_FIELD_MISSING, field, "a bill cannot be without it, and it was not found in the text")
}

/// Of a field that a person has left empty.
pub(crate) fn left_empty(field: impl Into<String>) -> Finding {
    Finding::error(code::CHECK_FIELD_MISSING, field, "a bill cannot be without it")
}
