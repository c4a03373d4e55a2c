//! When two states of the core are the same: tokens and batch numbers are names, and the order of a map means nothing.
//!
//! A field that is left out here would let the checker skip states that differ in it, so the core is taken apart
//! completely: a new field does not compile before somebody has thought about it.

use crate::admission::Index;
use crate::core::{Admission, Batch, CommitOutcome, Core, Orphans, Outcome, Partition, PartitionId, Pending, Token};
use crate::failure::StageError;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The same number for states that behave the same.
pub(super) fn of_core(core: &Core) -> u64 {
    let Core {
        stage: _,
        settings: _,
        partition_count: _,
        settler: _,
        rng: _, // Retries are not spread in the model.
        breaker,
        concurrency,
        permits: _, // No limits are set in the model.
        shares_stale: _,
        partitions,
        tasks,
        next_token: _,
        ready,
        delayed,
        suspects,
        held,
        in_air,
        held_bytes,
        overfull,
        unsent,
        unsent_since,
        in_flight,
        next_batch: _,
        abandoned,
        orphans,
        drains,
        shutting_down,
        paused,
        parked: _,              // Only shown.
        unavailable_because: _, // Only shown.
        refused: _,             // Only shown.
        effects,
    } = core;
    assert!(effects.is_empty(), "effects are carried out at once");
    let name = |token: &Token| tasks.get(token).map(|task| (task.partition, task.record.offset));
    let mut state = DefaultHasher::new();
    format!("{breaker:?} {concurrency:?}").hash(&mut state);
    sorted(partitions.iter().map(|(id, one)| (*id, of_partition(one, &name)))).hash(&mut state);
    sorted(tasks.values().map(|task| {
        let at = (task.partition, task.record.offset, task.epoch);
        let passage = task.passage.as_ref().map(|passage| (passage.run, passage.in_doubt));
        (at, print(&task.phase), task.outcome.as_ref().map(of_outcome), passage, task.refusals)
    }))
    .hash(&mut state);
    ready.iter().map(name).collect::<Vec<_>>().hash(&mut state);
    for queue in [delayed, held] {
        let mut waiting = queue.clone();
        let order = std::iter::from_fn(|| waiting.pop_due(i64::MAX)).filter_map(|token| name(&token));
        order.collect::<Vec<_>>().hash(&mut state);
    }
    suspects
        .iter()
        .map(|one| (one.since, one.began, name(&one.token), of_error(&one.error)))
        .collect::<Vec<_>>()
        .hash(&mut state);
    (in_air, held_bytes, overfull, shutting_down, paused).hash(&mut state);
    unsent.iter().map(of_pending).collect::<Vec<_>>().hash(&mut state);
    (!unsent.is_empty()).then_some(unsent_since).hash(&mut state);
    in_flight.as_deref().map(of_batch).hash(&mut state);
    sorted(abandoned.values()).hash(&mut state);
    of_orphans(orphans).hash(&mut state);
    sorted(drains.iter().map(|drain| (drain.source, sorted(&drain.partitions), drain.deadline))).hash(&mut state);
    state.finish()
}

pub(super) fn of_batch(batch: &Batch) -> u64 {
    let Batch { id: _, offsets, pending } = batch;
    let offsets = sorted(offsets.iter().map(|one| (one.partition, one.epoch, one.position, &one.metadata)));
    print(&(offsets, pending.iter().map(of_pending).collect::<Vec<_>>()))
}

pub(super) fn of_commit(outcome: &CommitOutcome) -> String {
    match outcome {
        CommitOutcome::Resolved(found) => {
            let found = sorted(found.iter().map(|(id, at)| (*id, at.position, at.finished.clone())));
            format!("{found:?}")
        }
        other => format!("{other:?}"),
    }
}

fn of_partition(partition: &Partition, name: &impl Fn(&Token) -> Option<(PartitionId, i64)>) -> u64 {
    let Partition {
        epoch,
        window,
        draining,
        paused,
        committed,
        committed_at,
        busy,
        held_bytes,
        uncommitted,
        uncommitted_since: _, // Only shown.
        admission,
    } = partition;
    let names = |tokens: &[Token]| tokens.iter().map(name).collect::<Vec<_>>();
    let admission = match admission {
        Admission::None => None,
        Admission::Restoring { index, waiting } => Some((of_index(index), vec![names(waiting)])),
        Admission::Open { index, reading, waiting } => Some((of_index(index), vec![names(reading), names(waiting)])),
    };
    print(&((epoch, window, draining, paused), (committed, committed_at, busy, uncommitted, held_bytes), admission))
}

/// A world has at most one id, so that the order of the map does not show.
fn of_index(index: &Index) -> String {
    assert!(index.len() <= 1, "the model has one invoice at the gate");
    format!("{index:?}")
}

fn of_pending(one: &Pending) -> u64 {
    let outputs = one.settlement.outputs.iter().map(|output| {
        let headers = &output.headers;
        (&output.topic, &output.key, headers.run, headers.attempt, headers.delay_ms, headers.in_doubt)
    });
    let at = (one.partition, one.record.offset, one.epoch);
    print(&(at, one.settlement.exit, outputs.collect::<Vec<_>>(), one.outcome.as_ref().map(of_outcome)))
}

fn of_orphans(orphans: &Orphans) -> u64 {
    let Orphans { kept, order } = orphans;
    print(&(sorted(kept.iter().map(|(at, outcome)| (*at, of_outcome(outcome)))), order))
}

fn of_outcome(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Done(_) => 0,
        Outcome::Failed(error) => of_error(error),
        Outcome::Undecodable(..) => 1,
    }
}

fn of_error(error: &StageError) -> u64 {
    print(&(error.code.to_string(), error.in_doubt))
}

pub(super) fn print(value: &impl Hash) -> u64 {
    let mut state = DefaultHasher::new();
    value.hash(&mut state);
    state.finish()
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_unstable();
    items
}
