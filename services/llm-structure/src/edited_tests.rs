use super::*;
use crate::Severity;
use crate::check::example;
use contract::{Code, DocumentType};

fn edited(change: impl FnOnce(&mut Value)) -> Judgement {
    judged(Source::Text(&example::text()), change)
}

fn judged(source: Source<'_>, change: impl FnOnce(&mut Value)) -> Judgement {
    let mut invoice = json!(example::invoice());
    change(&mut invoice);
    judge_edited(&invoice, source, &Company::default(), example::day("2026-07-10"))
}

fn errors(judgement: &Judgement) -> Vec<(&Code, &str)> {
    let errors = judgement.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| (&finding.code, finding.field.as_str())).collect()
}

#[test]
fn an_invoice_as_it_was_handed_on_comes_back_as_it_was_with_its_places() {
    let judgement = edited(|_| {});
    assert_eq!(judgement.findings, []);
    assert_eq!(judgement.invoice, Some(example::invoice()));
    let same = crate::check::invoice(
        &example::invoice(),
        Source::Text(&example::text()),
        &Company::default(),
        example::day("2026-07-10"),
    );
    assert_eq!(judgement.evidence, same.1);
    assert!(!judgement.evidence.is_empty());
}

#[test]
fn what_people_type_is_read_as_it_is_printed() {
    let judgement = edited(|invoice| {
        invoice["vendor_gstin"] = json!(example::invoice().vendor_gstin.unwrap().to_lowercase());
        invoice["vendor_name"] = json!("  Kaveri Kables Pvt Ltd ");
        invoice["invoice_date"] = json!("05/07/2026");
        invoice["due_date"] = json!("4 August 2026");
        invoice["total"] = json!("Rs. 1,45,678.00/-");
        invoice["round_off"] = json!("(0.08)");
        invoice["igst"] = json!("");
        invoice["subtotal"] = json!(123_456);
        invoice["document_type"] = json!("Tax Invoice");
        invoice["currency"] = json!("inr");
        invoice["place_of_supply"] = json!(" ");
        invoice["lines"][0]["tax_rate"] = json!("18%");
        invoice["lines"][0]["discount"] = json!("");
    });
    assert_eq!(judgement.findings, []);
    let invoice = judgement.invoice.unwrap();
    assert_eq!((invoice.total, invoice.round_off), (example::decimal("145678.00"), example::decimal("-0.08")));
    assert_eq!((&invoice.place_of_supply, invoice.document_type), (&None, DocumentType::TaxInvoice));
    assert_eq!(Invoice { subtotal: example::decimal("123456.00"), ..invoice }, example::invoice());
}

#[test]
fn a_discount_is_read_by_name_and_by_sign() {
    for (typed, expected) in [
        (json!("5%"), Some(Discount::Percent(example::decimal("5")))),
        (json!("-5"), Some(Discount::Amount(example::decimal("5")))),
        (json!({"percent": "5"}), Some(Discount::Percent(example::decimal("5")))),
        (json!({"amount": "5"}), Some(Discount::Amount(example::decimal("5")))),
        (json!(0), None),
    ] {
        let judgement = edited(|invoice| invoice["lines"][0]["discount"] = typed.clone());
        assert_eq!(judgement.invoice.unwrap().lines[0].discount, expected, "{typed}");
    }
}

