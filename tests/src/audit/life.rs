//! The life of each invoice as the history tells it: which runs started, how each ended.

use super::evidence::{Evidence, submission};
use contract::history::EventKind;
use contract::{CommandKind, HistoryEvent, InvoiceId, Stage, Submission};
use std::collections::BTreeMap;

/// What a rejected record's events are keyed with; they belong to no invoice.
const REJECTED: &str = "rejected:";

/// All invoices that a run was started for, or that seem so.
#[derive(Debug)]
pub(super) struct Lives(pub(super) BTreeMap<InvoiceId, Life>);

#[derive(Debug, Default)]
pub(super) struct Life {
    /// Run, and how often it was started.
    pub(super) starts: BTreeMap<u32, usize>,
    /// Run, and every end it had.
    pub(super) ends: BTreeMap<u32, Vec<End>>,
    /// Runs whose dead letter was closed.
    pub(super) discarded: Vec<u32>,
    /// Runs whose state lost its personal data.
    pub(super) erased: Vec<u32>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Posted,
    DeadLetter,
}

impl Lives {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let mut lives: BTreeMap<InvoiceId, Life> = BTreeMap::new();
        for event in &evidence.events {
            if event.invoice_id.as_str().starts_with(REJECTED) {
                continue;
            }
            if let Some(turn) = Turn::of(event, evidence) {
                lives.entry(event.invoice_id.clone()).or_default().take(event.run, turn);
            }
            if let Some(end) = end(event) {
                let life = lives.entry(event.invoice_id.clone()).or_default();
                life.ends.entry(event.run).or_default().push(end);
            }
        }
        Self(lives)
    }

    pub(super) fn started(&self) -> usize {
        self.0.values().filter(|life| !life.starts.is_empty()).count()
    }
}

impl Life {
    pub(super) fn last_run(&self) -> u32 {
        let last = |runs: Option<&u32>| runs.copied().unwrap_or(0);
        last(self.starts.keys().next_back()).max(last(self.ends.keys().next_back()))
    }

    fn take(&mut self, run: u32, turn: Turn) {
        match turn {
            Turn::Start => *self.starts.entry(run).or_default() += 1,
            Turn::Discard => self.discarded.push(run),
            Turn::Erase => self.erased.push(run),
        }
    }
}

/// What the gate decided.
#[derive(Clone, Copy)]
enum Turn {
    Start,
    Discard,
    Erase,
}

impl Turn {
    fn of(event: &HistoryEvent, evidence: &Evidence) -> Option<Self> {
        let record = evidence.records.get(&event.record)?;
        if record.topic != evidence.topics.main(Stage::FetchExtract) {
            return None;
        }
        match (submission(record)?, event.kind) {
            (Submission::Request(_), EventKind::Forwarded | EventKind::Retried | EventKind::DeadLettered) => {
                Some(Self::Start)
            }
            (Submission::Command(command), kind) => match (command.command, kind) {
                (CommandKind::Replay { .. }, EventKind::CommandAccepted) => Some(Self::Start),
                (CommandKind::Discard, EventKind::CommandAccepted) => Some(Self::Discard),
                (CommandKind::Erase, EventKind::Erased) => Some(Self::Erase),
                _ => None,
            },
            _ => None,
        }
    }
}

fn end(event: &HistoryEvent) -> Option<End> {
    match (event.kind, event.stage) {
        (EventKind::Forwarded, Stage::PostToZoho) => Some(End::Posted),
        (EventKind::DeadLettered, _) => Some(End::DeadLetter),
        _ => None,
    }
}
