//! Which statuses lie on another partition than their keys say, and where they belong; pure.

use crate::read::Record;
use bytes::Bytes;
use contract::{Status, partition};
use std::collections::{BTreeMap, HashMap};

/// A status that lies where nobody looks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) key: Bytes,
    pub(super) to: i32,
    /// `None` when a newer one is already there.
    pub(super) copy: Option<Bytes>,
    /// Where it is to be struck out.
    pub(super) from: Vec<i32>,
}

/// How new a status is: its run, then when it was written.
type Age = (u32, i64);

/// Reads a status topic, each partition in its order. Values of statuses that lie well are not kept.
#[derive(Debug)]
pub(super) struct Moves {
    partitions: i32,
    well: HashMap<Bytes, Age>,
    astray: BTreeMap<Bytes, BTreeMap<i32, (Age, Bytes)>>,
}

impl Moves {
    pub(super) fn new(partitions: i32) -> Self {
        Self { partitions, well: HashMap::new(), astray: BTreeMap::new() }
    }

    pub(super) fn read(&mut self, record: Record) {
        let Some(key) = record.key else { return };
        let well = partition::of_key(&key, self.partitions) == record.partition;
        match record.value {
            Some(value) if well => {
                self.well.insert(key, age(&value));
            }
            Some(value) => {
                self.astray.entry(key).or_default().insert(record.partition, (age(&value), value));
            }
            None if well => {
                self.well.remove(&key);
            }
            None => {
                let found = self.astray.get_mut(&key);
                if let Some(found) = found {
                    found.remove(&record.partition);
                }
            }
        }
    }

    /// Of several statuses of one invoice, the newest is kept.
    pub(super) fn finish(self) -> Vec<Move> {
        let Self { partitions, well, astray } = self;
        let found = astray.into_iter().filter_map(|(key, found)| {
            let newest = found.values().max_by_key(|(age, _)| *age)?.clone();
            let copy = well.get(&key).is_none_or(|there| newest.0 > *there).then_some(newest.1);
            Some(Move { to: partition::of_key(&key, partitions), copy, from: found.into_keys().collect(), key })
        });
        found.collect()
    }
}

/// What is of another version is the oldest, and moves along.
fn age(value: &[u8]) -> Age {
    serde_json::from_slice::<Status>(value).map_or((0, 0), |status| (status.run, status.at_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Headers;

    const ID: &str = "A-1";

    fn record(partition: i32, run: Option<u32>) -> Record {
        let status = |run| {
            format!(
                r#"{{"run":{run},"stage":"post-to-zoho","state":"posted","attempt":1,"at_ms":{run},"url_hash":"0"}}"#
            )
        };
        Record {
            topic: "status".to_owned(),
            partition,
            offset: 0,
            timestamp_ms: 0,
            key: Some(Bytes::from_static(ID.as_bytes())),
            value: run.map(|run| status(run).into()),
            headers: Headers::default(),
        }
    }

    fn home() -> i32 {
        partition::of_key(ID.as_bytes(), 8)
    }

    fn moves(records: impl IntoIterator<Item = Record>) -> Vec<Move> {
        let mut moves = Moves::new(8);
        records.into_iter().for_each(|record| moves.read(record));
        moves.finish()
    }

    #[test]
    fn a_status_that_lies_well_stays_and_one_that_does_not_moves_with_its_latest_value() {
        let elsewhere = (home() + 4) % 8;
        assert!(moves([record(home(), Some(1))]).is_empty());
        let found = moves([record(elsewhere, Some(1)), record(elsewhere, Some(2))]);
        assert_eq!((found.len(), found[0].to, &found[0].from), (1, home(), &vec![elsewhere]));
        assert_eq!(found[0].copy, record(0, Some(2)).value);
    }

    #[test]
    fn what_was_moved_before_is_not_moved_again() {
        let elsewhere = (home() + 4) % 8;
        assert!(moves([record(elsewhere, Some(1)), record(home(), Some(1)), record(elsewhere, None)]).is_empty());
    }

    #[test]
    fn an_interrupted_move_is_finished_and_a_newer_status_is_never_overwritten() {
        let elsewhere = (home() + 4) % 8;
        let found = moves([record(elsewhere, Some(1)), record(home(), Some(2))]);
        assert_eq!((&found[0].copy, &found[0].from), (&None, &vec![elsewhere]));
        let found = moves([record(elsewhere, Some(3)), record(home(), Some(2))]);
        assert_eq!(found[0].copy, record(0, Some(3)).value);
    }
}