#[test]
fn what_cannot_be_read_is_a_finding_that_names_its_field() {
    type Change = fn(&mut Value);
    let table: [(Change, Code, &str); 15] = [
        (|i| i["total"] = json!("1456,78"), code::LLM_WRONG_SHAPE, "total"),
        (|i| i["cgst"] = json!("eleven"), code::LLM_WRONG_SHAPE, "cgst"),
        (|i| i["total"] = json!([1]), code::LLM_WRONG_SHAPE, "total"),
        (|i| i["lines"][0]["rate"] = json!("1."), code::LLM_WRONG_SHAPE, "lines[0].rate"),
        (|i| i["lines"][0]["discount"] = json!("some"), code::LLM_WRONG_SHAPE, "lines[0].discount"),
        (|i| i["lines"][0] = json!("a cable"), code::LLM_WRONG_SHAPE, "lines[0]"),
        (|i| i["vendor_address"] = json!({}), code::LLM_WRONG_SHAPE, "vendor_address"),
        (|i| i["invoice_date"] = json!("31/02/2026"), code::CHECK_DATE, "invoice_date"),
        (|i| i["due_date"] = json!("soon"), code::CHECK_DATE, "due_date"),
        (|i| i["invoice_date"] = json!(""), code::CHECK_FIELD_MISSING, "invoice_date"),
        (|i| i["vendor_name"] = json!(" "), code::CHECK_FIELD_MISSING, "vendor_name"),
        (|i| i["total"] = json!(null), code::CHECK_FIELD_MISSING, "total"),
        (|i| i["lines"] = json!([]), code::CHECK_FIELD_MISSING, "lines"),
        (|i| i["lines"][0]["amount"] = json!(""), code::CHECK_FIELD_MISSING, "lines[0].amount"),
        (|i| i["currency"] = json!("rupees"), code::CHECK_FIELD_MISSING, "currency"),
    ];
    for (change, code, field) in table {
        let judgement = edited(change);
        assert_eq!(errors(&judgement), [(&code, field)]);
        assert!(judgement.invoice.is_none() && judgement.evidence.is_empty(), "{field}");
    }
    for nothing in [json!(null), json!([]), json!("x"), json!({})] {
        let judgement = edited(|invoice| *invoice = nothing);
        assert!(judgement.invoice.is_none() && judgement.error().is_some());
    }
}

#[test]
fn all_that_cannot_be_read_is_found_at_once() {
    let judgement = edited(|invoice| {
        invoice["total"] = json!("much");
        invoice["due_date"] = json!("soon");
        invoice["lines"][0]["amount"] = json!("some");
    });
    let fields: Vec<&str> = errors(&judgement).into_iter().map(|(_, field)| field).collect();
    assert_eq!(fields, ["due_date", "total", "lines[0].amount"]);
}

#[test]
fn what_can_be_read_is_checked_like_a_models_answer() {
    type Change = fn(&mut Value);
    let table: [(Change, Code, &str); 5] = [
        (|i| i["total"] = json!("145679.00"), code::CHECK_ARITHMETIC, "total"),
        (|i| i["document_type"] = json!("credit_note"), code::CHECK_NOT_A_BILL, "document_type"),
        (|i| i["document_type"] = json!("love letter"), code::CHECK_NOT_A_BILL, "document_type"),
        (|i| i["invoice_number"] = json!("KK/2026/018"), code::CHECK_NOT_GROUNDED, "invoice_number"),
        (|i| i["invoice_date"] = json!("2026-08-05"), code::CHECK_DATE, "invoice_date"),
    ];
    for (change, code, field) in table {
        let judgement = edited(change);
        assert!(errors(&judgement).contains(&(&code, field)), "{field}: {:?}", errors(&judgement));
        assert!(judgement.invoice.is_some(), "{field}");
    }
}

#[test]
fn of_a_scan_all_is_checked_that_needs_no_text() {
    let judgement = judged(Source::Scan, |invoice| invoice["total"] = json!("145679.00"));
    assert_eq!(errors(&judgement), [(&code::CHECK_ARITHMETIC, "total"), (&code::CHECK_SCAN, "document")]);
}

#[test]
fn an_empty_subtotal_is_the_sum_of_the_lines_with_a_warning() {
    let judgement = edited(|invoice| invoice["subtotal"] = json!(""));
    assert_eq!(errors(&judgement), []);
    assert_eq!(judgement.findings[0].field, "subtotal");
    assert_eq!(judgement.invoice.unwrap().subtotal, example::decimal("123456"));
}

#[test]
fn figures_that_no_invoice_has_end_in_a_finding_and_not_in_a_panic() {
    let most = Decimal::MAX.to_string();
    for fields in [&["total"][..], &["cgst", "sgst"], &["subtotal", "igst", "total"]] {
        let judgement = edited(|invoice| fields.iter().for_each(|field| invoice[*field] = json!(most)));
        assert!(judgement.error().is_some());
    }
    let lines = edited(|invoice| {
        invoice["lines"][0]["amount"] = json!(most);
        invoice["lines"][0]["quantity"] = json!(most);
        invoice["subtotal"] = json!("");
    });
    assert!(lines.error().is_some() || lines.invoice.is_none());
}
