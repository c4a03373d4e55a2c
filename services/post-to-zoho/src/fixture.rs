//! An invoice for tests: invented, and right in all its sums.

use contract::{ContentHash, Cost, Document, DocumentType, Invoice, Line, Structured};
use rust_decimal::Decimal;

/// What the document store has of it.
#[allow(dead_code, reason = "not every test that has the invoice attaches its PDF")]
pub(crate) const PDF: &[u8] = b"%PDF-1.7 invented";

/// Two lines of 18 % within Karnataka, 1,180.00 in all.
pub(crate) fn invoice() -> Invoice {
    Invoice {
        document_type: DocumentType::TaxInvoice,
        vendor_name: "Vindhya Paper Mart".to_owned(),
        vendor_gstin: Some("29AAKCV4827Q1ZB".to_owned()),
        vendor_address: None,
        vendor_state: None,
        buyer_name: None,
        buyer_gstin: None,
        buyer_address: None,
        buyer_state: None,
        invoice_number: "VPM/25-26/0042".to_owned(),
        invoice_date: "2025-11-03".parse().unwrap(),
        due_date: Some("2025-12-03".parse().unwrap()),
        place_of_supply: Some("Karnataka (29)".to_owned()),
        reverse_charge: None,
        purchase_order: None,
        irn: None,
        currency: "INR".to_owned(),
        lines: vec![line("A4 paper, 5 reams", "5", "150", "750"), line("Delivery", "1", "250", "250")],
        lines_with_tax: false,
        subtotal: "1000".parse().unwrap(),
        discount: Decimal::ZERO,
        cgst: "90".parse().unwrap(),
        sgst: "90".parse().unwrap(),
        igst: "0".parse().unwrap(),
        cess: "0".parse().unwrap(),
        other_tax: Decimal::ZERO,
        tcs: Decimal::ZERO,
        tds: Decimal::ZERO,
        round_off: "0".parse().unwrap(),
        total: "1180".parse().unwrap(),
        bank: None,
    }
}

/// A line taxed at 18 %.
pub(crate) fn line(description: &str, quantity: &str, rate: &str, amount: &str) -> Line {
    Line {
        description: description.to_owned(),
        hsn_sac: Some("4802".to_owned()),
        quantity: Some(quantity.parse().unwrap()),
        unit: None,
        rate: Some(rate.parse().unwrap()),
        discount: None,
        tax_rate: Some("18".parse().unwrap()),
        tax_amount: None,
        amount: amount.parse().unwrap(),
    }
}

/// The stage's input for an invoice.
#[allow(dead_code, reason = "unit tests need the invoice alone, the handler's tests all of it")]
pub(crate) fn structured(invoice: Invoice) -> Structured {
    Structured {
        invoice_id: "inv-42".parse().unwrap(),
        document: Document {
            source: "https://files.example/42.pdf".to_owned(),
            sha256: ContentHash::of(PDF),
            bytes: 1,
            pages: 1,
            producer: None,
            submitted_by: None,
        },
        invoice,
        warnings: Vec::new(),
        evidence: Vec::new(),
        cost: Cost { model: "m".to_owned(), input_tokens: 1200, output_tokens: 300, ..Cost::default() },
        decision: None,
    }
}
