//! A reader's records as they come, from a thread of their own: librdkafka's calls block.

use super::source::{Source, Step};
use super::{Error, Record};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::sync::mpsc;

/// Records that wait to be taken; with records of a megabyte it is the memory a slow taker costs.
const AHEAD: usize = 32;

/// How soon the thread notices that nobody reads any more.
const POLL: Duration = Duration::from_millis(100);

/// Records in the order of their partitions. Dropping it ends the reading.
pub struct Feed {
    records: mpsc::Receiver<Result<Record, Error>>,
    progress: Arc<Mutex<Progress>>,
}

/// How far a reading is, in offsets. Without a set end, `total` means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

impl Feed {
    pub(super) fn start(mut source: Source) -> Self {
        let (sender, records) = mpsc::channel(AHEAD);
        let progress = Arc::new(Mutex::new(source.progress()));
        let shared = Arc::clone(&progress);
        thread::spawn(move || {
            while !sender.is_closed() {
                let step = source.step(POLL);
                *shared.lock().unwrap_or_else(PoisonError::into_inner) = source.progress();
                let item = match step {
                    Ok(Step::Record(record)) => Ok(*record),
                    Ok(Step::Nothing | Step::AtEnd(_)) => continue,
                    Ok(Step::End) => break,
                    Err(error) => Err(error),
                };
                let is_last = item.is_err();
                if sender.blocking_send(item).is_err() || is_last {
                    break;
                }
            }
        });
        Self { records, progress }
    }

    /// The next record, or `None` at the end. After an error comes nothing more.
    pub async fn next(&mut self) -> Option<Result<Record, Error>> {
        self.records.recv().await
    }

    /// All records that are left.
    ///
    /// # Errors
    /// When the reading fails before its end.
    pub async fn collect(mut self) -> Result<Vec<Record>, Error> {
        let mut all = Vec::new();
        while let Some(record) = self.next().await {
            all.push(record?);
        }
        Ok(all)
    }

    #[must_use]
    pub fn progress(&self) -> Progress {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("progress", &self.progress()).finish()
    }
}
