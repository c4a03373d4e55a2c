//! Invoices as a pipeline leaves them after two years: most are posted, some wait for somebody, few vendors have many.

use console::view::{Seen, Source};
use contract::{Headers, Stage};
use serde_json::{Value, json};
use std::collections::VecDeque;
use stream::read::Record;

pub(crate) const START: i64 = 1_730_000_000_000;
/// Between two invoices, in milliseconds.
pub(crate) const STEP: i64 = 60_000;
pub(crate) const PARTITIONS: u64 = 12;
pub(crate) const VENDORS: u64 = 4_000;
pub(crate) const CODES: [&str; 6] = [
    "llm.total_mismatch",
    "fetch.http_404",
    "llm.gstin_checksum",
    "zoho.vendor_unknown",
    "llm.date_unclear",
    "pdf.scan",
];

const FIRST: [&str; 20] = [
    "Kaveri", "Deccan", "Malabar", "Konkan", "Narmada", "Godavari", "Periyar", "Chambal", "Yamuna", "Vindhya",
    "Aravalli", "Sahyadri", "Nilgiri", "Satpura", "Sharma", "Gupta", "Iyer", "Patel", "Reddy", "Mehta",
];
const SECOND: [&str; 20] = [
    "Papers",
    "Steel",
    "Logistics",
    "Foods",
    "Textiles",
    "Chemicals",
    "Tools",
    "Packaging",
    "Electricals",
    "Printers",
    "Cements",
    "Motors",
    "Plastics",
    "Pharma",
    "Furniture",
    "Software",
    "Cables",
    "Glass",
    "Pumps",
    "Paints",
];
const THIRD: [&str; 5] = ["Enterprises", "Industries", "Technologies", "Traders", "Works"];

/// All records of the five topics, interleaved as they come when all are read at once.
pub(crate) struct Data {
    invoices: u64,
    next: u64,
    ready: VecDeque<Seen>,
    ends: [i64; 5 * 12],
}

impl Data {
    pub(crate) fn new(invoices: u64) -> Self {
        Self { invoices, next: 0, ready: VecDeque::new(), ends: [0; 60] }
    }

    fn put(&mut self, source: Source, n: u64, value: &Value) {
        let partition = n % PARTITIONS;
        let index = Source::ALL.iter().position(|known| *known == source).unwrap();
        let end = &mut self.ends[index * 12 + usize::try_from(partition).unwrap()];
        *end += 1;
        let record = record(source, n, *end, value);
        self.ready.push_back(Seen { source, record });
    }

    fn invoice(&mut self, n: u64) {
        let at = at_ms(n);
        let event = |kind: &str, stage: &str, at_ms: i64, cost: Option<&str>| {
            json!({"invoice_id": id(n), "kind": kind, "stage": stage, "run": 1, "attempt": 1, "at_ms": at_ms, "took_ms": 1843,
                "cost_usd": cost, "record": {"topic": format!("invoices.{stage}"), "partition": n % PARTITIONS, "offset": n}})
        };
        self.put(Source::History, n, &event("forwarded", "fetch-extract", at - 9_000, None));
        if let Some(code) = code(n) {
            let mut dead = event("dead_lettered", "llm-structure", at, Some("0.0131"));
            dead["code"] = code.into();
            dead["message"] = "the total is not the sum of the lines: look at it".into();
            self.put(Source::History, n, &dead);
            let letter = json!({"error": {"stage": "llm-structure", "code": code, "class": "review", "run": 1, "attempts": 1,
                "message": "the total is not the sum of the lines: look at it"}, "input": {"text": "line\n".repeat(400)},
                "candidate": {"invoice": {"vendor_name": vendor(n)}}});
            self.put(Source::Letters(Stage::LlmStructure), n, &letter);
        } else {
            self.put(Source::History, n, &event("forwarded", "llm-structure", at - 3_000, Some("0.0127")));
            self.put(Source::History, n, &event("forwarded", "post-to-zoho", at, None));
        }
        self.put(Source::Status, n, &status(n, at));
    }
}

impl Iterator for Data {
    type Item = Seen;

