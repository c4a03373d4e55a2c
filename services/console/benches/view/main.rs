//! What the view costs with a million invoices: making it from the topics, and each kind of question. `make view` prints it.
//!
//! `INVOICES` and `KAFKA` say how many there are in memory and on a broker; `VIEW` names a folder on the disk to be measured.
//! Processor time stands beside time, so that a busy machine can be told from a slow view.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

mod data;
mod kafka;
mod meter;
mod questions;

use console::view::{Place, Seen, View};
use data::Data;
use meter::Meter;
use std::path::Path;

/// As many as the follower hands over together.
const BATCH: usize = 20_000;

fn main() {
    let number = |name: &str, usual| match std::env::var(name) {
        Ok(text) if !text.is_empty() => text.parse().unwrap(),
        _ => usual,
    };
    let (invoices, from_kafka) = (number("INVOICES", 1_000_000), number("KAFKA", 100_000));
    let folder = match std::env::var_os("VIEW") {
        Some(folder) => tempfile::tempdir_in(folder).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    let path = folder.path().join("view.db");
    let view = View::open(&Place::File(path.clone())).unwrap();
    println!("{invoices} invoices");
    rebuild(&view, invoices);
    sizes(&path);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(questions::ask(&view, invoices));
    live(&view, invoices);
    println!("memory {} MB at most", meter::peak_megabytes());
    if from_kafka > 0 {
        println!("{from_kafka} invoices on a broker");
        runtime.block_on(kafka::rebuild(folder.path(), from_kafka));
    }
}

/// Everything from the beginning, as the topics would hand it over.
fn rebuild(view: &View, invoices: u64) {
    let mut data = Data::new(invoices);
    let (mut meter, mut records) = (Meter::default(), 0);
    loop {
        let batch: Vec<Seen> = data.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        records += batch.len();
        meter.time(|| view.apply(batch).unwrap());
    }
    println!("rebuild: {}", meter.rate(records));
    meter.time(|| view.set_caught_up().unwrap());
    println!("rebuild and putting the index in order: {}", meter.rate(records));
}

/// What one more change costs once the view has caught up.
fn live(view: &View, invoices: u64) {
    for (name, end) in [("on their way", "running"), ("that end", "posted"), ("run again that had ended", "running")] {
        for batch in [1, 100] {
            let mut meter = Meter::default();
            let from = if end == "posted" || name.starts_with("on") { invoices } else { invoices / 2 };
            let changes = data::changes(from, end, batch * 20);
            changes.chunks(batch).for_each(|change| {
                meter.time(|| view.apply(change.to_vec()).unwrap());
            });
            println!("invoices {name}, {batch} in a transaction: {}", meter.rate(batch * 20));
        }
    }
}

fn sizes(path: &Path) {
    let bytes = std::fs::metadata(path).unwrap().len();
    println!("file {} MB, memory {} MB at most", bytes >> 20, meter::peak_megabytes());
}
