//! What the groups have committed. Services do not guess where to begin (`auto.offset.reset=error`), so somebody must
//! have said it before their first start, and only then: a group that has lost its offsets must not begin anew
//! unnoticed.

use super::Error;
use crate::client::{ClientSettings, REQUEST_TIMEOUT, through_election};
use crate::refusal::Hearing;
use crate::signature;
use contract::{Stage, Topics};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use std::time::Duration;
use tokio::time::Instant;

/// How long a service that is gone may still count as a member, and how often it is looked whether it does.
const SESSION: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(500);

/// A topic and the group that consumes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) stage: Stage,
    pub(super) topic: String,
    pub(super) group: String,
    /// Whether admission drops what was read before, so that beginning anew costs nothing.
    pub(super) repeatable: bool,
}

/// Where a group stands on a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) partition: i32,
    /// The offset and its metadata.
    pub(super) committed: Option<(i64, String)>,
}

/// Whether offsets of an open transaction are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stability {
    Stable,
    Any,
}

/// A partition for which the group has committed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unset {
    pub(super) partition: i32,
    /// The oldest offset there is.
    pub(super) low: i64,
    /// One beyond the newest.
    pub(super) high: i64,
}

/// All lanes of a pipeline.
pub(super) fn lanes(topics: &Topics) -> Vec<Lane> {
    let of_stage = |stage| {
        let repeatable = stage == Stage::FetchExtract;
        let main = Lane { stage, topic: topics.main(stage), group: topics.main_group(stage), repeatable };
        let (topic, group) = (topics.retry(stage), topics.retry_group(stage));
        [main, Lane { stage, topic, group, repeatable: false }]
    };
    Stage::ALL.into_iter().flat_map(of_stage).collect()
}

/// The partitions that can begin at their oldest record without harm, and those about which a person must decide.
pub(super) fn split(lane: &Lane, unset: Vec<Unset>) -> (Vec<Unset>, Vec<Unset>) {
    unset.into_iter().partition(|partition| lane.repeatable || partition.low == partition.high)
}

/// Where the group stands on each partition.
pub(super) async fn commits(
    settings: &ClientSettings,
    lane: &Lane,
    partitions: i32,
    stability: Stability,
) -> Result<Vec<Commit>, Error> {
    let (settings, lane) = (settings.clone(), lane.clone());
    blocking(move || {
        let action = format!("read the offsets of the group {}", lane.group);
        let consumer = reader(&settings, &lane, stability).map_err(|error| settings.error(&action, error))?;
        read(&consumer, &lane, partitions).map_err(|error| {
            // A refused group is told only beside the call, which times out.
            let _ = consumer.poll(Duration::ZERO);
            settings.error(action, error).or_as_heard(consumer.context().take()).into()
        })
    })
    .await
}

/// The oldest offset and one beyond the newest, of each of these partitions.
pub(super) async fn ends(settings: &ClientSettings, topic: &str, of: Vec<i32>) -> Result<Vec<Unset>, Error> {
    let (settings, topic) = (settings.clone(), topic.to_owned());
    blocking(move || {
        let read = || -> Result<Vec<Unset>, KafkaError> {
            let consumer: BaseConsumer = settings.consumer_config(&topic).create()?;
            let end = |partition| {
                let ends = || consumer.fetch_watermarks(&topic, partition, REQUEST_TIMEOUT);
                through_election(ends).map(|(low, high)| Unset { partition, low, high })
            };
            of.into_iter().map(end).collect()
        };
        read().map_err(|error| settings.error(format!("read the ends of {topic}"), error).into())
    })
    .await
}

/// Where the group has committed nothing.
pub(super) async fn unset(settings: &ClientSettings, lane: &Lane, partitions: i32) -> Result<Vec<Unset>, Error> {
    let commits = commits(settings, lane, partitions, Stability::Stable).await?;
    let unset = commits.into_iter().filter(|commit| commit.committed.is_none()).map(|commit| commit.partition);
    ends(settings, &lane.topic, unset.collect()).await
}

/// Lets the group begin at the oldest record of these partitions.
pub(super) async fn begin(settings: &ClientSettings, lane: &Lane, starts: Vec<Unset>) -> Result<(), Error> {
    let at = |start: &Unset| (start.partition, start.low, signature::sign("").to_owned());
    commit(settings, lane, starts.iter().map(at).collect()).await
}

