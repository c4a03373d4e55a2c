//! The sandbox's books, and whether they agree with what was submitted.

use std::collections::BTreeMap;

use anyhow::Result;
use local::http;
use samples::Invoice;
use serde::Deserialize;
use serde_json::Value;

use super::amount::same;
use super::{Expected, Submission};

/// A bill as `GET /_sandbox/bills` shows it; amounts are plain decimals.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Bill {
    pub(crate) bill_number: String,
    /// Our invoice id.
    pub(crate) reference_number: String,
    pub(crate) date: String,
    pub(crate) currency_code: String,
    pub(crate) vendor: Vendor,
    pub(crate) line_items: Vec<Value>,
    pub(crate) sub_total: String,
    pub(crate) tax_total: String,
    pub(crate) total: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Vendor {
    pub(crate) name: String,
    pub(crate) gst_no: String,
}

#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) bills: Vec<Bill>,
}

impl Books {
    pub(crate) fn read(sandbox: &str) -> Result<Self> {
        Ok(Self { bills: serde_json::from_value(http::get_json(&format!("{sandbox}/_sandbox/bills"))?)? })
    }

    /// One sentence for each thing that is not as it must be: exactly one bill per good invoice, with its figures,
    /// and no other bill.
    pub(crate) fn disagreements(&self, submitted: &[(String, &Submission)]) -> Vec<String> {
        let mut by_invoice: BTreeMap<&str, Vec<&Bill>> = BTreeMap::new();
        for bill in &self.bills {
            by_invoice.entry(&bill.reference_number).or_default().push(bill);
        }
        let mut found = Vec::new();
        for (id, submission) in submitted {
            let bills = match submission.expected {
                Expected::Duplicate => continue,
                Expected::Bill | Expected::DeadLetter => by_invoice.remove(id.as_str()).unwrap_or_default(),
            };
            found.extend(compare(submission, &bills).into_iter().map(|what| format!("{}: {what}", submission.url)));
        }
        found.extend(by_invoice.keys().map(|id| format!("a bill for {id:?}, which nobody submitted")));
        found
    }
}

fn compare(submission: &Submission, bills: &[&Bill]) -> Vec<String> {
    match (submission.expected, bills, &submission.truth) {
        (Expected::Bill, [bill], Some(truth)) => differences(bill, truth),
        (Expected::Bill, ..) => vec![format!("{} bills instead of one", bills.len())],
        (_, [], _) => Vec::new(),
        _ => vec![format!("{} bills instead of a dead letter", bills.len())],
    }
}

fn differences(bill: &Bill, truth: &Invoice) -> Vec<String> {
    let lines = (bill.line_items.len().to_string(), truth.lines.len().to_string());
    // The vendor is found by its GSTIN and keeps the name under which it was created; one sample prints it in capitals.
    let names = (bill.vendor.name.to_lowercase(), truth.vendor_name.to_lowercase());
    let texts = [
        ("vendor", &names.0, &names.1),
        ("GSTIN", &bill.vendor.gst_no, &truth.vendor_gstin),
        ("number", &bill.bill_number, &truth.invoice_number),
        ("date", &bill.date, &truth.invoice_date),
        ("currency", &bill.currency_code, &truth.currency),
        ("line count", &lines.0, &lines.1),
    ];
    let amounts = [("subtotal", &bill.sub_total, &truth.subtotal), ("total", &bill.total, &truth.total)];
    let texts = texts.into_iter().filter(|(_, bill, truth)| bill != truth);
    let amounts = amounts.into_iter().filter(|(_, bill, truth)| !same(bill, truth));
    texts.chain(amounts).map(|(what, bill, truth)| format!("{what} is {bill:?} and must be {truth:?}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bill(invoice_id: &str, truth: &Invoice, total: &str) -> Value {
        let lines: Vec<Value> = truth.lines.iter().map(|line| json!({ "description": line.description })).collect();
        json!({
            "bill_number": truth.invoice_number, "reference_number": invoice_id, "date": truth.invoice_date,
            "currency_code": truth.currency, "line_items": lines,
            "vendor": {"name": truth.vendor_name, "gst_no": truth.vendor_gstin},
            "sub_total": truth.subtotal, "tax_total": "0.00", "total": total,
        })
    }

    fn found(bills: Value, expected: Expected) -> Vec<String> {
        let books = Books { bills: serde_json::from_value(bills).unwrap() };
        let truth = Some(samples::numbered(1).truth);
        let submission = Submission { url: "http://x/1.pdf".to_owned(), expected, truth };
        books.disagreements(&[("one".to_owned(), &submission)])
    }

    #[test]
    fn books_agree_only_with_one_right_bill_per_good_invoice_and_no_other() {
        let truth = samples::numbered(1).truth;
        let right = bill("one", &truth, &truth.total);
        assert_eq!(found(json!([right]), Expected::Bill), [""; 0]);
        assert_eq!(found(json!([]), Expected::DeadLetter), [""; 0]);

        let wrong = |bills, expected| found(bills, expected).len();
        assert_eq!(wrong(json!([]), Expected::Bill), 1);
        assert_eq!(wrong(json!([right, right]), Expected::Bill), 1);
        assert_eq!(wrong(json!([right]), Expected::DeadLetter), 1);
        assert_eq!(wrong(json!([right, bill("other", &truth, &truth.total)]), Expected::Bill), 1);
        assert_eq!(wrong(json!([bill("one", &truth, "1.01")]), Expected::Bill), 1);
    }
}
