//! Reading topics from outside the stages: for the console, the command line and tests.
//!
//! A reader has no group, commits nothing and sees only what was committed. It must never decide about an
//! invoice: between its reading and anything done about it, the invoice may have moved on.

mod feed;
mod source;
mod tail;

pub use feed::{Feed, Progress};
pub use tail::{Batch, Tail};

use crate::client::{self, ClientSettings, REQUEST_TIMEOUT};
use crate::refusal::Hearing;
use bytes::Bytes;
use contract::{Coordinates, Headers, InvoiceId, Stage, Status, Topics};
use rdkafka::producer::{BaseProducer, Producer as _};
use source::{Range, Source};
use std::collections::BTreeMap;
use std::time::Duration;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970: when the broker appended it.
    pub timestamp_ms: i64,
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
    pub headers: Headers,
}

/// Where a reader that follows a topic begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record there is.
    Beginning,
    /// With the first record that is committed after the call.
    End,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the topic {0} does not exist: `invoicectl topics apply` makes it")]
    NoTopic(String),
    #[error("reading {topic} has not moved on for {seconds} s")]
    Stalled { topic: String, seconds: u64 },
    #[error("{topic} does not hold the record that was read last: it was made anew, or the record has expired")]
    Moved { topic: String },
    #[error("{topic} has {partitions} partitions now: it is to be opened again")]
    Grown { topic: String, partitions: i32 },
    #[error("the latest status of {0} cannot be read: it is of another version or not ours")]
    BadStatus(InvoiceId),
    #[error(transparent)]
    Kafka(#[from] client::Error),
}

impl Record {
    #[must_use]
    pub fn coordinates(&self) -> Coordinates {
        Coordinates { topic: self.topic.clone(), partition: self.partition, offset: self.offset }
    }

    /// The key as an invoice id, if it is one.
    #[must_use]
    pub fn invoice_id(&self) -> Option<InvoiceId> {
        std::str::from_utf8(self.key.as_deref()?).ok()?.parse().ok()
    }
}

/// All records of a topic, from its beginning to its end as of now; ordered within each partition.
///
/// # Errors
/// When the topic does not exist or the cluster does not answer.
pub async fn read_all(settings: &ClientSettings, topic: &str) -> Result<Vec<Record>, Error> {
    scan(settings, topic).await?.collect().await
}

/// As [`read_all`], one record at a time, so that memory does not grow with the topic.
///
/// # Errors
/// As [`read_all`].
pub async fn scan(settings: &ClientSettings, topic: &str) -> Result<Feed, Error> {
    open(settings, topic, Range::ToEnd).await
}

/// As [`scan`], only the partition that holds the records of `key`. Records of other keys come along.
///
/// # Errors
/// As [`read_all`].
pub async fn scan_partition_of(settings: &ClientSettings, topic: &str, key: &InvoiceId) -> Result<Feed, Error> {
    open(settings, topic, Range::KeyToEnd(key.as_str().as_bytes().to_vec())).await
}

/// As [`scan`], of each of these partitions from an offset on.
///
/// # Errors
/// As [`read_all`].
pub async fn scan_from(settings: &ClientSettings, topic: &str, starts: BTreeMap<i32, i64>) -> Result<Feed, Error> {
    open(settings, topic, Range::From(starts)).await
}

/// Every record from `start` on, without end. Where it begins is settled when this returns.
///
/// # Errors
/// As [`read_all`].
pub async fn follow(settings: &ClientSettings, topic: &str, start: Start) -> Result<Feed, Error> {
    open(settings, topic, Range::Follow(start)).await
}

/// Every record from `last` on, without end: `last` names the record of each partition that the caller has read already, and which
/// is handed out once more, so that the caller can see that it is the same. Other partitions are read from their beginning.
///
/// # Errors
/// As [`read_all`], and [`Error::Moved`] when one of these records is not there any more.
pub async fn tail(settings: &ClientSettings, topic: &str, last: BTreeMap<i32, i64>) -> Result<Tail, Error> {
    let source = open_source(settings, topic, Range::Tail(last.clone()), format!("{topic}.reader")).await?;
    Ok(Tail::start(source, last))
}

/// The cluster's own id, if its brokers tell one.
///
/// # Errors
/// When the cluster does not answer.
pub async fn cluster_id(settings: &ClientSettings) -> Result<Option<String>, Error> {
    let settings = settings.clone();
    let ask = move || {
        let failed = |error| settings.error("create a client", error);
        let client: BaseProducer<Hearing> =
            settings.config().create_with_context(Hearing::default()).map_err(failed)?;
        // A refused connection is told at once, and not as a timeout.
        settings.metadata(
            client.client(),
            || {
                client.poll(Duration::ZERO);
            },
            None,
        )?;
        Ok(client.client().fetch_cluster_id(REQUEST_TIMEOUT))
    };
    tokio::task::spawn_blocking(ask).await.expect("asking for an id neither panics nor is cancelled")
}

/// The states of all invoices: those that there are, and every one that is committed after the call. The stage's service reads
/// as the group that it is a member of anyway, so that it needs no further right.
///
/// # Errors
/// As [`read_all`].
pub async fn states(settings: &ClientSettings, topics: &Topics, stage: Stage) -> Result<(Feed, Feed), Error> {
    let (topic, group) = (topics.status(), topics.main_group(stage));
    let from_now = open_as(settings, &topic, Range::Follow(Start::End), group.clone()).await?;
    Ok((open_as(settings, &topic, Range::ToEnd, group).await?, from_now))
}

/// The record at these coordinates, or `None` when nothing (any more) stands there.
///
/// # Errors
/// When the topic does not exist or the cluster does not answer.
pub async fn read_one(settings: &ClientSettings, at: &Coordinates) -> Result<Option<Record>, Error> {
    let range = Range::One { partition: at.partition, offset: at.offset };
    let mut feed = open(settings, &at.topic, range).await?;
    let first = feed.next().await.transpose()?;
    Ok(first.filter(|record| record.offset == at.offset))
}

/// The latest status of an invoice, or `None` when the pipeline does not know it.
///
/// # Errors
/// When the topic does not exist, the cluster does not answer, or the status is of an unknown shape.
pub async fn latest_status(
    settings: &ClientSettings,
    topics: &Topics,
    id: &InvoiceId,
) -> Result<Option<Status>, Error> {
    let mut feed = scan_partition_of(settings, &topics.status(), id).await?;
    let mut latest = None;
    while let Some(record) = feed.next().await.transpose()? {
        if record.key.as_deref() == Some(id.as_str().as_bytes()) {
            latest = record.value;
        }
    }
    latest.map(|value| serde_json::from_slice(&value).map_err(|_| Error::BadStatus(id.clone()))).transpose()
}

async fn open(settings: &ClientSettings, topic: &str, range: Range) -> Result<Feed, Error> {
    open_as(settings, topic, range, format!("{topic}.reader")).await
}

async fn open_as(settings: &ClientSettings, topic: &str, range: Range, group: String) -> Result<Feed, Error> {
    Ok(Feed::start(open_source(settings, topic, range, group).await?))
}

async fn open_source(settings: &ClientSettings, topic: &str, range: Range, group: String) -> Result<Source, Error> {
    let (settings, topic) = (settings.clone(), topic.to_owned());
    tokio::task::spawn_blocking(move || Source::open(&settings, &topic, &range, &group))
        .await
        .expect("opening a topic neither panics nor is cancelled")
}
