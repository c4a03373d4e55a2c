//! The pipeline's topics: what they must be like, making them so, and saying where they are not.
//!
//! Never changes a partition count, as keys would move to other partitions, and never guesses where a group that
//! has lost its offsets should begin, as that pays for every invoice again.

mod access;
mod apply;
mod check;
mod cluster;
mod offsets;
mod plan;

pub use access::{Operation, Pattern, Resource, Role, Rule, rules};
pub use apply::{Change, apply};
pub use check::{Finding, Severity, check};
pub use plan::{ENVELOPE_BYTES, Layout, TopicSpec, plan};

use crate::client::{self, ClientSettings};
use cluster::Cluster;
use contract::{Topics, code};

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

impl Error {
    /// The code of the page that says what to do, if the cluster turned us away.
    #[must_use]
    pub fn code(&self) -> Option<contract::Code> {
        match self {
            Self::Kafka(error) => error.refusal().map(crate::Refusal::code),
            _ => None,
        }
    }
}

/// Partitions as Kafka's own tools take them.
fn list(partitions: &[i32]) -> String {
    partitions.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Topics that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missing {
    /// They do not exist.
    pub absent: Vec<String>,
    /// Access rules hide whether they exist.
    pub hidden: Vec<String>,
}

impl Missing {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.absent.is_empty() && self.hidden.is_empty()
    }

    /// The code of the page that says what to do.
    #[must_use]
    pub fn code(&self) -> contract::Code {
        if self.absent.is_empty() { code::KAFKA_NOT_AUTHORIZED } else { code::ENGINE_TOPICS_MISSING }
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.absent.is_empty() {
            write!(f, "missing topics: {}; run `invoicectl topics apply`. ", self.absent.join(", "))?;
        }
        if !self.hidden.is_empty() {
            write!(f, "no access to topics: {}; {}", self.hidden.join(", "), crate::Refusal::Rights)?;
        }
        Ok(())
    }
}

/// Which of the topics that this role needs it cannot use. A service that starts waits until there are none.
///
/// # Errors
/// When the cluster does not answer or refuses the connection.
pub async fn missing(settings: &ClientSettings, topics: &Topics, role: Role) -> Result<Missing, Error> {
    let cluster = Cluster::connect(settings)?;
    let existing = cluster.snapshot().await?.topics;
    let mut missing = Missing::default();
    for name in access::topics_of(topics, role).into_iter().filter(|name| !existing.contains_key(name)) {
        let list = if cluster.hides(&name).await? { &mut missing.hidden } else { &mut missing.absent };
        list.push(name);
    }
    Ok(missing)
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
