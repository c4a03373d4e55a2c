//! A bill as CSV (RFC 4180): a header, and a row for each line of the invoice: pure.
//!
//! The columns from `subtotal` to `total` are the invoice's and the same in each row. A spreadsheet takes a cell that begins with
//! one of `= + - @` for a formula and would run what a stranger has printed; such a text gets an apostrophe in front
//! (owasp.org/www-community/attacks/CSV_Injection). The mark at the beginning tells Excel that the file is UTF-8.

use super::Booked;
use contract::{Invoice, InvoiceId, Line, Structured};
use rust_decimal::Decimal;

const MARK: char = '\u{feff}';
const HEADER: &str = "invoice_id,document_type,document_sha256,vendor_name,vendor_gstin,buyer_gstin,invoice_number,invoice_date,due_date,\
    place_of_supply,reverse_charge,purchase_order,currency,line,description,hsn_sac,quantity,unit,rate,tax_rate,\
    tax_amount,amount,account,booked_by,lines_with_tax,subtotal,discount,cgst,sgst,igst,cess,other_tax,tcs,tds,round_off,total";
const END: &str = "\r\n";

pub(super) fn written(id: &InvoiceId, input: &Structured, booked: &[Booked]) -> String {
    let mut text = format!("{MARK}{HEADER}{END}");
    for (index, (line, booked)) in input.invoice.lines.iter().zip(booked).enumerate() {
        let cells = row(id, input, index + 1, line, booked);
        text.push_str(&cells.join(","));
        text.push_str(END);
    }
    text
}

fn row(id: &InvoiceId, input: &Structured, number: usize, line: &Line, booked: &Booked) -> Vec<String> {
    let invoice = &input.invoice;
    let mut cells = head(id, input).to_vec();
    cells.extend([
        number.to_string(),
        cell(&line.description),
        some(line.hsn_sac.as_deref()),
        line.quantity.as_ref().map(Decimal::to_string).unwrap_or_default(),
        some(line.unit.as_deref()),
        line.rate.as_ref().map(Decimal::to_string).unwrap_or_default(),
        line.tax_rate.as_ref().map(Decimal::to_string).unwrap_or_default(),
        line.tax_amount.as_ref().map(Decimal::to_string).unwrap_or_default(),
        line.amount.to_string(),
        cell(&booked.account),
        cell(&booked.rule),
        invoice.lines_with_tax.to_string(),
    ]);
    cells.extend(sums(invoice).iter().map(Decimal::to_string));
    cells
}

fn head(id: &InvoiceId, input: &Structured) -> [String; 13] {
    let invoice = &input.invoice;
    [
        cell(id.as_str()),
        invoice.document_type.as_str().to_owned(),
        input.document.sha256.to_string(),
        cell(&invoice.vendor_name),
        some(invoice.vendor_gstin.as_deref()),
        some(invoice.buyer_gstin.as_deref()),
        cell(&invoice.invoice_number),
        invoice.invoice_date.to_string(),
        invoice.due_date.map(|date| date.to_string()).unwrap_or_default(),
        some(invoice.place_of_supply.as_deref()),
        invoice.reverse_charge.map(|charge| charge.to_string()).unwrap_or_default(),
        some(invoice.purchase_order.as_deref()),
        cell(&invoice.currency),
    ]
}

fn sums(invoice: &Invoice) -> [Decimal; 11] {
    [
        invoice.subtotal,
        invoice.discount,
        invoice.cgst,
        invoice.sgst,
        invoice.igst,
        invoice.cess,
        invoice.other_tax,
        invoice.tcs,
        invoice.tds,
        invoice.round_off,
        invoice.total,
    ]
}

fn some(text: Option<&str>) -> String {
    text.map(cell).unwrap_or_default()
}

/// A text as a cell.
fn cell(text: &str) -> String {
    let text = if begins_a_formula(text) { format!("'{text}") } else { text.to_owned() };
    let is_plain = !text.contains([',', '"', '\r', '\n', '\t', ';']) && text.trim() == text;
    if is_plain { text } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// Spreadsheets look past spaces, and take signs of full width for their own.
fn begins_a_formula(text: &str) -> bool {
    let is_control = text.starts_with(['\t', '\r', '\n']);
    let bare = text.trim_start();
    let begins = is_control || bare.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    begins && text.parse::<Decimal>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_stranger_becomes_a_formula_or_another_cell() {
        let table = [
            ("=HYPERLINK(\"http://evil\")", "\"'=HYPERLINK(\"\"http://evil\"\")\""),
            ("@SUM(1)", "'@SUM(1)"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            (" =1+1", "' =1+1"),
            ("＝1", "'＝1"),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("-5", "-5"),
            ("+5.50", "+5.50"),
            ("-", "'-"),
            ("A4 paper, 5 reams", "\"A4 paper, 5 reams\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
