//! The one gate: which submission starts a run.
//!
//! For each partition of the first stage that this process owns, the latest state per invoice id. Kafka has no
//! compare-and-set; one reader per partition that decides in offset order is ours. The index is filled from the same
//! partition of `invoices.status` before the first record is handed out, and follows it from then on.

use contract::{CommandKind, Stage, State, Status};
use std::collections::HashMap;
use std::fmt;

/// The latest states of the ids of one partition, in at most 48 bytes each, the table's spare places included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    entries: HashMap<Key, Known>,
}

/// 80 bits of an id's fingerprint: among ten million ids the chance that two share them is one in 20 billion.
type Key = [u8; 10];

/// What is known of an invoice id: as much of its latest status as the gate needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    url_hash: UrlHash,
    run: u16,
    phase: Phase,
    /// Where it was by that status.
    stage: Stage,
}

/// The 12 hex digits by which a status tells two URLs of one id apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UrlHash([u8; 6]);

impl UrlHash {
    /// What is not a hash of this version is all zeros, and so conflicts with every URL.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let number = if text.len() == 12 { u64::from_str_radix(text, 16).unwrap_or(0) } else { 0 };
        let [_, _, hash @ ..] = number.to_be_bytes();
        Self(hash)
    }
}

impl fmt::Display for UrlHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn key(fingerprint: u128) -> Key {
    let [key @ .., _, _, _, _, _, _] = fingerprint.to_be_bytes();
    key
}

/// Nobody starts an invoice that often; should it happen, the count stands still.
fn short(run: u32) -> u16 {
    u16::try_from(run).unwrap_or(u16::MAX)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// On its way, or handed out by this process a moment ago.
    Running,
    /// Ended in a dead letter; a new submission starts the next run.
    Dead,
    /// Ended in a dead letter that a person must look at; only a command starts the next run.
    Review,
    /// Ended for good: posted, discarded or cancelled.
    Closed,
    /// Ended for good, and nothing personal is left to erase.
    Erased,
}

impl From<&Status> for Known {
    fn from(status: &Status) -> Self {
        let phase = match status.state {
            State::Running | State::Retrying | State::Parked => Phase::Running,
            State::Dead => Phase::Dead,
            State::Review => Phase::Review,
            State::Posted | State::Discarded | State::Cancelled => Phase::Closed,
            State::Erased => Phase::Erased,
        };
        let Status { run, stage, ref url_hash, .. } = *status;
        Self { url_hash: UrlHash::parse(url_hash), run: short(run), phase, stage }
    }
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

/// What a command asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The next run, of what ended in a dead letter.
    Replay,
    /// No further run, of what ended in a dead letter.
    Discard,
    /// No personal data in the state, of what ended in whatever way.
    Erase,
}

impl From<&CommandKind> for Act {
    fn from(kind: &CommandKind) -> Self {
        match kind {
            CommandKind::Replay { .. } => Self::Replay,
            CommandKind::Discard => Self::Discard,
            CommandKind::Erase => Self::Erase,
        }
    }
}

/// What becomes of a command about an ended run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandVerdict {
    /// The run is the latest and has ended in a way that allows it. `url_hash` is the invoice's, `stage` where it ended.
    Accept {
        url_hash: UrlHash,
        stage: Stage,
    },
    /// The run is not the latest, or has not ended so, or somebody was faster.
    Stale,
    ReadStatusFirst,
}

impl Index {
    /// Takes over a status record that was read. Older runs than the one known are ignored.
    pub fn read(&mut self, id: u128, status: Known) {
        let known = self.entries.get(&key(id));
        if known.is_some_and(|known| known.run > status.run) {
            return;
        }
        let url_hash = known.map_or(status.url_hash, |known| known.url_hash);
        self.entries.insert(key(id), Known { url_hash, ..status });
    }

    /// Decides a request. `fresh`: the status was read to its end after the request was received.
    /// A run that it starts is taken at once, so that the next record of the same id finds it.
    pub fn request(&mut self, id: u128, url_hash: UrlHash, fresh: bool) -> Verdict {
        let run = match self.entries.get(&key(id)) {
            None => 1,
            Some(entry) if entry.url_hash != url_hash => return Verdict::Conflict,
            Some(Known { phase: Phase::Running, .. }) if !fresh => return Verdict::ReadStatusFirst,
            Some(Known { phase: Phase::Dead, run, .. }) => run.saturating_add(1),
            Some(_) => return Verdict::Duplicate,
        };
        self.entries.insert(key(id), Known { url_hash, run, phase: Phase::Running, stage: Stage::FetchExtract });
        Verdict::Run(u32::from(run))
    }

