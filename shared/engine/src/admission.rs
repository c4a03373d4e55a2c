//! The one gate: which submission starts a run.
//!
//! For each partition of the first stage that this process owns, the latest state per invoice id. Kafka has no
//! compare-and-set; one reader per partition that decides in offset order is ours. The index is filled from the same
//! partition of `invoices.status` before the first record is handed out, and follows it from then on.

use contract::{State, Status};
use std::collections::HashMap;

/// The latest states of the ids of one partition.
#[derive(Debug, Clone, Default)]
pub struct Index {
    entries: HashMap<u128, Entry>,
}

/// What is known of an invoice id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    url_hash: u64,
    run: u32,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// On its way, or handed out by this process a moment ago.
    Running,
    /// Ended in a dead letter; a new submission starts the next run.
    Dead,
    /// Ended in a dead letter that a person must look at; only a command starts the next run.
    Review,
    /// Ended for good: posted, discarded, cancelled or erased.
    Closed,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It starts this run.
    Run(u32),
    /// The invoice is on its way or has ended; the submitter gets that run's result.
    Duplicate,
    /// The id belongs to another URL.
    Conflict,
    /// The invoice seems to be running; whether it still is must be read first.
    ReadStatusFirst,
}

/// What becomes of a command about an ended run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandVerdict {
    /// The dead letter is the latest state. `url_hash` is the invoice's.
    Accept {
        url_hash: u64,
    },
    /// The run is not the latest, or has not ended in a dead letter, or somebody was faster.
    Stale,
    ReadStatusFirst,
}

impl Index {
    /// Takes over a status record that was read. Older runs than the one known are ignored.
    pub fn read(&mut self, id: u128, status: &Status) {
        let known = self.entries.get(&id);
        if known.is_some_and(|entry| entry.run > status.run) {
            return;
        }
        let url_hash = known.map_or_else(|| parse_url_hash(&status.url_hash), |entry| entry.url_hash);
        let phase = match status.state {
            State::Running | State::Retrying | State::Parked => Phase::Running,
            State::Dead => Phase::Dead,
            State::Review => Phase::Review,
            State::Posted | State::Discarded | State::Cancelled | State::Erased => Phase::Closed,
        };
        self.entries.insert(id, Entry { url_hash, run: status.run, phase });
    }

    /// Decides a request. `fresh`: the status was read to its end after the request was received.
    /// A run that it starts is taken at once, so that the next record of the same id finds it.
    pub fn request(&mut self, id: u128, url_hash: u64, fresh: bool) -> Verdict {
        let run = match self.entries.get(&id) {
            None => 1,
            Some(entry) if entry.url_hash != url_hash => return Verdict::Conflict,
            Some(Entry { phase: Phase::Running, .. }) if !fresh => return Verdict::ReadStatusFirst,
            Some(Entry { phase: Phase::Dead, run, .. }) => run + 1,
            Some(_) => return Verdict::Duplicate,
        };
        self.entries.insert(id, Entry { url_hash, run, phase: Phase::Running });
        Verdict::Run(run)
    }