/// Commits an offset with its metadata for each of these partitions, while the group has no members.
pub(super) async fn commit(
    settings: &ClientSettings,
    lane: &Lane,
    commits: Vec<(i32, i64, String)>,
) -> Result<(), Error> {
    let (settings, lane) = (settings.clone(), lane.clone());
    blocking(move || match write(&settings, &lane, &commits) {
        Ok(()) => Ok(()),
        // A commit from outside is taken only while the group has no members.
        Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::UnknownMemberId | RDKafkaErrorCode::IllegalGeneration)) => {
            let partitions = commits.iter().map(|(partition, ..)| *partition).collect();
            Err(Error::GroupRunning { group: lane.group, partitions })
        }
        Err(error) => Err(settings.error(format!("commit offsets of the group {}", lane.group), error).into()),
    })
    .await
}

/// As [`commit`]. A service that was killed, or ended with an error, counts as a member until its session has timed out:
/// that is waited for.
pub(super) async fn commit_when_idle(
    settings: &ClientSettings,
    lane: &Lane,
    commits: Vec<(i32, i64, String)>,
) -> Result<(), Error> {
    let deadline = Instant::now() + SESSION;
    loop {
        match commit(settings, lane, commits.clone()).await {
            Err(Error::GroupRunning { .. }) if Instant::now() < deadline => tokio::time::sleep(AGAIN).await,
            done => return done,
        }
    }
}

fn reader(settings: &ClientSettings, lane: &Lane, stability: Stability) -> Result<BaseConsumer<Hearing>, KafkaError> {
    let mut config = settings.consumer_config(&lane.group);
    if stability == Stability::Any {
        config.set("isolation.level", "read_uncommitted");
    }
    config.create_with_context(Hearing::default())
}

fn read(consumer: &BaseConsumer<Hearing>, lane: &Lane, partitions: i32) -> Result<Vec<Commit>, KafkaError> {
    let mut asked = TopicPartitionList::new();
    asked.add_partition_range(&lane.topic, 0, partitions - 1);
    let found = through_election(|| {
        let found = consumer.committed_offsets(asked.clone(), REQUEST_TIMEOUT)?;
        found.elements().iter().try_for_each(|element| element.error())?;
        Ok(found)
    })?;
    let commit = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
        let committed = match element.offset() {
            Offset::Offset(offset) => Some((offset, element.metadata().to_owned())),
            _ => None,
        };
        Commit { partition: element.partition(), committed }
    };
    Ok(found.elements().iter().map(commit).collect())
}

fn write(settings: &ClientSettings, lane: &Lane, commits: &[(i32, i64, String)]) -> Result<(), KafkaError> {
    let consumer: BaseConsumer = settings.consumer_config(&lane.group).create()?;
    let mut offsets = TopicPartitionList::with_capacity(commits.len());
    for (partition, offset, metadata) in commits {
        let mut element = offsets.add_partition(&lane.topic, *partition);
        element.set_offset(Offset::Offset(*offset))?;
        element.set_metadata(metadata);
    }
    through_election(|| consumer.commit(&offsets, CommitMode::Sync))
}

async fn blocking<T: Send + 'static>(call: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(call).await.expect("asking for offsets neither panics nor is cancelled")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(low: i64, high: i64) -> Unset {
        Unset { partition: 0, low, high }
    }

    fn begins_alone(topic: &str, low: i64, high: i64) -> bool {
        let lane = lanes(&Topics::default()).into_iter().find(|lane| lane.topic == topic).unwrap();
        split(&lane, vec![partition(low, high)]).1.is_empty()
    }

    #[test]
    fn an_empty_partition_may_begin() {
        for lane in lanes(&Topics::default()) {
            assert!(begins_alone(&lane.topic, 0, 0) && begins_alone(&lane.topic, 7, 7), "{}", lane.topic);
        }
    }

    #[test]
    fn only_where_admission_drops_duplicates_may_a_partition_with_records_begin_anew() {
        let repeatable: Vec<String> = lanes(&Topics::default())
            .into_iter()
            .map(|lane| lane.topic)
            .filter(|topic| begins_alone(topic, 0, 5))
            .collect();
        assert_eq!(repeatable, ["invoices.fetch-extract"]);
    }
}
