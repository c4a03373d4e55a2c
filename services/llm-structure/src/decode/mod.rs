//! From the model's strings to exact decimals and dates. Nothing is rounded, and nothing unreadable is guessed.

mod amount;
mod credit;
mod date;

use crate::finding::Finding;
use crate::printed::{Leaf, Printed, PrintedLine};
use chrono::NaiveDate;
use contract::{Bank, Discount, DocumentType, Invoice, Line, code};
use credit::Figures;
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
    let part = |reader: &mut Reader<'_>, field, leaf| reader.amount(field, leaf).map(Option::unwrap_or_default);
    let discount = part(&mut reader, "discount", &printed.discount);
    let cgst = part(&mut reader, "cgst", &printed.cgst);
    let sgst = part(&mut reader, "sgst", &printed.sgst);
    let igst = part(&mut reader, "igst", &printed.igst);
    let cess = part(&mut reader, "cess", &printed.cess);
    let other_tax = part(&mut reader, "other_tax", &printed.other_tax);
    let tcs = part(&mut reader, "tcs", &printed.tcs);
    let tds = part(&mut reader, "tds", &printed.tds);
    let round_off = part(&mut reader, "round_off", &printed.round_off);
    let subtotal = reader.amount("subtotal", &printed.subtotal);
    let total = reader.amount("total", &printed.total);
    let currency = currency(&printed.currency, reader.findings);
    let document_type = document_type(&printed.document_type);
    let figures = Figures {
        lines: lines.into_iter().collect::<Option<Vec<Line>>>()?,
        subtotal: subtotal?,
        taxes: [cgst?, sgst?, igst?, cess?, other_tax?],
        tcs: tcs?,
        round_off: round_off?,
        total: total??,
    };
    let figures = if document_type == DocumentType::CreditNote { figures.unsigned() } else { figures };
    let Figures { lines, subtotal, taxes: [cgst, sgst, igst, cess, other_tax], tcs, round_off, total } = figures;
    // A discount is printed as what is taken off, with or without its sign.
    let discount = discount?.abs();
    let taxes = cgst + sgst + igst + cess + other_tax;
    let sum = lines.iter().map(|line| line.amount).sum::<Decimal>() - discount;
    // To the paisa, and other than what is printed as taxable: nothing else may be taken for it.
    let lines_with_tax = !taxes.is_zero() && sum == total - round_off - tcs && subtotal != Some(sum);
    let subtotal = subtotal.unwrap_or_else(|| reader.subtotal_of(if lines_with_tax { sum - taxes } else { sum }));
    Some(Invoice {
        document_type,
        vendor_name: text(&printed.vendor_name)?,
        vendor_gstin: gstin(&printed.vendor_gstin),
        vendor_address: text(&printed.vendor_address),
        vendor_state: text(&printed.vendor_state),
        buyer_name: text(&printed.buyer_name),
        buyer_gstin: gstin(&printed.buyer_gstin),
        buyer_address: text(&printed.buyer_address),
        buyer_state: text(&printed.buyer_state),
        invoice_number: text(&printed.invoice_number)?,
        invoice_date: invoice_date??,
        due_date: due_date?,
        place_of_supply: text(&printed.place_of_supply),
        reverse_charge: yes_or_no(&printed.reverse_charge),
        purchase_order: text(&printed.purchase_order),
        irn: irn(&printed.irn),
        currency,
        lines,
        lines_with_tax,
        subtotal,
        discount,
        cgst,
        sgst,
        igst,
        cess,
        other_tax,
        tcs,
        tds: tds?.abs(),
        round_off,
        total,
        bank: bank(printed),
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
        self.amount_of(|| field.to_owned(), leaf)
    }

    /// The field's name is made only if something is wrong with it: there are many.
    fn amount_of(&mut self, field: impl FnOnce() -> String, leaf: &Leaf) -> Option<Option<Decimal>> {
        if leaf.trim().is_empty() {
            return Some(None);
        }
        let amount = amount(leaf);
        if amount.is_none() {
            self.findings.push(unreadable_amount(field(), leaf));
        }
        amount.map(Some)
    }

    fn date(&mut self, field: &str, leaf: &Leaf) -> Option<Option<NaiveDate>> {
        if leaf.trim().is_empty() {
            return Some(None);
        }
        let date = date(leaf);
        if date.is_none() {
            self.findings.push(unreadable_date(field, leaf));
        }
        date.map(Some)
    }

    fn line(&mut self, index: usize, line: &PrintedLine) -> Option<Line> {
        let field = |name: &'static str| move || format!("lines[{index}].{name}");
        let quantity = self.amount_of(field("quantity"), &line.quantity);
        let rate = self.amount_of(field("rate"), &line.rate);
        let discount = self.amount_of(field("discount"), &line.discount);
        let tax_rate = self.amount_of(field("tax_rate"), &line.tax_rate);
        let tax_amount = self.amount_of(field("tax_amount"), &line.tax_amount);
        let amount = self.amount_of(field("amount"), &line.amount);
        Some(Line {
            description: line.description.trim().to_owned(),
            hsn_sac: text(&line.hsn_sac),
            quantity: quantity?,
            unit: text(&line.unit),
            rate: rate?,
            discount: discount?.filter(|discount| !discount.is_zero()).map(|off| self::discount(off, &line.discount)),
            tax_rate: tax_rate?,
            tax_amount: tax_amount?,
            amount: amount??,
        })
    }

    fn subtotal_of(&mut self, sum: Decimal) -> Decimal {
        self.findings.push(subtotal_is_summed());
        sum
    }
}

