//! The dead letters of a pipeline, read one by one from Kafka.

use crate::{Ended, Error, Letter, Selection};
use contract::{InvoiceId, Stage, Status, Topics};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use stream::client::ClientSettings;
use stream::read::{self, Feed, Progress, Record};

/// Is told how far the reading of a topic is; `None` when it has been read.
pub type OnProgress = Box<dyn Fn(&str, Option<Progress>) + Send + Sync>;

/// The selected dead letters, open and closed ones.
pub struct Letters {
    kafka: ClientSettings,
    topics: Topics,
    selection: Selection,
    on_progress: OnProgress,
    statuses: HashMap<String, Ended>,
    /// Topics, or the partitions of single ids, that are still to be read.
    left: VecDeque<(Stage, Option<InvoiceId>)>,
    reading: Option<Reading>,
    failures: Failures,
}

/// Letters counted by invoice and code, under a hash of both: there may be millions.
#[derive(Default)]
struct Failures {
    hasher: RandomState,
    counts: HashMap<u64, u32>,
}

impl Failures {
    fn count(&mut self, key: &str, code: &str) -> u32 {
        let count = self.counts.entry(self.hasher.hash_one((key, code))).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

/// A selected letter.
#[derive(Debug)]
pub struct Found {
    pub letter: Letter,
    /// Whether it waits for somebody.
    pub open: bool,
    /// How many runs of its invoice have ended at this stage with its code, this one included, as far as letters are kept.
    pub failures: u32,
}

struct Reading {
    stage: Stage,
    only: Option<InvoiceId>,
    topic: String,
    feed: Feed,
}

impl Letters {
    /// Reads the latest state of each invoice; the letters are read one by one, so that memory does not grow with them.
    ///
    /// # Errors
    /// When a topic does not exist or the cluster does not answer.
    pub async fn open(
        kafka: &ClientSettings,
        topics: &Topics,
        selection: Selection,
        on_progress: OnProgress,
    ) -> Result<Self, Error> {
        let statuses = statuses(kafka, topics, &selection.ids, &on_progress).await?;
        let stages = Stage::ALL.into_iter().filter(|stage| selection.stage.is_none_or(|only| only == *stage));
        let mut left = VecDeque::new();
        for stage in stages {
            if selection.ids.is_empty() {
                left.push_back((stage, None));
            }
            left.extend(selection.ids.iter().map(|id| (stage, Some(id.clone()))));
        }
        let (kafka, topics) = (kafka.clone(), topics.clone());
        Ok(Self { kafka, topics, selection, on_progress, statuses, left, reading: None, failures: Failures::default() })
    }

    /// The next selected letter.
    ///
    /// # Errors
    /// When the reading fails.
    pub async fn next(&mut self) -> Result<Option<Found>, Error> {
        loop {
            let Some(reading) = &mut self.reading else {
                let Some((stage, only)) = self.left.pop_front() else { return Ok(None) };
                self.reading = Some(self.read(stage, only).await?);
                continue;
            };
            let record = reading.feed.next().await.transpose()?;
            (self.on_progress)(&reading.topic, record.as_ref().map(|_| reading.feed.progress()));
            let Some(record) = record else {
                self.reading = None;
                continue;
            };
            let letter = Letter::of(record, reading.stage);
            let key = letter.key();
            let wanted = reading.only.as_ref().is_none_or(|id| id.as_str() == key);
            let (summary, failures) = (letter.summary(letter.is_open(self.statuses.get(&key))), &mut self.failures);
            let failures = failures.count(&key, &summary.code);
            if wanted && self.selection.matches(&summary) {
                return Ok(Some(Found { letter, open: summary.open, failures }));
            }
        }
    }

    async fn read(&self, stage: Stage, only: Option<InvoiceId>) -> Result<Reading, Error> {
        let topic = self.topics.dead_letter(stage);
        let feed = match &only {
            Some(id) => read::scan_partition_of(&self.kafka, &topic, id).await?,
            None => read::scan(&self.kafka, &topic).await?,
        };
        Ok(Reading { stage, only, topic, feed })
    }
}

impl fmt::Debug for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letters").field("selection", &self.selection).field("left", &self.left).finish_non_exhaustive()
    }
}

/// The latest status of these invoices, or of all.
async fn statuses(
    kafka: &ClientSettings,
    topics: &Topics,
    ids: &[InvoiceId],
    on_progress: &OnProgress,
) -> Result<HashMap<String, Ended>, Error> {
    let mut latest = HashMap::new();
    for id in ids {
        if let Some(status) = read::latest_status(kafka, topics, id).await? {
            latest.insert(id.to_string(), Ended::of(&status));
        }
    }
    if ids.is_empty() {
        let topic = topics.status();
        let mut feed = read::scan(kafka, &topic).await?;
        let mut ages = HashMap::new();
        while let Some(record) = feed.next().await.transpose()? {
            on_progress(&topic, Some(feed.progress()));
            take(&record, &mut latest, &mut ages);
        }
        on_progress(&topic, None);
    }
    Ok(latest)
}

fn take(record: &Record, latest: &mut HashMap<String, Ended>, ages: &mut HashMap<InvoiceId, (u32, i64)>) {
    let status: Option<Status> = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
    let (Some(id), Some(status)) = (record.invoice_id(), status) else { return };
    // A status that was moved to a new partition may still stand on its old one.
    let age = (status.run, status.at_ms);
    if ages.get(&id).is_none_or(|known| *known <= age) {
        latest.insert(id.to_string(), Ended::of(&status));
        ages.insert(id, age);
    }
}
