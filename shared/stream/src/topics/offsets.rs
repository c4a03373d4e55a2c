//! Starting offsets. Services do not guess where to begin (`auto.offset.reset=error`), so somebody must have said it
//! before their first start, and only then: a group that has lost its offsets must not begin anew unnoticed.

use super::Error;
use crate::client::{ClientSettings, REQUEST_TIMEOUT, through_election};
use contract::{Stage, Topics};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

/// A topic and the group that consumes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) topic: String,
    pub(super) group: String,
    /// Whether admission drops what was read before, so that beginning anew costs nothing.
    pub(super) repeatable: bool,
}

/// A partition for which the group has committed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unset {
    pub(super) partition: i32,
    /// The oldest offset there is.
    low: i64,
    /// One beyond the newest.
    high: i64,
}

/// All lanes of a pipeline.
pub(super) fn lanes(topics: &Topics) -> Vec<Lane> {
    let of_stage = |stage| {
        let repeatable = stage == Stage::FetchExtract;
        let main = Lane { topic: topics.main(stage), group: topics.main_group(stage), repeatable };
        let retry = Lane { topic: topics.retry(stage), group: topics.retry_group(stage), repeatable: false };
        [main, retry]
    };
    Stage::ALL.into_iter().flat_map(of_stage).collect()
}

/// The partitions that can begin at their oldest record without harm, and those about which a person must decide.
pub(super) fn split(lane: &Lane, unset: Vec<Unset>) -> (Vec<Unset>, Vec<Unset>) {
    unset.into_iter().partition(|partition| lane.repeatable || partition.low == partition.high)
}

/// Where the group has committed nothing.
pub(super) async fn unset(settings: &ClientSettings, lane: &Lane, partitions: i32) -> Result<Vec<Unset>, Error> {
    let (settings, lane) = (settings.clone(), lane.clone());
    blocking(move || {
        let action = format!("read the offsets of the group {}", lane.group);
        find_unset(&settings, &lane, partitions).map_err(|error| settings.error(action, error).into())
    })
    .await
}

/// Lets the group begin at the oldest record of these partitions.
pub(super) async fn begin(settings: &ClientSettings, lane: &Lane, starts: Vec<Unset>) -> Result<(), Error> {
    let (settings, lane) = (settings.clone(), lane.clone());
    blocking(move || match commit(&settings, &lane, &starts) {
        Ok(()) => Ok(()),
        // A commit from outside is taken only while the group has no members.
        Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::UnknownMemberId | RDKafkaErrorCode::IllegalGeneration)) => {
            let partitions = starts.iter().map(|start| start.partition).collect();
            Err(Error::GroupRunning { group: lane.group, partitions })
        }
        Err(error) => Err(settings.error(format!("commit offsets of the group {}", lane.group), error).into()),
    })
    .await
}

fn find_unset(settings: &ClientSettings, lane: &Lane, partitions: i32) -> Result<Vec<Unset>, KafkaError> {
    let consumer: BaseConsumer = settings.consumer_config(&lane.group).create()?;
    let mut asked = TopicPartitionList::new();
    asked.add_partition_range(&lane.topic, 0, partitions - 1);
    let committed = through_election(|| {
        let found = consumer.committed_offsets(asked.clone(), REQUEST_TIMEOUT)?;
        found.elements().iter().try_for_each(|element| element.error())?;
        Ok(found)
    })?;
    let mut unset = Vec::new();
    for element in committed.elements() {
        if matches!(element.offset(), Offset::Offset(_)) {
            continue;
        }
        let ends = || consumer.fetch_watermarks(&lane.topic, element.partition(), REQUEST_TIMEOUT);
        let (low, high) = through_election(ends)?;
        unset.push(Unset { partition: element.partition(), low, high });
    }
    Ok(unset)
}

fn commit(settings: &ClientSettings, lane: &Lane, starts: &[Unset]) -> Result<(), KafkaError> {
    let consumer: BaseConsumer = settings.consumer_config(&lane.group).create()?;
    let mut offsets = TopicPartitionList::with_capacity(starts.len());
    for start in starts {
        offsets.add_partition_offset(&lane.topic, start.partition, Offset::Offset(start.low))?;
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
