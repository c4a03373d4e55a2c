//! Reads an invoice from its text by rules: labels, and rows under table headings.
//!
//! Why it exists: the sandbox needs something that answers like the model, from the same text, for free and
//! always alike. It must read *only* the text it is given. It does not check what it reads: a wrong total is
//! returned as printed, because catching it is the pipeline's work.
//!
//! It takes text with a row per line, whether the cells of a row are parted by one space or by many, and
//! values beside or below their labels.

mod columns;
mod fields;
mod labels;
mod names;
mod table;
mod totals;
mod values;

use crate::Invoice;

/// The invoice that the text shows. What is not found is "".
#[must_use]
pub fn read(text: &str) -> Invoice {
    let (lines, rest) = table::take(text);
    let fields = fields::scan(&rest);
    let vendor_name = [fields.seller_label, names::signatory(text), fields.top]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default();
    Invoice {
        document_type: values::document_type(text).into(),
        vendor_name,
        vendor_gstin: fields.seller_gstin,
        buyer_name: fields.buyer,
        buyer_gstin: fields.buyer_gstin,
        invoice_number: fields.number,
        invoice_date: fields.date,
        due_date: fields.due,
        place_of_supply: fields.place,
        currency: values::currency(text).into(),
        lines,
        subtotal: fields.totals.subtotal(),
        cgst: fields.totals.cgst(),
        sgst: fields.totals.sgst(),
        igst: fields.totals.igst(),
        cess: fields.totals.cess(),
        round_off: fields.totals.round_off(),
        total: fields.totals.total(),
    }
}
