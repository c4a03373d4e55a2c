//! The pipeline's topics: what they must be like, making them so, and saying where they are not.
//!
//! Never changes a partition count without moving what is found by it, and never guesses where a group that has lost
//! its offsets should begin, as that pays for every invoice again.

mod apply;
mod check;
mod cluster;
mod hold;
mod moves;
mod offsets;
mod plan;
mod positions;
mod readiness;
mod repartition;
mod settled;
mod stranded;

pub use apply::{Change, apply, make_status};
pub use check::{Finding, Severity, check};
pub use hold::{hold, release};
pub use plan::{ENVELOPE_BYTES, Layout, TopicSpec, plan};
pub use positions::{Begin, Found, NewPosition, Position, Standing, find, positions, set};
pub use readiness::{Readiness, readiness, without_offset};
pub use repartition::{Repartitioned, misplaced, repartition};
pub use stranded::{Stranded, stranded};

use crate::client::{self, ClientSettings};
use crate::read;
use cluster::Cluster;
use contract::Topics;

/// Why the topics are not as they should be, and cannot be made so without a person.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "{topic} has {have} partitions and the settings say {want}; nothing was changed. Another count moves keys to \
         other partitions, where the same invoice would run again: see docs/runbooks/partitions-added.md"
    )]
    PartitionCount { topic: String, have: i32, want: i32 },
    #[error("{topic} has {have} partitions and Kafka cannot take any away: {want} are too few; nothing was changed")]
    Shrinking { topic: String, have: i32, want: i32 },
    #[error(
        "the consumer group {group} is running, and its offsets on partitions {partitions:?} cannot be set: stop its \
         service and try again"
    )]
    GroupRunning { group: String, partitions: Vec<i32> },
    #[error(
        "{topic} holds records on partitions {partitions:?} and the group {group} has lost its offsets there. \
         Beginning anew would pay for every record again, beginning at the end would lose what was not done. \
         `invoicectl offsets set` finds where it stood: see docs/runbooks/offsets-lost.md"
    )]
    OffsetsLost { group: String, topic: String, partitions: Vec<i32> },
    #[error(
        "the group {group} has no offsets on partitions {partitions:?} of {topic} and has some on the others. If \
         partitions were added, run `invoicectl topics repartition`: see docs/runbooks/partitions-added.md. If the \
         offsets were lost, run `invoicectl offsets set`: see docs/runbooks/offsets-lost.md"
    )]
    SomeOffsetsLost { group: String, topic: String, partitions: Vec<i32> },
    #[error(
        "{topic} does not exist, and the history knows of invoices: without their status each could run again. \
         `invoicectl topics rebuild-status` makes it from the history: see docs/runbooks/topic-deleted.md"
    )]
    StatusGone { topic: String },
    #[error(
        "{topic} holds {count} statuses on other partitions than their keys say, as partitions were added: run \
         `invoicectl topics repartition` first, see docs/runbooks/partitions-added.md"
    )]
    NotRekeyed { topic: String, count: usize },
    #[error("{subject}: {reason}")]
    Refused { subject: String, reason: String },
    #[error(transparent)]
    Kafka(#[from] client::Error),
    #[error(transparent)]
    Read(#[from] read::Error),
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