    /// Decides a command that replays (`true`) or discards (`false`) the dead letter of `run`.
    pub fn command(&mut self, id: u128, run: u32, replay: bool, fresh: bool) -> CommandVerdict {
        let Some(entry) = self.entries.get_mut(&id) else { return CommandVerdict::Stale };
        match entry.phase {
            Phase::Running if !fresh => CommandVerdict::ReadStatusFirst,
            Phase::Dead | Phase::Review if entry.run == run => {
                if replay {
                    entry.run += 1;
                    entry.phase = Phase::Running;
                } else {
                    entry.phase = Phase::Closed;
                }
                CommandVerdict::Accept { url_hash: entry.url_hash }
            }
            _ => CommandVerdict::Stale,
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The number behind the 16 hex digits of a URL hash; 0 for what is not one.
#[must_use]
pub fn parse_url_hash(text: &str) -> u64 {
    u64::from_str_radix(text, 16).unwrap_or(0)
}

/// The 16 hex digits of a URL hash.
#[must_use]
pub fn url_hash_text(hash: u64) -> String {
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Stage;

    const ID: u128 = 1;
    const URL: u64 = 0xabc;

    fn status(run: u32, state: State) -> Status {
        Status {
            run,
            stage: Stage::LlmStructure,
            state,
            attempt: 1,
            at_ms: 0,
            due_ms: None,
            code: None,
            url_hash: url_hash_text(URL),
            bill: None,
            cost_usd: None,
        }
    }

    fn index_in(state: State) -> Index {
        let mut index = Index::default();
        index.read(ID, &status(3, state));
        index
    }

    #[test]
    fn what_becomes_of_a_request_by_the_latest_state() {
        assert_eq!(Index::default().request(ID, URL, false), Verdict::Run(1));
        for state in [State::Running, State::Retrying, State::Parked] {
            assert_eq!(index_in(state).request(ID, URL, false), Verdict::ReadStatusFirst, "{state:?}");
            assert_eq!(index_in(state).request(ID, URL, true), Verdict::Duplicate, "{state:?}");
        }
        assert_eq!(index_in(State::Dead).request(ID, URL, false), Verdict::Run(4));
        for state in [State::Posted, State::Review, State::Discarded, State::Cancelled, State::Erased] {
            assert_eq!(index_in(state).request(ID, URL, false), Verdict::Duplicate, "{state:?}");
        }
    }

    #[test]
    fn the_same_id_with_another_url_is_a_conflict_in_every_state() {
        for state in [State::Running, State::Dead, State::Posted, State::Review] {
            assert_eq!(index_in(state).request(ID, URL + 1, false), Verdict::Conflict, "{state:?}");
        }
    }

    #[test]
    fn a_run_is_taken_when_it_is_handed_out() {
        let mut index = Index::default();
        assert_eq!(index.request(ID, URL, false), Verdict::Run(1));
        assert_eq!(index.request(ID, URL, true), Verdict::Duplicate);
        assert_eq!(index.request(ID, URL + 1, true), Verdict::Conflict);
    }

    #[test]
    fn of_two_replays_and_a_resubmission_one_starts_a_run() {
        let mut index = index_in(State::Dead);
        assert_eq!(index.command(ID, 3, true, false), CommandVerdict::Accept { url_hash: URL });
        assert_eq!(index.command(ID, 3, true, true), CommandVerdict::Stale);
        assert_eq!(index.request(ID, URL, true), Verdict::Duplicate);
        let mut index = index_in(State::Dead);
        assert_eq!(index.request(ID, URL, true), Verdict::Run(4));
        assert_eq!(index.command(ID, 3, true, true), CommandVerdict::Stale);
    }

    #[test]
    fn a_command_about_what_has_not_ended_or_is_unknown_is_stale() {
        assert_eq!(Index::default().command(ID, 1, true, true), CommandVerdict::Stale);
        assert_eq!(index_in(State::Running).command(ID, 3, true, false), CommandVerdict::ReadStatusFirst);
        for state in [State::Running, State::Posted, State::Discarded] {
            assert_eq!(index_in(state).command(ID, 3, true, true), CommandVerdict::Stale, "{state:?}");
        }
        assert_eq!(index_in(State::Dead).command(ID, 2, true, true), CommandVerdict::Stale);
    }

    #[test]
    fn a_discarded_dead_letter_is_neither_replayed_nor_resubmitted() {
        let mut index = index_in(State::Review);
        assert_eq!(index.command(ID, 3, false, true), CommandVerdict::Accept { url_hash: URL });
        assert_eq!(index.command(ID, 3, true, true), CommandVerdict::Stale);
        assert_eq!(index.request(ID, URL, true), Verdict::Duplicate);
    }

    #[test]
    fn a_late_status_of_an_earlier_run_changes_nothing() {
        let mut index = index_in(State::Dead);
        assert_eq!(index.request(ID, URL, false), Verdict::Run(4));
        index.read(ID, &status(3, State::Dead));
        assert_eq!(index.request(ID, URL, true), Verdict::Duplicate);
    }
}
