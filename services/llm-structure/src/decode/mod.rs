//! From the model's strings to exact decimals and dates. Nothing is rounded, and nothing unreadable is guessed.

mod amount;
mod date;

use crate::finding::Finding;
use crate::printed::{Leaf, Printed, PrintedLine};
use chrono::NaiveDate;
use contract::{DocumentType, Invoice, Line, code};
use rust_decimal::Decimal;

pub use amount::amount;
pub use date::date;

/// Decodes an invoice, and adds what is odd or unreadable about it to the findings.
///
/// `None` when a field without which there is no invoice is missing or unreadable; the missing ones are
/// the required-field check's to report.
pub fn decode(printed: &Printed, findings: &mut Vec<Finding>) -> Option<Invoice> {
    let mut reader = Reader { findings };
    let lines: Vec<Option<Line>> =
        printed.lines.iter().enumerate().map(|(index, line)| reader.line(index, line)).collect();
    let invoice_date = reader.date("invoice_date", &printed.invoice_date);
    let due_date = reader.date("due_date", &printed.due_date);
    let tax = |reader: &mut Reader<'_>, field, leaf| reader.amount(field, leaf).map(Option::unwrap_or_default);
    let cgst = tax(&mut reader, "cgst", &printed.cgst);
    let sgst = tax(&mut reader, "sgst", &printed.sgst);
    let igst = tax(&mut reader, "igst", &printed.igst);
    let cess = tax(&mut reader, "cess", &printed.cess);
    let round_off = tax(&mut reader, "round_off", &printed.round_off);
    let subtotal = reader.amount("subtotal", &printed.subtotal);
    let total = reader.amount("total", &printed.total);
    let currency = reader.currency(&printed.currency);
    let lines = lines.into_iter().collect::<Option<Vec<Line>>>()?;
    let subtotal = subtotal?.unwrap_or_else(|| reader.sum_for_subtotal(&lines));
    Some(Invoice {
        document_type: document_type(&printed.document_type),
        vendor_name: text(&printed.vendor_name)?,
        vendor_gstin: gstin(&printed.vendor_gstin),
        buyer_name: text(&printed.buyer_name),
        buyer_gstin: gstin(&printed.buyer_gstin),
        invoice_number: text(&printed.invoice_number)?,
        invoice_date: invoice_date??,
        due_date: due_date?,
        place_of_supply: text(&printed.place_of_supply),
        currency,
        lines,
        subtotal,
        cgst: cgst?,
        sgst: sgst?,
        igst: igst?,
        cess: cess?,
        round_off: round_off?,
        total: total??,
    })
}

/// The kind of document, whatever its case; an unknown one is [`DocumentType::Other`].
#[must_use]
pub fn document_type(text: &str) -> DocumentType {
    match text.trim().to_ascii_lowercase().replace([' ', '-'], "_").as_str() {
        "tax_invoice" => DocumentType::TaxInvoice,
        "bill_of_supply" => DocumentType::BillOfSupply,
        "credit_note" => DocumentType::CreditNote,
        "proforma" | "proforma_invoice" => DocumentType::Proforma,
        "receipt" => DocumentType::Receipt,
        _ => DocumentType::Other,
    }
}

/// Reads leaves and notes what it could not read. Outer `None`: unreadable; inner `None`: not printed.
struct Reader<'a> {
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn amount(&mut self, field: &str, leaf: &Leaf) -> Option<Option<Decimal>> {
        if leaf.trim().is_empty() {
            return Some(None);
        }
        let amount = amount(leaf);
        if amount.is_none() {
            self.findings
                .push(Finding::error(code::LLM_WRONG_SHAPE, field, "not a decimal number").found(&leaf.trim()));
        }
        amount.map(Some)
    }

    fn date(&mut self, field: &str, leaf: &Leaf) -> Option<Option<NaiveDate>> {
        if leaf.trim().is_empty() {
            return Some(None);
        }
        let date = date(leaf);
        if date.is_none() {
            self.findings
                .push(Finding::error(code::CHECK_DATE, field, "not a date of the calendar").found(&leaf.trim()));
        }
        date.map(Some)
    }

    fn line(&mut self, index: usize, line: &PrintedLine) -> Option<Line> {
        let field = |name: &str| format!("lines[{index}].{name}");
        let quantity = self.amount(&field("quantity"), &line.quantity);
        let rate = self.amount(&field("rate"), &line.rate);
        let tax_rate = self.amount(&field("tax_rate"), &line.tax_rate);
        let amount = self.amount(&field("amount"), &line.amount);
        Some(Line {
            description: line.description.trim().to_owned(),
            hsn_sac: text(&line.hsn_sac),
            quantity: quantity?,
            unit: text(&line.unit),
            rate: rate?,
            tax_rate: tax_rate?,
            amount: amount??,
        })
    }

    fn currency(&mut self, leaf: &Leaf) -> String {
        let currency = leaf.trim().to_ascii_uppercase();
        match currency.as_str() {
            "" => {
                let message = "no currency is printed; taken as INR";
                self.findings.push(Finding::warning(code::CHECK_FIELD_MISSING, "currency", message));
                "INR".to_owned()
            }
            code if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) => currency,
            _ => {
                let message = "not a currency code of ISO 4217";
                self.findings.push(Finding::error(code::CHECK_FIELD_MISSING, "currency", message).found(&currency));
                currency
            }
        }
    }

    fn sum_for_subtotal(&mut self, lines: &[Line]) -> Decimal {
        let message = "no taxable amount is printed; taken as the sum of the lines";
        self.findings.push(Finding::warning(code::CHECK_FIELD_MISSING, "subtotal", message));
        lines.iter().map(|line| line.amount).sum()
    }
}

fn text(leaf: &Leaf) -> Option<String> {
    let text = leaf.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn gstin(leaf: &Leaf) -> Option<String> {
    text(leaf).map(|text| text.split_whitespace().collect::<String>().to_ascii_uppercase())
}
