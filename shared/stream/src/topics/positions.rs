//! Showing where the groups stand, and setting again what was lost or set by somebody else, by what the history says
//! is settled.
//!
//! An offset that a service or `invoicectl` committed, and that the topic still reaches, is right and stays.

use super::cluster::Cluster;
use super::offsets::{self, Commit, Lane, Stability, Unset};
use super::settled::{self, Beginning, Seen, Settled};
use super::{Error, misplaced};
use crate::client::ClientSettings;
use crate::read;
use crate::signature::{self, Signature};
use contract::{HistoryEvent, Topics};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Where a group stands on a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Position {
    pub group: String,
    pub topic: String,
    pub partition: i32,
    pub state: Standing,
    pub committed: Option<i64>,
    /// The oldest offset there is.
    pub low: i64,
    /// One beyond the newest.
    pub high: i64,
}

/// What a committed offset is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A service can go on from it.
    Good,
    /// There is none: it expired, was deleted, or the partition is new.
    Lost,
    /// Neither a service nor `invoicectl` committed it.
    Foreign,
    /// The topic does not reach it: the topic was restored or made anew.
    OutOfRange,
    /// `invoicectl` holds it while it rewrites the topics.
    Held,
}

/// Where a group begins on a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewPosition {
    pub group: String,
    pub topic: String,
    pub partition: i32,
    pub was: Standing,
    pub position: i64,
    /// Records that will be processed.
    pub open: u64,
    /// Of these: records that are settled, but lie too far above the oldest open one to be marked.
    pub repeated: u64,
    /// Records that are taken for settled as they are older than the history is kept.
    pub presumed_settled: u64,
}

/// How a beginning is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// Where the history says that something is open.
    Settled {
        /// How long the history keeps an event.
        history: Duration,
        /// Milliseconds since 1970.
        now_ms: i64,
    },
    /// At the oldest record: what is settled is repeated.
    Oldest,
    /// Behind the newest record: what is open is lost.
    Newest,
}

/// Where each group stands on each of its partitions.
///
/// # Errors
/// When the cluster does not answer.
pub async fn positions(settings: &ClientSettings, topics: &Topics) -> Result<Vec<Position>, Error> {
    let mut positions = Vec::new();
    for lane in offsets::lanes(topics) {
        let partitions = partitions(settings, &lane).await?;
        let commits = offsets::commits(settings, &lane, partitions, Stability::Stable).await?;
        let ends = offsets::ends(settings, &lane.topic, (0..partitions).collect()).await?;
        positions.extend(commits.iter().zip(ends).map(|(commit, end)| position(&lane, commit, end)));
    }
    Ok(positions)
}

/// Finds where the groups begin on the partitions on which they do not stand well, of one group or of all. Changes
/// nothing.
///
/// # Errors
/// When the cluster does not answer, or statuses lie on partitions on which nobody looks for them.
pub async fn find(
    settings: &ClientSettings,
    topics: &Topics,
    group: Option<&str>,
    begin: Begin,
) -> Result<Vec<Found>, Error> {
    refuse_moved_keys(settings, topics).await?;
    let lost = positions(settings, topics).await?;
    let lost: Vec<Position> = lost
        .into_iter()
        .filter(|one| !matches!(one.state, Standing::Good | Standing::Held))
        .filter(|one| group.is_none_or(|group| group == one.group))
        .collect();
    let history = match begin {
        Begin::Settled { .. } if !lost.is_empty() => history(settings, topics, &lost).await?,
        _ => History::new(),
    };
    let mut found = Vec::new();
    for topic in lost.chunk_by(|a, b| a.topic == b.topic) {
        found.extend(of_topic(settings, topic, &history, begin).await?);
    }
    Ok(found)
}

/// Commits what [`find`] found, while the groups have no members.
///
/// # Errors
/// When a group is running or the cluster refuses.
pub async fn set(settings: &ClientSettings, topics: &Topics, found: &[Found]) -> Result<(), Error> {
    for lane in offsets::lanes(topics) {
        let of_lane = found.iter().filter(|one| one.new.group == lane.group);
        let commit = |one: &Found| (one.new.partition, one.new.position, signature::sign(&one.map).to_owned());
        let commits: Vec<_> = of_lane.map(commit).collect();
        if !commits.is_empty() {
            offsets::commit_when_idle(settings, &lane, commits).await?;
        }
    }
    Ok(())
}

/// A beginning that can be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub new: NewPosition,
    /// The finished records above it.
    map: String,
}

