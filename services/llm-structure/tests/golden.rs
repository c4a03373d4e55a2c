//! What becomes of each sample on its whole way: the PDF's text, the reader's answer to it, the checks. A change of any of them
//! shows here as a difference in the files under `snapshots`; `cargo insta review` accepts it.

#![allow(clippy::unwrap_used, reason = "tests")]

use chrono::NaiveDate;
use fetch_extract::extract::{Limits, in_this_process};
use llm_structure::{Company, Printed, Source, judge};
use samples::Expectation;
use serde_json::json;

#[test]
fn every_sample_becomes_what_it_did_before() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    for sample in samples::all().into_iter().filter(|sample| sample.expectation != Expectation::NoText) {
        let text = in_this_process(sample.pdf, &Limits::default()).unwrap().text();
        let answer = samples::reader::read(&text);
        let printed: Printed = serde_json::from_str(&serde_json::to_string(&answer).unwrap()).unwrap();
        let judgement = judge(&printed, Source::Text(&text), &Company::default(), today);
        insta::assert_json_snapshot!(
            sample.name,
            json!({ "invoice": judgement.invoice, "findings": judgement.findings, "evidence": judgement.evidence })
        );
    }
}
