//! How many answers a core judges in a second: reading the JSON, decoding, all checks against the text, and the places of the
//! key fields. `make checks` prints it. What counts is processor time, so that a busy machine does not change it much.

#![allow(clippy::unwrap_used, reason = "a bench")]

use chrono::NaiveDate;
use fetch_extract::extract::{Limits, in_this_process};
use llm_structure::{Company, Source, answer, judge};
use rustix::time::{ClockId, clock_gettime};
use samples::Expectation;
use std::hint::black_box;

const SECONDS: f64 = 5.0;

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
    let (began, mut judged) = (processor_seconds(), 0_u32);
    while processor_seconds() - began < SECONDS {
        for (text, answer) in &pairs {
            let printed = answer::read(black_box(answer)).unwrap();
            black_box(judge(&printed, Source::Text(text), &company, today));
            judged += 1;
        }
    }
    let each = (processor_seconds() - began) / f64::from(judged);
    let bytes: usize = pairs.iter().map(|(text, _)| text.len()).sum();
    println!(
        "{} samples, {} bytes of text on average: {:.1} µs an answer, {:.0} answers a second on one core",
        pairs.len(),
        bytes / pairs.len(),
        each * 1e6,
        1.0 / each
    );
}

/// Of this process.
fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    let seconds = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    seconds
}