    fn next(&mut self) -> Option<Seen> {
        if self.ready.is_empty() && self.next < self.invoices {
            self.invoice(self.next);
            self.next += 1;
        }
        self.ready.pop_front()
    }
}

/// Further statuses as a running pipeline writes them, of as many invoices from `from` on.
pub(crate) fn changes(from: u64, state: &str, count: usize) -> Vec<Seen> {
    static MADE: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let changed = (0..u64::try_from(count).unwrap()).map(|n| {
        let made = MADE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut status = status(from + n, at_ms(2_000_000) + i64::try_from(made).unwrap());
        if state == "running" {
            status = json!({"run": 1, "stage": "llm-structure", "state": state, "attempt": 1, "at_ms": status["at_ms"],
                "url_hash": "0123456789ab"});
        }
        let offset = i64::MAX / 2 + i64::try_from(made).unwrap();
        Seen { source: Source::Status, record: record(Source::Status, from + n, offset, &status) }
    });
    changed.collect()
}

fn record(source: Source, n: u64, offset: i64, value: &Value) -> Record {
    Record {
        topic: format!("invoices.{}", source.name()),
        partition: i32::try_from(n % PARTITIONS).unwrap(),
        offset,
        timestamp_ms: at_ms(n),
        key: Some(id(n).into_bytes().into()),
        value: Some(value.to_string().into_bytes().into()),
        headers: Headers::default(),
    }
}

fn status(n: u64, at_ms: i64) -> Value {
    let mut status = json!({"run": 1, "stage": "post-to-zoho", "state": "posted", "attempt": 1, "at_ms": at_ms,
        "url_hash": "0123456789ab", "cost_usd": "0.0127", "model": "claude-haiku-4-5"});
    if let Some(code) = code(n) {
        status["stage"] = "llm-structure".into();
        status["state"] = if n.is_multiple_of(2) { "review" } else { "dead" }.into();
        status["code"] = code.into();
    } else if n.is_multiple_of(997) {
        status["state"] = "retrying".into();
        status["due_ms"] = (at_ms + 60_000).into();
    } else {
        status["bill"] = json!({"bill_id": bill_id(n), "bill_number": bill_number(n), "vendor_id": "460000000099001",
            "vendor_name": vendor(n), "currency": "INR", "total": "118000.00", "vendor_by": "gstin",
            "booked_by": ["hsn 4802"], "has_pdf": true});
    }
    status
}

pub(crate) fn at_ms(n: u64) -> i64 {
    START + i64::try_from(n).unwrap() * STEP
}

pub(crate) fn id(n: u64) -> String {
    format!("{:024x}", mixed(n))
}

pub(crate) fn bill_id(n: u64) -> String {
    format!("46000000{:011}", n * 37)
}

pub(crate) fn bill_number(n: u64) -> String {
    format!("INV/{}-{}/{n:07}", 24 + n / 500_000, 25 + n / 500_000)
}

/// Of one in forty.
fn code(n: u64) -> Option<&'static str> {
    mixed(n).is_multiple_of(40).then(|| CODES[usize::try_from(mixed(n) / 40 % 6).unwrap()])
}

/// The first are the most frequent.
pub(crate) fn vendor_of(number: u64) -> String {
    let pick = |words: &[&'static str], number: u64| words[usize::try_from(number).unwrap() % words.len()];
    let kind = pick(&THIRD, number / 400);
    format!("{} {} {kind} {} Private Limited", pick(&FIRST, number), pick(&SECOND, number / 20), rare_word(number))
}

/// A word that only this vendor has.
pub(crate) fn rare_word(number: u64) -> String {
    let letters = (0..6).map(|place| char::from(b'a' + u8::try_from(mixed(number) >> (place * 8) & 15).unwrap()));
    letters.collect::<String>() + &number.to_string()
}

fn vendor(n: u64) -> String {
    let share = mixed(n + 7) % 1_000;
    vendor_of(VENDORS * share * share * share / 1_000_000_000 + mixed(n) % 4)
}

/// Numbers that look like drawn ones, the same each time (splitmix64).
pub(crate) fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