/// What is settled of each partition.
type History = BTreeMap<(String, i32), Settled>;

fn position(lane: &Lane, commit: &Commit, end: Unset) -> Position {
    let state = match &commit.committed {
        None => Standing::Lost,
        Some((_, metadata)) => match Signature::read(metadata) {
            Signature::Held(_) => Standing::Held,
            Signature::Foreign => Standing::Foreign,
            Signature::Ours(_) => Standing::Good,
        },
    };
    let committed = commit.committed.as_ref().map(|(offset, _)| *offset);
    let reached = committed.is_none_or(|offset| (end.low..=end.high).contains(&offset));
    let state = if state == Standing::Good && !reached { Standing::OutOfRange } else { state };
    let (group, topic) = (lane.group.clone(), lane.topic.clone());
    Position { group, topic, partition: commit.partition, state, committed, low: end.low, high: end.high }
}

/// With statuses where nobody looks for them, a group that begins would run invoices again.
async fn refuse_moved_keys(settings: &ClientSettings, topics: &Topics) -> Result<(), Error> {
    match misplaced(settings, topics).await? {
        0 => Ok(()),
        count => Err(Error::NotRekeyed { topic: topics.status(), count }),
    }
}

async fn history(settings: &ClientSettings, topics: &Topics, lost: &[Position]) -> Result<History, Error> {
    let mut history: History = lost.iter().map(|one| ((one.topic.clone(), one.partition), Settled::new())).collect();
    let mut feed = read::scan(settings, &topics.history()).await?;
    while let Some(record) = feed.next().await.transpose()? {
        let event: Option<HistoryEvent> = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
        let Some(at) = event.map(|event| event.record) else { continue };
        if let Some(settled) = history.get_mut(&(at.topic, at.partition)) {
            settled.insert(at.offset, record.timestamp_ms);
        }
    }
    Ok(history)
}

async fn of_topic(
    settings: &ClientSettings,
    lost: &[Position],
    history: &History,
    begin: Begin,
) -> Result<Vec<Found>, Error> {
    let Begin::Settled { history: kept, now_ms } = begin else {
        return Ok(lost.iter().map(|one| Found::at_an_end(one, begin)).collect());
    };
    let Some(topic) = lost.first().map(|one| one.topic.clone()) else { return Ok(Vec::new()) };
    let none = Settled::new();
    let settled = |one: &Position| history.get(&(one.topic.clone(), one.partition)).unwrap_or(&none);
    let starts = lost.iter().map(|one| (one.partition, settled::floor(settled(one), one.low))).collect();
    let mut records: BTreeMap<i32, Vec<Seen>> = BTreeMap::new();
    let mut feed = read::scan_from(settings, &topic, starts).await?;
    while let Some(record) = feed.next().await.transpose()? {
        let waits = record.headers.delay_ms.is_some();
        let attempt = settled::attempt(record.invoice_id().filter(|_| waits), &record.headers);
        let seen = Seen { offset: record.offset, timestamp_ms: record.timestamp_ms, attempt };
        records.entry(record.partition).or_default().push(seen);
    }
    let horizon_ms = now_ms.saturating_sub(i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
    let found = |one: &Position| {
        let records = records.get(&one.partition).map_or(&[][..], Vec::as_slice);
        Found::new(one, settled::beginning(records, settled(one), horizon_ms, one.high))
    };
    Ok(lost.iter().map(found).collect())
}

impl Found {
    fn new(lost: &Position, beginning: Beginning) -> Self {
        let Beginning { position, map, open, repeated, presumed } = beginning;
        let (group, topic) = (lost.group.clone(), lost.topic.clone());
        let (partition, was) = (lost.partition, lost.state);
        let new = NewPosition { group, topic, partition, was, position, open, repeated, presumed_settled: presumed };
        Self { new, map }
    }

    fn at_an_end(lost: &Position, begin: Begin) -> Self {
        let position = if begin == Begin::Newest { lost.high } else { lost.low };
        let open = u64::try_from(lost.high - position).unwrap_or(0);
        Self::new(lost, Beginning { position, open, ..Beginning::default() })
    }
}

async fn partitions(settings: &ClientSettings, lane: &Lane) -> Result<i32, Error> {
    let found = Cluster::connect(settings)?.snapshot().await?.topics.get(&lane.topic).map(|topic| topic.partitions);
    found.ok_or_else(|| Error::Refused { subject: lane.topic.clone(), reason: "the topic does not exist".to_owned() })
}
