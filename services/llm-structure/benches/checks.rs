//! How many answers a core judges in a second: reading the JSON, decoding, all checks against the text, and the places of the
//! key fields. `make checks` prints it.

#![allow(clippy::unwrap_used, reason = "a bench")]

use chrono::NaiveDate;
use fetch_extract::extract::{Limits, in_this_process};
use llm_structure::{Company, Source, answer, check, judge};
use samples::Expectation;
use std::hint::black_box;
use std::time::{Duration, Instant};

const TIME: Duration = Duration::from_secs(5);

fn main() {
    let samples = samples::all().into_iter().filter(|sample| sample.expectation == Expectation::Bill);
    let pairs: Vec<(String, String)> = samples
        .map(|sample| {
            let text = in_this_process(sample.pdf, &Limits::default()).unwrap().text();
            (text, serde_json::to_string(&sample.truth).unwrap())
        })
        .collect();
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let company = Company::new(["29AAACB0000B1ZV"], ["Our Company Pvt Ltd"]);
    let (began, mut judged) = (Instant::now(), 0_u32);
    while began.elapsed() < TIME {
        for (text, answer) in &pairs {
            let printed = answer::read(black_box(answer)).unwrap();
            let judgement = judge(&printed, Source::Text(text), &company, today);
            black_box(check::evidence(&judgement.invoice.unwrap(), Source::Text(text)));
            judged += 1;
        }
    }
    let each = began.elapsed().as_secs_f64() / f64::from(judged);
    let bytes: usize = pairs.iter().map(|(text, _)| text.len()).sum();
    println!(
        "{} samples, {} bytes of text on average: {:.1} µs an answer, {:.0} answers a second on one core",
        pairs.len(),
        bytes / pairs.len(),
        each * 1e6,
        1.0 / each
    );
}
