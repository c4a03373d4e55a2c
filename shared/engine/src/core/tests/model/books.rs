//! What the world knows to be true, and the laws that it holds every commit against.

use super::broker::{At, Broker, Place};
use crate::core::{Batch, Outcome, Pending};
use crate::offset_map;
use crate::record::Source;
use crate::settle::Exit;
use contract::{Class, Stage, State, Status};
use std::collections::{BTreeMap, BTreeSet};

/// What must never happen, by the promise that it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Law {
    /// An offset is committed only with the outputs of its record, and outputs only with the offset.
    Commit,
    /// Each record is settled at most once, and each invoice is in one place.
    Once,
    /// A committed position never moves backwards.
    Forwards,
    /// A handler that has answered is not run again by the process that has its answer, if it holds the lease.
    OncePaid,
    /// Nothing of a partition is committed after it was lost.
    Ownership,
    /// Nothing new is started on a partition that was revoked.
    Drain,
    /// A dead letter never ends an attempt with its effect in doubt before the last one allowed.
    Doubt,
    /// While the stage is paused, nothing is started.
    Pause,
    /// A run starts only where there is none yet, or where the one before has ended in a dead letter.
    OneRun,
}

/// The whole truth about a world's records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Books {
    settled: BTreeMap<At, Exit>,
    /// Runs of invoices of which an attempt was settled as a retry with its effect in doubt.
    doubted: BTreeSet<(String, u32)>,
    /// How many ends each invoice has come to.
    ended: BTreeMap<String, u32>,
}

impl Books {
    pub(super) fn is_settled(&self, at: At) -> bool {
        self.settled.contains_key(&at)
    }

    /// Enters a settlement whose outputs were committed.
    pub(super) fn enter(&mut self, one: &Pending, allowed_in_doubt: u32) -> Result<(), Law> {
        let at = (one.partition, one.record.offset);
        if self.settled.insert(at, one.settlement.exit).is_some() {
            return Err(Law::Once);
        }
        if let Some(passage) = &one.passage {
            let id = passage.invoice_id.to_string();
            let run = (id.clone(), passage.run);
            let error = failure(one);
            let doubt = error.is_some_and(|error| error.in_doubt);
            match one.settlement.exit {
                Exit::Retried if doubt => drop(self.doubted.insert(run)),
                Exit::DeadLettered => {
                    let open = (doubt || self.doubted.contains(&run))
                        && error.is_some_and(|error| matches!(error.class, Class::Transient | Class::Unavailable));
                    if open && passage.attempt < allowed_in_doubt {
                        return Err(Law::Doubt);
                    }
                }
                _ => {}
            }
            if matches!(one.settlement.exit, Exit::Forwarded | Exit::DeadLettered) {
                *self.ended.entry(id).or_default() += 1;
            }
        }
        Ok(())
    }
}

fn failure(one: &Pending) -> Option<&crate::failure::StageError> {
    match &one.outcome {
        Some(Outcome::Failed(error)) => Some(error),
        _ => None,
    }
}

/// What a settlement at the gate may say of its invoice's status, given the latest one.
pub(super) fn may_start(one: &Pending, written: Option<&Status>, latest: Option<(u32, State)>) -> Result<(), Law> {
    let Some(written) = written else { return Ok(()) };
    let follows_dead = latest == written.run.checked_sub(1).map(|before| (before, State::Dead));
    let follows_review = latest == written.run.checked_sub(1).map(|before| (before, State::Review));
    let allowed = match (one.settlement.exit, written.state) {
        (Exit::CommandAccepted, State::Discarded) => {
            latest.is_some_and(|(run, state)| run == written.run && matches!(state, State::Dead | State::Review))
        }
        (Exit::CommandAccepted, State::Erased) => {
            latest.is_some_and(|(run, state)| run == written.run && state.is_terminal() && state != State::Erased)
        }
        (Exit::CommandAccepted, _) => follows_dead || follows_review,
        _ => (latest.is_none() && written.run == 1) || follows_dead,
    };
    if allowed { Ok(()) } else { Err(Law::OneRun) }
}

/// Whether what is committed covers exactly the records that are settled, and each invoice is in one place.
pub(super) fn audit(broker: &Broker, stage: Stage) -> Result<(), Law> {
    for (id, log) in &broker.logs {
        let (position, metadata) = &broker.committed[id];
        let finished = offset_map::decode(*position, metadata).unwrap_or_default();
        for (offset, _) in (0_i64..).zip(log).filter(|(_, place)| matches!(place, Place::Record(_))) {
            let covered = offset < *position || finished.contains(&offset);
            if covered != broker.books.is_settled((*id, offset)) {
                return Err(Law::Commit);
            }
        }
    }
    // At the gate many records ask for one invoice.
    if stage == Stage::FetchExtract { Ok(()) } else { each_in_one_place(broker) }
}

fn each_in_one_place(broker: &Broker) -> Result<(), Law> {
    let mut places = broker.books.ended.clone();
    for (id, log) in &broker.logs {
        for (offset, place) in (0_i64..).zip(log) {
            if let Place::Record(copy) = place {
                *places.entry(copy.key.clone()).or_default() += u32::from(!broker.books.is_settled((*id, offset)));
            }
        }
    }
    if places.values().all(|count| *count == 1) { Ok(()) } else { Err(Law::Once) }
}

/// Whether the transaction says something that only the gate may say.
pub(super) fn passes_gate(batch: &Batch, stage: Stage) -> impl Iterator<Item = &Pending> {
    batch.pending.iter().filter(move |one| stage == Stage::FetchExtract && one.partition.0 == Source::Main)
}