    /// Decides a command about `run`. What it brings about is taken for done, so that the next record of the id finds it.
    pub fn command(&mut self, id: u128, run: u32, act: Act, fresh: bool) -> CommandVerdict {
        let Some(entry) = self.entries.get_mut(&key(id)) else { return CommandVerdict::Stale };
        let (next, run) = match (entry.phase, act) {
            (Phase::Running, _) if !fresh => return CommandVerdict::ReadStatusFirst,
            _ if entry.run != short(run) => return CommandVerdict::Stale,
            (Phase::Dead | Phase::Review, Act::Replay) => (Phase::Running, entry.run.saturating_add(1)),
            (Phase::Dead | Phase::Review, Act::Discard) => (Phase::Closed, entry.run),
            (Phase::Dead | Phase::Review | Phase::Closed, Act::Erase) => (Phase::Erased, entry.run),
            _ => return CommandVerdict::Stale,
        };
        (entry.phase, entry.run) = (next, run);
        CommandVerdict::Accept { url_hash: entry.url_hash, stage: entry.stage }
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

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Stage;

    const ID: u128 = 1 << 100;
    const URL: UrlHash = UrlHash([0, 0, 0, 0, 0xa, 0xbc]);
    const OTHER: UrlHash = UrlHash([0, 0, 0, 0, 0xa, 0xbd]);
    const ACCEPTED: CommandVerdict = CommandVerdict::Accept { url_hash: URL, stage: Stage::LlmStructure };

    #[test]
    fn an_id_takes_at_most_48_bytes() {
        // A table of this kind keeps a byte per place, and after it has doubled 7 of 16 places are taken.
        let place = size_of::<(Key, Known)>() + 1;
        assert!(place * 16 <= 48 * 7, "{place} bytes a place");
    }

    #[test]
    fn a_url_hash_is_written_as_it_was_read() {
        for text in ["000000000abc", "fedcba987654"] {
            assert_eq!(UrlHash::parse(text).to_string(), text);
        }
        assert_eq!(UrlHash::parse("another version"), UrlHash::parse("000000000000"));
    }

    fn status(run: u32, state: State) -> Status {
        Status {
            run,
            stage: Stage::LlmStructure,
            state,
            attempt: 1,
            at_ms: 0,
            due_ms: None,
            code: None,
            url_hash: URL.to_string(),
            bill: None,
            cost_usd: None,
            model: None,
        }
    }

    fn index_in(state: State) -> Index {
        let mut index = Index::default();
        index.read(ID, Known::from(&status(3, state)));
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
            assert_eq!(index_in(state).request(ID, OTHER, false), Verdict::Conflict, "{state:?}");
        }
    }

    #[test]
    fn a_run_is_taken_when_it_is_handed_out() {
        let mut index = Index::default();
        assert_eq!(index.request(ID, URL, false), Verdict::Run(1));
        assert_eq!(index.request(ID, URL, true), Verdict::Duplicate);
        assert_eq!(index.request(ID, OTHER, true), Verdict::Conflict);
    }

    #[test]
    fn of_two_replays_and_a_resubmission_one_starts_a_run() {
        let mut index = index_in(State::Dead);
        assert_eq!(index.command(ID, 3, Act::Replay, false), ACCEPTED);
        assert_eq!(index.command(ID, 3, Act::Replay, true), CommandVerdict::Stale);
        assert_eq!(index.request(ID, URL, true), Verdict::Duplicate);
        let mut index = index_in(State::Dead);
        assert_eq!(index.request(ID, URL, true), Verdict::Run(4));
        assert_eq!(index.command(ID, 3, Act::Replay, true), CommandVerdict::Stale);
    }

    #[test]
    fn a_command_about_what_has_not_ended_or_is_unknown_is_stale() {
        assert_eq!(Index::default().command(ID, 1, Act::Replay, true), CommandVerdict::Stale);
        assert_eq!(index_in(State::Running).command(ID, 3, Act::Replay, false), CommandVerdict::ReadStatusFirst);
        for state in [State::Running, State::Posted, State::Discarded] {
            assert_eq!(index_in(state).command(ID, 3, Act::Replay, true), CommandVerdict::Stale, "{state:?}");
        }
        assert_eq!(index_in(State::Dead).command(ID, 2, Act::Replay, true), CommandVerdict::Stale);
    }

    #[test]
    fn a_discarded_dead_letter_is_neither_replayed_nor_resubmitted() {
        let mut index = index_in(State::Review);
        assert_eq!(index.command(ID, 3, Act::Discard, true), ACCEPTED);
        assert_eq!(index.command(ID, 3, Act::Replay, true), CommandVerdict::Stale);
        assert_eq!(index.request(ID, URL, true), Verdict::Duplicate);
    }

    #[test]
    fn what_has_ended_in_whatever_way_is_erased_once_and_its_id_stays_taken() {
        for state in [State::Posted, State::Dead, State::Review, State::Discarded, State::Cancelled] {
            let mut index = index_in(state);
            assert_eq!(index.command(ID, 2, Act::Erase, true), CommandVerdict::Stale, "{state:?}: an earlier run");
            assert_eq!(index.command(ID, 3, Act::Erase, false), ACCEPTED, "{state:?}");
            for act in [Act::Replay, Act::Discard, Act::Erase] {
                assert_eq!(index.command(ID, 3, act, true), CommandVerdict::Stale, "{state:?} {act:?}");
            }
            assert_eq!(index.request(ID, URL, true), Verdict::Duplicate, "{state:?}");
            assert_eq!(index.request(ID, OTHER, true), Verdict::Conflict, "{state:?}");
        }
        assert_eq!(index_in(State::Erased).command(ID, 3, Act::Erase, true), CommandVerdict::Stale);
    }

    #[test]
    fn what_is_on_its_way_is_not_erased() {
        for state in [State::Running, State::Retrying, State::Parked] {
            assert_eq!(index_in(state).command(ID, 3, Act::Erase, false), CommandVerdict::ReadStatusFirst, "{state:?}");
            assert_eq!(index_in(state).command(ID, 3, Act::Erase, true), CommandVerdict::Stale, "{state:?}");
        }
    }

    #[test]
    fn a_late_status_of_an_earlier_run_changes_nothing() {
        let mut index = index_in(State::Dead);
        assert_eq!(index.request(ID, URL, false), Verdict::Run(4));
        index.read(ID, Known::from(&status(3, State::Dead)));
        assert_eq!(index.request(ID, URL, true), Verdict::Duplicate);
    }
}
