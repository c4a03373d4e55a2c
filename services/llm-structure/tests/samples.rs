//! The checks against the sample invoices: as printed, read by the extractor, with what is true about them.

#![allow(clippy::unwrap_used, reason = "tests")]

use chrono::NaiveDate;
use llm_structure::{Company, Finding, Judgement, Printed, Source, judge};
use samples::{Expectation, Sample};

/// What becomes of the truth about a sample, after a change to it, a little after the last one was issued.
fn judge_by(sample: &Sample, change: impl FnOnce(&mut samples::Invoice)) -> Judgement {
    let mut truth = sample.truth.clone();
    change(&mut truth);
    let printed: Printed = serde_json::from_str(&serde_json::to_string(&truth).unwrap()).unwrap();
    let text = fetch_extract::extract::in_this_process(sample.pdf.clone(), &Default::default()).unwrap().text();
    judge(&printed, Source::Text(&text), &Company::default(), NaiveDate::from_ymd_opt(2026, 11, 22).unwrap())
}

fn samples(expectation: Expectation) -> impl Iterator<Item = Sample> {
    samples::all().into_iter().filter(move |sample| sample.expectation == expectation)
}

#[test]
fn a_true_reading_of_a_sound_sample_passes() {
    for sample in samples(Expectation::Bill) {
        let judgement = judge_by(&sample, |_| {});
        assert_eq!(judgement.error(), None, "{}", sample.name);
        assert!(judgement.invoice.is_some(), "{}", sample.name);
    }
}

#[test]
fn a_sample_that_contradicts_itself_is_held() {
    for sample in samples(Expectation::Review) {
        assert_eq!(judge_by(&sample, |_| {}).error().map(Finding::code), Some("check.arithmetic"), "{}", sample.name);
    }
}

#[test]
fn a_made_up_number_date_or_total_is_held_in_every_sample() {
    type Invention = fn(&mut samples::Invoice);
    let inventions: [(&str, Invention); 3] = [
        ("invoice_number", |truth| truth.invoice_number.push('7')),
        ("invoice_date", |truth| truth.invoice_date = "2026-08-30".into()),
        ("total", |truth| truth.total.insert(0, '9')),
    ];
    for sample in samples(Expectation::Bill) {
        for (field, invent) in inventions {
            let judgement = judge_by(&sample, invent);
            let ungrounded = |finding: &Finding| finding.field == field && finding.code() == "check.not_grounded";
            assert!(judgement.findings.iter().any(ungrounded), "{} {field}", sample.name);
        }
    }
}
