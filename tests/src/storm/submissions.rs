//! What publishers send during a storm: good invoices, the same ones again, conflicting ids, dead links, poison, and
//! records of clients that do not key as ours do.

use super::plan::{SUBMITTING, moment};
use crate::Sandbox;
use contract::Request;
use rand::RngExt;
use rand::rngs::StdRng;
use std::time::Duration;

/// One record for the gate.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Submission {
    /// As our publisher sends it.
    Request(Wanted),
    /// As a foreign client may send it: under no key or one of its own.
    Foreign(Wanted, Option<&'static str>),
    /// What nobody can read.
    Poison { key: Option<&'static [u8]>, value: &'static [u8] },
}

/// A document and the id it is submitted under.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// As the sandbox's PDF host names it.
    document: String,
    /// Makes another URL of the same document.
    query: String,
    id: Option<String>,
}

const POISON: [(Option<&[u8]>, &[u8]); 5] = [
    (None, b"not json"),
    (None, br#"{"another":"shape"}"#),
    (Some(b"key"), b""),
    (Some(b"\xff\xfe"), br#"{"pdf_url":"https://h.example/a.pdf"}"#),
    (None, br#"{"pdf_url":"no url"}"#),
];

impl Wanted {
    pub(super) fn request(&self, sandbox: &Sandbox) -> Request {
        let id = self.id.as_ref().map(|id| id.parse().expect("the plan's ids are invoice ids"));
        Request::of(format!("{}{}", sandbox.pdf(&self.document), self.query)).named(id)
    }
}

/// At least `invoices` different ones, and what comes with them, in the order of time.
pub(super) fn submissions(seed: u64, invoices: u32, rng: &mut StdRng) -> Vec<(Duration, Submission)> {
    let mut all = Vec::new();
    let span = SUBMITTING.as_secs_f64();
    for (number, sample) in samples::all().into_iter().enumerate() {
        let wanted = Wanted { document: sample.name.to_owned(), query: String::new(), id: None };
        submit(Some(number), wanted, rng, &mut all);
    }
    for number in 0..invoices {
        let wanted = wanted(seed, number, rng);
        submit(None, wanted, rng, &mut all);
    }
    for number in 0..invoices / 50 + 3 {
        let (key, value) = POISON[number as usize % POISON.len()];
        all.push((moment(rng, 0.0, span), Submission::Poison { key, value }));
    }
    all.sort_by_key(|(at, _)| *at);
    all
}

/// Nine of ten are good; most have an id of their own, so that they are the same on every machine.
fn wanted(seed: u64, number: u32, rng: &mut StdRng) -> Wanted {
    let bill = (seed % 1000) * 100_000 + u64::from(number);
    let id = rng.random_bool(0.8).then(|| format!("S{seed}-{number}"));
    let (document, query) = match rng.random_range(0..100) {
        0..3 => ("gone".to_owned(), format!("?n={number}")),
        3..5 => ("not-a-pdf".to_owned(), format!("?n={number}")),
        // The bill of an earlier invoice under another URL.
        5..7 if number > 0 => (format!("numbered/{}", bill - 1), "?copy".to_owned()),
        _ => (format!("numbered/{bill}"), String::new()),
    };
    Wanted { document, query, id }
}

/// The invoice, perhaps again, perhaps beside another URL under its id.
fn submit(sample: Option<usize>, wanted: Wanted, rng: &mut StdRng, all: &mut Vec<(Duration, Submission)>) {
    let span = SUBMITTING.as_secs_f64();
    let first = moment(rng, 0.0, span);
    let times = if rng.random_bool(0.1) { rng.random_range(2..=4) } else { 1 };
    for _ in 1..times {
        all.push((moment(rng, 0.0, span), Submission::Request(wanted.clone())));
    }
    if sample.is_none() && wanted.id.is_some() && rng.random_bool(0.03) {
        let other = Wanted { query: "?conflict".to_owned(), ..wanted.clone() };
        all.push((moment(rng, 0.0, span), Submission::Request(other)));
    }
    let keys = [None, Some("a key of their own")];
    let foreign = rng.random_bool(0.1).then(|| keys[rng.random_range(0..keys.len())]);
    all.push((first, foreign.map_or(Submission::Request(wanted.clone()), |key| Submission::Foreign(wanted, key))));
}
