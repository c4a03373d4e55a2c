//! Runs: each starts once and ends once, and only a dead letter has a successor.

use super::life::{End, Lives};

/// Runs are numbered from 1 without a gap; each is started by one submission or command and ends in one way.
pub(super) fn every_run_starts_once_and_ends_once(lives: &Lives, wrong: &mut Vec<String>) {
    for (id, life) in &lives.0 {
        for run in 1..=life.last_run() {
            let starts = life.starts.get(&run).copied().unwrap_or(0);
            let ends = life.ends.get(&run).map_or(&[][..], Vec::as_slice);
            if starts != 1 {
                wrong.push(format!("{id}: run {run} was started {starts} times"));
            }
            if ends.len() != 1 {
                wrong.push(format!("{id}: run {run} ended {} times {ends:?}", ends.len()));
            }
        }
    }
}

/// A run after the first follows a dead letter that nobody has closed; closed is only the last one, once, and erased, too.
pub(super) fn a_run_follows_only_a_dead_letter(lives: &Lives, wrong: &mut Vec<String>) {
    for (id, life) in &lives.0 {
        let last = life.last_run();
        let dead = |run: u32| life.ends.get(&run).is_some_and(|ends| ends.contains(&End::DeadLetter));
        for run in (1..last).filter(|run| !dead(*run)) {
            wrong.push(format!("{id}: run {} follows run {run}, which has no dead letter", run + 1));
        }
        match life.discarded[..] {
            [] => {}
            [run] if run == last && dead(run) => {}
            _ => wrong.push(format!("{id}: discarded as runs {:?}, the last run is {last}", life.discarded)),
        }
        match life.erased[..] {
            [] => {}
            [run] if run == last && life.ends.contains_key(&run) => {}
            _ => wrong.push(format!("{id}: erased as runs {:?}, the last run is {last}", life.erased)),
        }
    }
}
