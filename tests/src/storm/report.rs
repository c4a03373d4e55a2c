//! What a storm leaves: one line when all is well, and everything there is to know when not.

use super::director::Hits;
use super::plan::Plan;
use crate::audit::{Evidence, Figures};
use local::layout;
use std::fmt;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use stream::read::Record;

/// The outcome of one seed.
#[derive(Debug, Clone)]
pub struct Report {
    pub seed: u64,
    pub figures: Figures,
    pub hits: Hits,
    /// Generations of all consumer groups.
    pub rebalances: usize,
    pub took: Duration,
    /// What is wrong, one sentence each.
    pub wrong: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, figures, hits, rebalances, took, wrong: _ } = self;
        write!(f, "seed {seed}: {}, {:.1} s", Line(figures, hits, *rebalances), took.as_secs_f64())
    }
}

/// The sum over several seeds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Total {
    seeds: usize,
    figures: Figures,
    hits: Hits,
    rebalances: usize,
    took: Duration,
}

impl Total {
    pub fn add(&mut self, report: &Report) {
        self.seeds += 1;
        self.rebalances += report.rebalances;
        self.took += report.took;
        let (sum, one) = (&mut self.figures, &report.figures);
        sum.invoices += one.invoices;
        sum.bills += one.bills;
        sum.dead_letters += one.dead_letters;
        sum.duplicates += one.duplicates;
        sum.commands_accepted += one.commands_accepted;
        sum.commands_stale += one.commands_stale;
        sum.repeated_answers += one.repeated_answers;
        let (sum, one) = (&mut self.hits, &report.hits);
        sum.kills += one.kills;
        sum.stops += one.stops;
        sum.cuts += one.cuts;
        sum.answers_at_risk += one.answers_at_risk;
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seeds, figures, hits, rebalances, took } = self;
        let line = Line(figures, hits, *rebalances);
        write!(f, "{seeds} seeds: {line}, {:.0} s; 0 lost, 0 duplicate bills", took.as_secs_f64())
    }
}

struct Line<'a>(&'a Figures, &'a Hits, usize);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(figures, hits, rebalances) = self;
        write!(
            f,
            "{} invoices, {} bills, {} dead letters, {} duplicates, {} commands accepted and {} stale, {} kills, \
             {} stops, {} cuts, {rebalances} rebalances, {} LLM answers repeated of {} at risk",
            figures.invoices,
            figures.bills,
            figures.dead_letters,
            figures.duplicates,
            figures.commands_accepted,
            figures.commands_stale,
            hits.kills,
            hits.stops,
            hits.cuts,
            figures.repeated_answers,
            hits.answers_at_risk,
        )
    }
}

/// The folder of a seed's broker, logs and ledger; it stays when the storm fails.
#[derive(Debug)]
pub(super) struct Home(PathBuf);

impl Home {
    pub(super) fn make(seed: u64) -> Self {
        let path = layout::target().join("storm").join(format!("seed-{seed}"));
        if path.exists() {
            std::fs::remove_dir_all(&path).expect("the folder of an earlier storm can be removed");
        }
        std::fs::create_dir_all(&path).expect("a folder for the storm can be made");
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn remove(self) {
        std::fs::remove_dir_all(self.0).expect("the folder of the storm can be removed");
    }
}

/// Writes what happened, for whoever looks into a failure.
pub(super) fn write_ledger(home: &Path, plan: &Plan, story: &[String], report: &Report, evidence: &Evidence) {
    let mut text = format!("{report}\n\nwrong:\n");
    for sentence in &report.wrong {
        text.push_str(&format!("  {sentence}\n"));
    }
    text.push_str("\nstrikes as they fell:\n");
    story.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    text.push_str(&format!("\nplan: {plan:#?}\n"));
    write(home, "ledger.txt", &text);
    let events = evidence.events.iter().map(|event| serde_json::to_string(event).expect("an event is JSON"));
    write(home, "history.jsonl", &events.collect::<Vec<_>>().join("\n"));
    let mut states = String::new();
    for (id, status) in evidence.statuses.iter().flat_map(|(id, all)| all.iter().map(move |status| (id, status))) {
        _ = writeln!(states, "{id} {}", serde_json::to_string(status).expect("a status is JSON"));
    }
    write(home, "status.txt", &states);
    let mut records: Vec<&Record> =
        evidence.records.values().chain(&evidence.letters).chain(&evidence.posted).collect();
    records.sort_by_key(|record| (record.timestamp_ms, &record.topic, record.partition, record.offset));
    let lines = records.into_iter().map(|record| format!("{} {:?}", record.coordinates(), record.headers));
    write(home, "records.txt", &lines.collect::<Vec<_>>().join("\n"));
}

fn write(home: &Path, name: &str, text: &str) {
    std::fs::write(home.join(name), text).expect("the ledger can be written");
}
