use super::*;
use crate::check::{Company, example};
use crate::judge_edited;
use contract::dead_letter::Failure;
use contract::{Class, ContentHash, Document, code};
use serde_json::value::{RawValue, to_raw_value};

fn extracted() -> Extracted {
    let document = Document {
        source: "https://example.com/1.pdf".to_owned(),
        sha256: ContentHash::of(b"1"),
        bytes: 1,
        pages: 1,
        producer: None,
        submitted_by: None,
    };
    Extracted { invoice_id: "inv-1".parse().unwrap(), document, text: example::text(), scan: false }
}

fn structured() -> Structured {
    let Extracted { invoice_id, document, .. } = extracted();
    let cost = Cost { model: "m".to_owned(), ..Cost::default() };
    let (invoice, warnings, evidence) = (example::invoice(), Vec::new(), Vec::new());
    Structured { invoice_id, document, invoice, warnings, evidence, cost, decision: None }
}

fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap()
}

fn letter(stage: Stage, input: &impl Serialize, candidate: &impl Serialize, evidence: &impl Serialize) -> DeadLetter {
    let message = "total: wrong".to_owned();
    let error = Failure { stage, code: code::CHECK_ARITHMETIC, class: Class::Review, message, run: 1, attempts: 1 };
    DeadLetter { error, input: raw(input), candidate: Some(raw(candidate)), evidence: Some(raw(evidence)) }
}

fn judged(draft: &Value) -> Judgement {
    let text = example::text();
    judge_edited(draft, Source::Text(&text), &Company::default(), example::day("2026-07-10"))
}

#[test]
fn what_the_checks_held_comes_with_its_findings_and_the_invoice_to_be_edited() {
    let finding = Finding::error(code::CHECK_ARITHMETIC, "total", "wrong").expected("1").found("2");
    let held =
        Held::of(&letter(Stage::LlmStructure, &extracted(), &structured(), &std::slice::from_ref(&finding))).unwrap();
    assert_eq!((held.findings.as_slice(), held.source()), (&[finding][..], Some(Source::Text(&example::text()))));
    let corrected = held.corrected(judged(&held.draft)).unwrap();
    assert_eq!((&corrected.invoice, corrected.cost.model.as_str()), (&example::invoice(), "m"));
    assert!(!corrected.evidence.is_empty());
}

#[test]
fn an_invoice_that_could_not_be_read_is_edited_in_the_models_words() {
    let printed: Printed = Printed {
        vendor_name: "Kaveri Kables Pvt Ltd".into(),
        invoice_date: "05/07/2026".into(),
        bank_account: "0044 7100 2".into(),
        total: "1456,78".into(),
        ..Printed::default()
    };
    let held = Held::of(&letter(Stage::LlmStructure, &extracted(), &printed, &Vec::<Finding>::new())).unwrap();
    assert!(held.structured.is_none());
    let judgement = judged(&held.draft);
    let found: Vec<&str> = judgement.findings.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(found, ["invoice_number", "document_type", "currency", "total", "lines"]);
    assert!(held.corrected(judgement).is_none(), "nothing goes on that cannot be read");
    let whole = serde_json::json!(example::invoice());
    let corrected = held.corrected(judged(&whole)).unwrap();
    assert_eq!((corrected.invoice_id.as_str(), corrected.invoice), ("inv-1", example::invoice()));
    assert_eq!(held.draft["bank"]["account"], "0044 7100 2");
}

#[test]
fn where_the_model_said_nothing_usable_there_is_an_empty_form() {
    let held = Held::of(&letter(Stage::LlmStructure, &extracted(), &"not JSON", &"why")).unwrap();
    assert_eq!((held.findings.len(), &held.draft["total"]), (0, &json!("")));
}

#[test]
fn what_the_stage_behind_held_is_edited_as_it_went_there() {
    let held = Held::of(&letter(Stage::PostToZoho, &structured(), &Value::Null, &json!({"sought": "x"}))).unwrap();
    assert_eq!((held.findings.len(), held.source()), (0, None));
    assert_eq!(held.draft, json!(example::invoice()));
    assert!(Held::of(&letter(Stage::FetchExtract, &json!({}), &Value::Null, &Value::Null)).is_none());
    assert!(Held::of(&letter(Stage::PostToZoho, &json!({}), &Value::Null, &Value::Null)).is_none());
}
