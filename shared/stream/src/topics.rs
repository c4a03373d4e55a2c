//! The pipeline's topics: what they must be like, making them so, and saying where they are not.
//!
//! Never changes a partition count, as keys would move to other partitions, and never guesses where a group that
//! has lost its offsets should begin, as that pays for every invoice again.

mod apply;
mod check;
mod cluster;
mod offsets;
mod plan;

pub use apply::{Change, apply};
pub use check::{Finding, Severity, check};
pub use plan::{ENVELOPE_BYTES, Layout, TopicSpec, plan};

use crate::client::{self, ClientSettings};
use cluster::Cluster;
use contract::Topics;

/// Why the topics are not as they should be, and cannot be made so without a person.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "{topic} has {have} partitions and the settings say {want}; nothing was changed. Another count moves keys to \
         other partitions, where the same invoice would run again. Set topics.partitions to {have}, or drain the \
         pipeline and make new topics under another topics.prefix"
    )]
    PartitionCount { topic: String, have: i32, want: i32 },
    #[error(
        "the consumer group {group} has no committed offset on partitions {partitions:?} and is running: stop its \
         service and apply again"
    )]
    GroupRunning { group: String, partitions: Vec<i32> },
    #[error(
        "{topic} holds records on partitions {partitions:?} and the group {group} has lost its offsets there. \
         Beginning anew would pay for every record again, beginning at the end would lose what was not done. \
         Decide with: kafka-consumer-groups.sh --bootstrap-server … --group {group} --topic {topic}:{list} \
         --reset-offsets --to-earliest (or --to-datetime …) --execute",
        list = list(partitions)
    )]
    OffsetsLost { group: String, topic: String, partitions: Vec<i32> },
    #[error("{subject}: {reason}")]
    Refused { subject: String, reason: String },
    #[error(transparent)]
    Kafka(#[from] client::Error),
}

/// Partitions as Kafka's own tools take them.
fn list(partitions: &[i32]) -> String {
    partitions.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The pipeline's topics that do not exist. A service that starts waits until there are none.
///
/// # Errors
/// When the cluster does not answer.
pub async fn missing(settings: &ClientSettings, topics: &Topics) -> Result<Vec<String>, Error> {
    let cluster = Cluster::connect(settings)?;
    let existing = cluster.snapshot().await?.topics;
    Ok(plan::names(topics).into_iter().filter(|name| !existing.contains_key(name)).collect())
}

/// How many partitions the stage's main topic has.
///
/// # Errors
/// When the cluster does not answer or the topic does not exist.
pub async fn partition_count(settings: &ClientSettings, topics: &Topics, stage: contract::Stage) -> Result<i32, Error> {
    let name = topics.main(stage);
    let found = Cluster::connect(settings)?.snapshot().await?.topics.get(&name).map(|topic| topic.partitions);
    found.ok_or_else(|| Error::Refused { subject: name, reason: "the topic does not exist".to_owned() })
}
