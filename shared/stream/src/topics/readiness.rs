//! Whether a stage may run on the topics as they are.
//!
//! Another number of partitions moves keys: the status of an invoice would be looked for where it is not, and the
//! invoice would run again. Nothing here repairs anything; `apply` and `repartition` do.

use super::access::{self, Role};
use super::cluster::{Cluster, Snapshot};
use super::{Error, offsets, plan};
use crate::Refusal;
use crate::client::ClientSettings;
use contract::{Code, Stage, Topics, code};
use std::fmt;

/// Whether a stage may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    /// These topics cannot be used.
    Missing(Missing),
    /// These topics, whose records must meet by their keys, have another number of partitions than the settings say.
    OtherCounts {
        settings: i32,
        found: Vec<(String, i32)>,
    },
}

/// Topics that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missing {
    /// They do not exist.
    pub absent: Vec<String>,
    /// Access rules hide whether they exist.
    pub hidden: Vec<String>,
}

impl Readiness {
    /// The error code; `None` when the stage may run.
    #[must_use]
    pub const fn code(&self) -> Option<Code> {
        match self {
            Self::Ready => None,
            Self::Missing(missing) if missing.absent.is_empty() => Some(code::KAFKA_NOT_AUTHORIZED),
            Self::Missing(_) => Some(code::ENGINE_TOPICS_MISSING),
            Self::OtherCounts { .. } => Some(code::ENGINE_PARTITION_COUNT),
        }
    }

    /// Whether one of these topics does not exist.
    pub(crate) fn lacks(&self, needed: &[String]) -> bool {
        matches!(self, Self::Missing(missing) if missing.absent.iter().any(|name| needed.contains(name)))
    }
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => write!(f, "the topics are as the settings say"),
            Self::Missing(missing) => missing.fmt(f),
            Self::OtherCounts { settings, found } => {
                let found: Vec<String> = found.iter().map(|(name, count)| format!("{name} has {count}")).collect();
                let found = found.join(", ");
                write!(
                    f,
                    "topics.partitions is {settings} and {found}; see docs/runbooks/partitions-added.md before anything \
                     is changed"
                )
            }
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { absent, hidden } = self;
        if !absent.is_empty() {
            write!(f, "these topics do not exist: {}; see docs/runbooks/topic-deleted.md. ", absent.join(", "))?;
        }
        if !hidden.is_empty() {
            write!(f, "no access to these topics: {}; {}", hidden.join(", "), Refusal::Rights)?;
        }
        Ok(())
    }
}

/// Compares the topics that the role cannot do without with the settings.
///
/// # Errors
/// When the cluster does not answer or refuses the connection.
pub async fn readiness(
    settings: &ClientSettings,
    topics: &Topics,
    partitions: i32,
    role: Role,
) -> Result<Readiness, Error> {
    let cluster = Cluster::connect(settings)?;
    let used = needed(topics, role);
    match compare(&used, topics, partitions, &cluster.snapshot().await?) {
        Readiness::Missing(Missing { absent: unseen, .. }) => {
            let mut missing = Missing::default();
            for name in unseen {
                let list = if cluster.hides(&name).await? { &mut missing.hidden } else { &mut missing.absent };
                list.push(name);
            }
            Ok(Readiness::Missing(missing))
        }
        known => Ok(known),
    }
}

/// The first partition on which the stage's groups have no committed offset, with the group. Asks for no stable
/// offset, so that a transaction that an earlier process left open does not hold up its successor.
///
/// # Errors
/// When the cluster does not answer.
pub async fn without_offset(
    settings: &ClientSettings,
    topics: &Topics,
    stage: Stage,
    partitions: i32,
) -> Result<Option<String>, Error> {
    for lane in offsets::lanes(topics).into_iter().filter(|lane| lane.stage == stage) {
        let commits = offsets::commits(settings, &lane, partitions, offsets::Stability::Any).await?;
        if commits.iter().any(|commit| commit.committed.is_none()) {
            return Ok(Some(lane.group));
        }
    }
    Ok(None)
}

fn needed(topics: &Topics, role: Role) -> Vec<String> {
    let optional = plan::optional(topics);
    access::topics_of(topics, role).into_iter().filter(|name| !optional.contains(name)).collect()
}

fn compare(used: &[String], topics: &Topics, partitions: i32, snapshot: &Snapshot) -> Readiness {
    let absent: Vec<String> = used.iter().filter(|name| !snapshot.topics.contains_key(*name)).cloned().collect();
    if !absent.is_empty() {
        return Readiness::Missing(Missing { absent, hidden: Vec::new() });
    }
    let counts = plan::keyed(topics).into_iter().filter_map(|name| {
        let count = snapshot.topics.get(&name)?.partitions;
        (count != partitions).then_some((name, count))
    });
    match counts.collect::<Vec<_>>() {
        found if found.is_empty() => Readiness::Ready,
        found => Readiness::OtherCounts { settings: partitions, found },
    }
}

#[cfg(test)]
mod tests {
    use super::super::cluster::Existing;
    use super::*;
    use std::collections::BTreeSet;

    fn used() -> Vec<String> {
        let of_stage = |stage| needed(&Topics::default(), Role::Stage(stage));
        let names: BTreeSet<String> = Stage::ALL.into_iter().flat_map(of_stage).collect();
        names.into_iter().collect()
    }

    fn snapshot(count: impl Fn(&str) -> i32) -> Snapshot {
        let existing =
            |name: &String| Existing { partitions: count(name), replicas: 1, under_replicated: 0, leaderless: 0 };
        let names = used();
        Snapshot { brokers: vec![1], topics: names.iter().map(|name| (name.clone(), existing(name))).collect() }
    }

    #[test]
    fn a_stage_runs_only_while_every_keyed_topic_has_as_many_partitions_as_the_settings_say() {
        let topics = Topics::default();
        assert_eq!(compare(&used(), &topics, 4, &snapshot(|_| 4)), Readiness::Ready);
        for grown in plan::keyed(&topics) {
            let readiness = compare(&used(), &topics, 4, &snapshot(|name| if name == grown { 6 } else { 4 }));
            assert_eq!(readiness, Readiness::OtherCounts { settings: 4, found: vec![(grown, 6)] });
        }
        assert_ne!(
            compare(&used(), &topics, 4, &snapshot(|_| 6)),
            Readiness::Ready,
            "and not when all of them have grown"
        );
    }

    #[test]
    fn records_that_are_only_looked_up_may_lie_on_any_number_of_partitions() {
        let keyed = plan::keyed(&Topics::default());
        let others = snapshot(|name| if keyed.iter().any(|one| one == name) { 6 } else { 4 });
        assert_eq!(compare(&used(), &Topics::default(), 6, &others), Readiness::Ready);
    }

    #[test]
    fn a_cluster_of_an_earlier_version_has_all_that_a_stage_needs() {
        assert!(!used().contains(&"invoices.stages".to_owned()), "a stage says that it cannot be paused, and runs");
    }

    #[test]
    fn a_missing_topic_is_named() {
        let mut snapshot = snapshot(|_| 4);
        snapshot.topics.remove("invoices.status");
        let readiness = compare(&used(), &Topics::default(), 4, &snapshot);
        assert_eq!(
            readiness,
            Readiness::Missing(Missing { absent: vec!["invoices.status".to_owned()], hidden: Vec::new() })
        );
        assert_eq!(readiness.code(), Some(code::ENGINE_TOPICS_MISSING));
    }
}
