//! Our own checks of what the model says: pure functions from an invoice to findings.
//!
//! Architecture invariant: a check repairs nothing and rounds nothing. An error holds the invoice for a person; a
//! warning travels with it. The order of the checks is the order in which a person would want to hear of them.

mod arithmetic;
mod dates;
mod dates_in_text;
mod document;
mod grounding;
mod gst;
pub mod gstin;
mod instructions;
mod labels;
pub(crate) mod required;
mod source_text;
mod vendor;
mod words;

pub use vendor::Company;

use crate::decode::document_type;
use crate::finding::Finding;
use crate::judge::Source;
use crate::printed::Printed;
use chrono::NaiveDate;
use contract::{Evidence, Invoice, code};
use source_text::SourceText;

/// Checks what the model wrote, before it is decoded.
#[must_use]
pub fn printed(printed: &Printed, company: &Company) -> Vec<Finding> {
    let kind = document_type(&printed.document_type);
    [document::is_booked(kind, &printed.document_type, company), required::all(printed)].concat()
}

/// Checks an invoice that a person has edited, as [`printed`] and [`invoice`] together check what the model wrote.
#[must_use]
pub fn edited(
    invoice: &Invoice,
    source: Source<'_>,
    company: &Company,
    today: NaiveDate,
) -> (Vec<Finding>, Vec<Evidence>) {
    let kind = invoice.document_type;
    let (findings, evidence) = self::invoice(invoice, source, company, today);
    ([document::is_booked(kind, kind.as_str(), company), findings].concat(), evidence)
}

/// Checks an invoice against itself, the law, the calendar, who we are, and what it was read from; and says where its key
/// fields stand there.
#[must_use]
pub fn invoice(
    invoice: &Invoice,
    source: Source<'_>,
    company: &Company,
    today: NaiveDate,
) -> (Vec<Finding>, Vec<Evidence>) {
    let (against_source, evidence) = against(source, invoice);
    let findings = [
        vendor::is_ours(invoice, company),
        arithmetic::lines_make_the_subtotal(invoice),
        arithmetic::parts_make_the_total(invoice),
        arithmetic::taxes_fit_together(invoice),
        arithmetic::taxes_follow_from_the_rates(invoice),
        arithmetic::round_off_rounds(invoice),
        arithmetic::lines_follow_from_their_rates(invoice),
        arithmetic::tds_is_known(invoice),
        gstin::all(invoice),
        gst::all(invoice),
        dates::all(invoice, today),
        against_source,
    ];
    (findings.concat(), evidence)
}

fn against(source: Source<'_>, invoice: &Invoice) -> (Vec<Finding>, Vec<Evidence>) {
    let Source::Text(text) = source else {
        let message = "it was read from pictures, where nothing can be looked up: compare it with the PDF";
        return (vec![Finding::error(code::CHECK_SCAN, "document", message)], Vec::new());
    };
    let text = &SourceText::new(text);
    let findings = [
        instructions::none(text),
        grounding::all(invoice, text),
        vendor::stands_in_text(invoice, text),
        labels::all(invoice, text),
    ];
    (findings.concat(), grounding::evidence(invoice, text))
}

#[cfg(test)]
pub(crate) mod example {
    use chrono::NaiveDate;
    use contract::{DocumentType, Invoice, Line};
    use rust_decimal::Decimal;

    pub(crate) const TEXT: &str = "TAX INVOICE\nKaveri Kables Pvt Ltd GSTIN: 29AAACK0000K1ZV\nInvoice No: KK/2026/017 \
        Date: 05-Jul-2026\nDue Date: 4 August 2026\nCable 2.5 sqmm 10 m 1,23,456.00\nTaxable 1,23,456.00 CGST 9% 11,111.04 SGST 9% 11,111.04\n\
        Round off -0.08\nGrand Total Rs. 1,45,678.00/-";

    pub(crate) fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    pub(crate) fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// With its check character.
    pub(crate) fn gstin(body: &str) -> String {
        super::gstin::completed(body)
    }

    /// An invoice without fault.
    pub(crate) fn invoice() -> Invoice {
        Invoice {
            document_type: DocumentType::TaxInvoice,
            vendor_name: "Kaveri Kables Pvt Ltd".into(),
            vendor_gstin: Some(super::gstin::completed("29AAACK0000K1Z")),
            vendor_address: None,
            vendor_state: None,
            buyer_name: None,
            buyer_gstin: None,
            buyer_address: None,
            buyer_state: None,
            invoice_number: "KK/2026/017".into(),
            invoice_date: day("2026-07-05"),
            due_date: Some(day("2026-08-04")),
            place_of_supply: None,
            reverse_charge: None,
            purchase_order: None,
            irn: None,
            currency: "INR".into(),
            lines: vec![Line {
                description: "Cable 2.5 sqmm".into(),
                hsn_sac: Some("8544".into()),
                quantity: Some(decimal("10")),
                unit: Some("m".into()),
                rate: Some(decimal("12345.60")),
                discount: None,
                tax_rate: Some(decimal("18")),
                tax_amount: None,
                amount: decimal("123456.00"),
            }],
            lines_with_tax: false,
            subtotal: decimal("123456.00"),
            discount: Decimal::ZERO,
            cgst: decimal("11111.04"),
            sgst: decimal("11111.04"),
            igst: Decimal::ZERO,
            cess: Decimal::ZERO,
            other_tax: Decimal::ZERO,
            tcs: Decimal::ZERO,
            tds: Decimal::ZERO,
            round_off: decimal("-0.08"),
            total: decimal("145678.00"),
            bank: None,
        }
    }

