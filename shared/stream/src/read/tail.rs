//! A topic that is followed from where a reader left off: in batches, with a word when its end is reached.
//!
//! Invariant: what is handed out begins with the record that was read last, or nothing is handed out. An offset alone does not
//! say that the topic is still the same.

use super::source::{Source, Step};
use super::{Error, Record};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// A batch is handed on when it has this many records, this many bytes, or when no record is waiting.
const MOST_RECORDS: usize = 2_000;
const MOST_BYTES: usize = 1 << 20;

/// Batches that wait to be taken.
const AHEAD: usize = 2;

/// How soon the thread notices that nobody reads any more.
const POLL: Duration = Duration::from_millis(100);

/// How often is asked whether the topic has more partitions.
const LOOK_FOR_PARTITIONS: Duration = Duration::from_secs(30);

/// A topic without end. Dropping it ends the reading.
pub struct Tail {
    batches: mpsc::Receiver<Result<Batch, Error>>,
}

/// Records in the order of their partitions.
#[derive(Debug, Default)]
pub struct Batch {
    pub records: Vec<Record>,
    /// With these records, every partition has been read to its end once.
    pub is_at_end: bool,
}

impl Tail {
    pub(super) fn start(source: Source, last: BTreeMap<i32, i64>) -> Self {
        let (sender, batches) = mpsc::channel(AHEAD);
        let reading = Reading { behind: source.partitions().collect(), source, last };
        thread::spawn(move || reading.run(&sender));
        Self { batches }
    }

    /// The next batch. After an error comes nothing more.
    ///
    /// # Errors
    /// When the reading fails, when a record that was read last is not there any more ([`Error::Moved`]), and when the topic has
    /// got more partitions ([`Error::Grown`]).
    pub async fn next(&mut self) -> Option<Result<Batch, Error>> {
        self.batches.recv().await
    }
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail").finish_non_exhaustive()
    }
}

/// The thread's side.
struct Reading {
    source: Source,
    /// The records that must come first, of partitions that nothing has come from yet.
    last: BTreeMap<i32, i64>,
    /// Partitions that were not read to their end yet.
    behind: BTreeSet<i32>,
}

impl Reading {
    fn run(mut self, sender: &mpsc::Sender<Result<Batch, Error>>) {
        let mut looked = Instant::now();
        while !sender.is_closed() {
            let mut batch = self.gather();
            if batch.is_ok() && looked.elapsed() > LOOK_FOR_PARTITIONS {
                looked = Instant::now();
                batch = self.look_for_partitions().and(batch);
            }
            let is_last = batch.is_err();
            let is_empty = batch.as_ref().is_ok_and(|batch| batch.records.is_empty() && !batch.is_at_end);
            if !is_empty && sender.blocking_send(batch).is_err() || is_last {
                return;
            }
        }
    }

    /// What there is now, or nothing.
    fn gather(&mut self) -> Result<Batch, Error> {
        let (mut batch, mut bytes) = (Batch::default(), 0);
        let mut wait = POLL;
        while batch.records.len() < MOST_RECORDS && bytes < MOST_BYTES {
            match self.source.step(std::mem::take(&mut wait))? {
                Step::Record(record) => {
                    self.expect(record.partition, Some(record.offset))?;
                    bytes += record.value.as_ref().map_or(0, bytes::Bytes::len);
                    batch.records.push(*record);
                }
                Step::AtEnd(partition) => {
                    self.expect(partition, None)?;
                    batch.is_at_end |= self.behind.remove(&partition) && self.behind.is_empty();
                }
                Step::Nothing | Step::End => break,
            }
        }
        Ok(batch)
    }

    /// The first thing that a partition brings must be the record that was read last.
    fn expect(&mut self, partition: i32, found: Option<i64>) -> Result<(), Error> {
        match self.last.remove(&partition) {
            Some(last) if found != Some(last) => Err(Error::Moved { topic: self.source.topic().to_owned() }),
            _ => Ok(()),
        }
    }

    fn look_for_partitions(&self) -> Result<(), Error> {
        // A cluster that does not answer now is heard of elsewhere.
        let Ok(partitions) = self.source.count_now() else { return Ok(()) };
        let known = self.source.partitions().count();
        if usize::try_from(partitions).is_ok_and(|partitions| partitions == known) {
            return Ok(());
        }
        Err(Error::Grown { topic: self.source.topic().to_owned(), partitions })
    }
}