pub(crate) fn unreadable_amount(field: impl Into<String>, text: &str) -> Finding {
    Finding::error(code::LLM_WRONG_SHAPE, field, "not a decimal number").found(text.trim())
}

pub(crate) fn unreadable_date(field: impl Into<String>, text: &str) -> Finding {
    Finding::error(code::CHECK_DATE, field, "not a date of the calendar").found(text.trim())
}

pub(crate) fn subtotal_is_summed() -> Finding {
    let message = "no taxable amount is printed; taken as the sum of the lines";
    Finding::warning(code::CHECK_FIELD_MISSING, "subtotal", message)
}

/// In capitals; a note is added if it is none, or is taken for one.
pub(crate) fn currency(text: &str, findings: &mut Vec<Finding>) -> String {
    let currency = text.trim().to_ascii_uppercase();
    match currency.as_str() {
        "" => {
            let message = "no currency is printed; taken as INR";
            findings.push(Finding::warning(code::CHECK_FIELD_MISSING, "currency", message));
            "INR".to_owned()
        }
        code if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) => currency,
        _ => {
            let message = "not a currency code of ISO 4217";
            findings.push(Finding::error(code::CHECK_FIELD_MISSING, "currency", message).found(&currency));
            currency
        }
    }
}

pub(crate) fn text(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

pub(crate) fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "applicable" => Some(true),
        "no" | "n" | "false" | "not applicable" => Some(false),
        _ => None,
    }
}

pub(crate) fn discount(off: Decimal, printed: &str) -> Discount {
    if printed.contains('%') { Discount::Percent(off.abs()) } else { Discount::Amount(off.abs()) }
}

/// In small letters and without the breaks that its length calls for.
pub(crate) fn irn(printed: &str) -> Option<String> {
    text(printed).map(|text| text.split_whitespace().collect::<String>().to_ascii_lowercase())
}

fn bank(printed: &Printed) -> Option<Bank> {
    Some(Bank { account: text(&printed.bank_account)?, branch: text(&printed.bank_ifsc) })
}

pub(crate) fn gstin(printed: &str) -> Option<String> {
    text(printed).map(|text| text.split_whitespace().collect::<String>().to_ascii_uppercase())
}