    /// The text that the invoice was read from.
    pub(crate) fn text() -> String {
        TEXT.replace("29AAACK0000K1ZV", &super::gstin::completed("29AAACK0000K1Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use example::{day, decimal};

    const TODAY: &str = "2026-07-10";

    /// Codes, fields and whether they hold the invoice, after one change to the invoice without fault.
    fn after(change: impl FnOnce(&mut Invoice)) -> Vec<(String, String, bool)> {
        let mut invoice = example::invoice();
        change(&mut invoice);
        let (findings, _) = super::invoice(&invoice, Source::Text(&example::text()), &Company::default(), day(TODAY));
        let holds = |finding: &Finding| finding.severity == crate::Severity::Error;
        findings.into_iter().map(|finding| (finding.code.to_string(), finding.field.clone(), holds(&finding))).collect()
    }

    #[test]
    fn an_invoice_without_fault_passes() {
        assert_eq!(after(|_| {}), []);
    }

    type Change = fn(&mut Invoice);
    type Errors = &'static [(&'static str, &'static str)];

    #[test]
    fn each_fault_is_found_where_it_is() {
        let table: [(&str, Change, Errors); 14] = [
            (
                "total one rupee off",
                |i| i.total += decimal("1"),
                &[("check.arithmetic", "total"), ("check.not_grounded", "total")],
            ),
            (
                "total two paise off",
                |i| i.round_off += decimal("0.02"),
                &[("check.arithmetic", "total"), ("check.not_grounded", "round_off")],
            ),
            ("a line missing", |i| i.lines.clear(), &[("check.arithmetic", "subtotal")]),
            (
                "a line changed",
                |i| i.lines[0].amount += decimal("0.02"),
                &[("check.arithmetic", "subtotal"), ("check.not_grounded", "lines[0].amount")],
            ),
            (
                "the halves differ",
                |i| {
                    i.cgst += decimal("0.50");
                    i.sgst -= decimal("0.50");
                },
                &[("check.arithmetic", "sgst")],
            ),
            ("another rate", |i| i.lines[0].tax_rate = Some(decimal("12")), &[("check.arithmetic", "lines")]),
            (
                "a large round-off",
                |i| {
                    i.lines[0].amount += decimal("2");
                    i.subtotal += decimal("2");
                    i.round_off -= decimal("2");
                },
                &[
                    ("check.arithmetic", "round_off"),
                    ("check.not_grounded", "round_off"),
                    ("check.not_grounded", "lines[0].amount"),
                ],
            ),
            (
                "nothing to pay",
                |i| {
                    i.round_off -= i.total;
                    i.total = decimal("0");
                },
                &[
                    ("check.arithmetic", "total"),
                    ("check.arithmetic", "round_off"),
                    ("check.not_grounded", "round_off"),
                ],
            ),
            (
                "wrong check character",
                |i| i.vendor_gstin = i.vendor_gstin.as_deref().map(gstin::spoiled),
                &[("check.gstin", "vendor_gstin"), ("check.not_grounded", "vendor_gstin")],
            ),
            ("wrong buyer", |i| i.buyer_gstin = Some("29ABC".into()), &[("check.gstin", "buyer_gstin")]),
            (
                "from the future",
                |i| {
                    i.invoice_date = day("2026-07-12");
                    i.due_date = None;
                },
                &[("check.date", "invoice_date"), ("check.not_grounded", "invoice_date")],
            ),
            (
                "due before issue",
                |i| i.due_date = Some(day("2026-07-04")),
                &[("check.date", "due_date"), ("check.not_grounded", "due_date")],
            ),
            (
                "another number",
                |i| i.invoice_number = "KK/2026/018".into(),
                &[("check.not_grounded", "invoice_number")],
            ),
            ("month first", |i| i.invoice_date = day("2026-05-07"), &[("check.not_grounded", "invoice_date")]),
        ];
        for (name, change, expected) in table {
            let expected: Vec<_> =
                expected.iter().map(|(code, field)| ((*code).to_owned(), (*field).to_owned(), true)).collect();
            let errors: Vec<_> = after(change).into_iter().filter(|(.., holds)| *holds).collect();
            assert_eq!(errors, expected, "{name}");
        }
    }

    #[test]
    fn what_is_odd_but_possible_is_a_warning() {
        let table: [(&str, Change, &str); 3] = [
            ("another tax on the line", |i| i.lines[0].tax_amount = Some(decimal("9")), "lines[0].tax_amount"),
            ("an old invoice", |i| i.due_date = None, "invoice_date"),
            (
                "both kinds of tax",
                |i| {
                    i.igst = decimal("0.50");
                    i.cgst -= decimal("0.25");
                    i.sgst -= decimal("0.25");
                },
                "igst",
            ),
        ];
        for (name, change, field) in table {
            let mut invoice = example::invoice();
            change(&mut invoice);
            let (findings, _) =
                super::invoice(&invoice, Source::Text(&example::text()), &Company::default(), day("2027-07-05"));
            assert!(findings.iter().any(|finding| finding.field == field), "{name}: {findings:?}");
            assert!(
                findings.iter().all(|finding| finding.severity == crate::Severity::Warning),
                "{name}: {findings:?}"
            );
        }
    }
}
