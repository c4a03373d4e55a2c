//! From the model's words to an invoice and all that was found about it: decode, then check.

use crate::check::{self, Company};
use crate::decode;
use crate::finding::{Finding, Severity};
use crate::printed::Printed;
use chrono::NaiveDate;
use contract::{Evidence, Invoice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of an answer, or of what a person has made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// `None` when a field without which there is no invoice is missing or unreadable; an error says which.
    pub invoice: Option<Invoice>,
    pub findings: Vec<Finding>,
    /// Where the invoice's key fields stand in what it was read from.
    pub evidence: Vec<Evidence>,
}

impl Judgement {
    /// The first finding that holds the invoice.
    #[must_use]
    pub fn error(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Error)
    }
}

/// What an answer was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    Text(&'a str),
    /// Pictures of pages: what the model says of them cannot be looked up.
    Scan,
}

/// Judges an answer by what it was read from, who we are and the day that it is.
#[must_use]
pub fn judge(printed: &Printed, source: Source<'_>, company: &Company, today: NaiveDate) -> Judgement {
    let mut findings = check::printed(printed, company);
    let invoice = decode::decode(printed, &mut findings);
    let mut evidence = Vec::new();
    if let Some(invoice) = &invoice {
        let (more, places) = check::invoice(invoice, source, company, today);
        findings.extend(more);
        evidence = places;
    }
    Judgement { invoice, findings, evidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::example;
    use crate::printed::PrintedLine;
    use contract::{Code, code};

    fn printed() -> Printed {
        let invoice = example::invoice();
        let line = PrintedLine {
            description: "Cable 2.5 sqmm".into(),
            quantity: "10".into(),
            rate: "12,345.60".into(),
            tax_rate: "18%".into(),
            amount: "1,23,456.00".into(),
            ..PrintedLine::default()
        };
        Printed {
            document_type: "Tax Invoice".into(),
            vendor_name: "Kaveri Kables Pvt Ltd".into(),
            vendor_gstin: invoice.vendor_gstin.unwrap().to_lowercase().as_str().into(),
            invoice_number: "KK/2026/017".into(),
            invoice_date: "05/07/2026".into(),
            currency: "INR".into(),
            lines: vec![line],
            subtotal: "123456.00".into(),
            cgst: "11111.04".into(),
            sgst: "11111.04".into(),
            round_off: "(0.08)".into(),
            total: "Rs. 1,45,678.00/-".into(),
            ..Printed::default()
        }
    }

    fn judged(change: impl FnOnce(&mut Printed)) -> Judgement {
        let mut printed = printed();
        change(&mut printed);
        judge(&printed, Source::Text(&example::text()), &Company::default(), example::day("2026-07-10"))
    }

    #[test]
    fn a_well_read_invoice_passes_in_exact_decimals() {
        let judgement = judged(|_| {});
        assert_eq!(judgement.findings, []);
        let invoice = judgement.invoice.unwrap();
        assert_eq!((invoice.total.to_string(), invoice.round_off.to_string()), ("145678.00".into(), "-0.08".into()));
        assert_eq!((invoice.igst.to_string(), invoice.due_date), ("0".into(), None));
    }

    #[test]
    fn what_was_read_from_pictures_waits_for_a_person_with_all_else_checked() {
        let day = example::day("2026-07-10");
        let faultless = judge(&printed(), Source::Scan, &Company::default(), day);
        let codes: Vec<&Code> = faultless.findings.iter().map(|finding| &finding.code).collect();
        assert_eq!(codes, [&code::CHECK_SCAN]);
        assert!(faultless.invoice.is_some());
        let wrong = judge(&Printed { total: "145679.00".into(), ..printed() }, Source::Scan, &Company::default(), day);
        assert_eq!(wrong.error().unwrap().code, code::CHECK_ARITHMETIC);
    }

    #[test]
    fn what_is_missing_or_unreadable_is_named() {
        type Change = fn(&mut Printed);
        let table: [(Change, _, &str); 9] = [
            (|p| p.document_type = "credit_note".into(), code::CHECK_NOT_A_BILL, "document_type"),
            (|p| p.document_type = "".into(), code::CHECK_NOT_A_BILL, "document_type"),
            (|p| p.vendor_name = " ".into(), code::CHECK_FIELD_MISSING, "vendor_name"),
            (|p| p.invoice_date = "".into(), code::CHECK_FIELD_MISSING, "invoice_date"),
            (|p| p.lines.clear(), code::CHECK_FIELD_MISSING, "lines"),
            (|p| p.lines[0].amount = "".into(), code::CHECK_FIELD_MISSING, "lines[0].amount"),
            (|p| p.total = "".into(), code::CHECK_FIELD_MISSING, "total"),
            (|p| p.total = "1456,78".into(), code::LLM_WRONG_SHAPE, "total"),
            (|p| p.invoice_date = "31/02/2026".into(), code::CHECK_DATE, "invoice_date"),
        ];
        for (change, code, field) in table {
            let judgement = judged(change);
            let error = judgement.error().unwrap();
            assert_eq!((&error.code, error.field.as_str()), (&code, field));
        }
    }

    #[test]
    fn a_credit_note_passes_by_setting_with_the_signs_of_an_invoice() {
        let company = Company::default().booking_credit_notes(true);
        let day = example::day("2026-07-10");
        let mut credit = Printed { document_type: "Credit Note".into(), ..printed() };
        let positive = judge(&credit, Source::Text(&example::text()), &company, day);
        credit.lines[0].amount = "-1,23,456.00".into();
        credit.lines[0].quantity = "-10".into();
        credit.subtotal = "(1,23,456.00)".into();
        credit.cgst = "-11111.04".into();
        credit.sgst = "-11111.04".into();
        credit.round_off = "0.08".into();
        credit.total = "-145678.00".into();
        let negative = judge(&credit, Source::Text(&example::text()), &company, day);
        assert_eq!((&positive.findings[..], &negative.findings[..]), (&[][..], &[][..]));
        assert_eq!(positive.invoice, negative.invoice);
        assert_eq!(positive.invoice.unwrap().document_type, contract::DocumentType::CreditNote);
        let wrong =
            judge(&Printed { total: "-145679.00".into(), ..credit }, Source::Text(&example::text()), &company, day);
        assert_eq!(wrong.error().unwrap().code, code::CHECK_ARITHMETIC);
    }

    #[test]
    fn under_reverse_charge_the_rates_need_not_make_taxes() {
        let reversed = |printed: &mut Printed| {
            (printed.cgst, printed.sgst, printed.round_off) = ("".into(), "".into(), "".into());
            (printed.reverse_charge, printed.total) = ("Yes".into(), "123456.00".into());
        };
        assert_eq!(judged(reversed).findings, []);
        let silent = judged(|printed| {
            reversed(printed);
            printed.reverse_charge = "".into();
        });
        assert_eq!(silent.error().unwrap().field, "lines");
    }

    #[test]
    fn what_can_be_supplied_safely_is_supplied_with_a_warning() {
        let judgement = judged(|p| {
            p.subtotal = "".into();
            p.currency = "".into();
        });
        assert!(judgement.error().is_none());
        assert_eq!(judgement.findings.len(), 2);
        let invoice = judgement.invoice.unwrap();
        assert_eq!((invoice.subtotal, invoice.currency.as_str()), (example::decimal("123456"), "INR"));
    }
}
