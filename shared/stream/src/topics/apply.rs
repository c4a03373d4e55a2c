//! Makes the topics as the plan says. Applying twice changes nothing.

use super::Error;
use super::cluster::{Cluster, Snapshot, options};
use super::offsets::{self, Lane};
use super::plan::{Layout, TopicSpec, keyed, plan};
use crate::client::ClientSettings;
use contract::Topics;
use rdkafka::admin::{AlterConfig, ConfigResource, ConfigSource, NewTopic, ResourceSpecifier, TopicReplication};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How long the brokers may take to elect leaders of new topics.
const ELECTION: Duration = Duration::from_secs(20);
const ELECTION_POLL: Duration = Duration::from_millis(100);

/// Something that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    Created { topic: String, partitions: i32, replication_factor: i32 },
    Configured { topic: String, setting: &'static str, from: Option<String>, to: String },
    StartingOffsets { group: String, partitions: usize },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created { topic, partitions, replication_factor } => {
                write!(f, "created {topic}: {partitions} partitions, {replication_factor} replicas")
            }
            Self::Configured { topic, setting, from, to } => {
                write!(f, "set {topic}: {setting} = {to} (was {})", from.as_deref().unwrap_or("unset"))
            }
            Self::StartingOffsets { group, partitions } => {
                write!(f, "committed starting offsets of {group} on {partitions} partitions")
            }
        }
    }
}

/// Creates what is missing, sets what differs, and commits a starting offset where a group has none.
///
/// # Errors
/// Before anything is changed, when a topic has another partition count; at the end, when a group has lost its
/// offsets or is running without them; at any point, when the cluster refuses.
pub async fn apply(settings: &ClientSettings, topics: &Topics, layout: &Layout) -> Result<Vec<Change>, Error> {
    let cluster = Cluster::connect(settings)?;
    let specs = plan(topics, layout);
    let before = cluster.snapshot().await?;
    refuse_other_partition_counts(topics, layout, &before)?;
    refuse_a_forgetful_gate(&cluster, topics, &before).await?;
    let lanes = offsets::lanes(topics);
    // Services wait until all topics are there. Those that no group consumes are made last, so that no service
    // starts before its starting offset is committed.
    let (consumed, others): (Vec<_>, Vec<_>) =
        specs.iter().partition(|spec| lanes.iter().any(|lane| lane.topic == spec.name));
    let mut changes = Vec::new();
    create_missing(&cluster, &consumed, &before, &mut changes).await?;
    let mut refusals = Vec::new();
    for lane in &lanes {
        if let Err(error) = begin(settings, lane, layout.partitions, &mut changes).await {
            refusals.push(error);
        }
    }
    create_missing(&cluster, &others, &before, &mut changes).await?;
    for spec in specs.iter().filter(|spec| before.topics.contains_key(&spec.name)) {
        configure(&cluster, spec, &mut changes).await?;
    }
    refusals.into_iter().next().map_or(Ok(changes), Err)
}

/// The settings in which a topic differs from its plan, with what they are.
pub(super) fn differing(spec: &TopicSpec, actual: &ConfigResource) -> Vec<(&'static str, Option<String>, String)> {
    let value_of = |setting| actual.get(setting).and_then(|entry| entry.value.clone());
    let wanted = spec.config.iter().map(|(setting, want)| (*setting, value_of(setting), want.clone()));
    wanted.filter(|(_, have, want)| have.as_ref() != Some(want)).collect()
}

/// Makes the status topic alone, for whoever fills it before any stage runs.
///
/// # Errors
/// When the cluster refuses.
pub async fn make_status(settings: &ClientSettings, topics: &Topics, layout: &Layout) -> Result<(), Error> {
    let cluster = Cluster::connect(settings)?;
    let specs = plan(topics, layout);
    let status: Vec<&TopicSpec> = specs.iter().filter(|spec| spec.name == topics.status()).collect();
    create_missing(&cluster, &status, &cluster.snapshot().await?, &mut Vec::new()).await
}

fn refuse_other_partition_counts(topics: &Topics, layout: &Layout, snapshot: &Snapshot) -> Result<(), Error> {
    let want = layout.partitions;
    let counts = keyed(topics).into_iter().filter_map(|topic| {
        let have = snapshot.topics.get(&topic)?.partitions;
        (have != want).then_some(Error::PartitionCount { topic, have, want })
    });
    counts.into_iter().next().map_or(Ok(()), Err)
}

/// A new status topic beside an old history would let every invoice run once more.
async fn refuse_a_forgetful_gate(cluster: &Cluster, topics: &Topics, snapshot: &Snapshot) -> Result<(), Error> {
    let (topic, history) = (topics.status(), topics.history());
    let Some(existing) = snapshot.topics.get(&history).filter(|_| !snapshot.topics.contains_key(&topic)) else {
        return Ok(());
    };
    let ends = offsets::ends(&cluster.settings, &history, (0..existing.partitions).collect()).await?;
    if ends.iter().any(|end| end.low < end.high) { Err(Error::StatusGone { topic }) } else { Ok(()) }
}

async fn create_missing(
    cluster: &Cluster,
    specs: &[&TopicSpec],
    before: &Snapshot,
    changes: &mut Vec<Change>,
) -> Result<(), Error> {
    let absent = |spec: &&TopicSpec| !before.topics.contains_key(&spec.name);
    let missing: Vec<&TopicSpec> = specs.iter().copied().filter(absent).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let new: Vec<NewTopic<'_>> = missing.iter().map(|spec| new_topic(spec)).collect();
    let created = cluster.admin.create_topics(&new, &options()).await;
    for result in created.map_err(|error| cluster.settings.error("create topics", error))? {
        result.map_err(|(subject, code)| Error::Refused { subject, reason: code.to_string() })?;
    }
    let names: Vec<String> = missing.iter().map(|spec| spec.name.clone()).collect();
    await_partitions(cluster, &names, 1).await?;
    changes.extend(missing.into_iter().map(|spec| Change::Created {
        topic: spec.name.clone(),
        partitions: spec.partitions,
        replication_factor: spec.replication_factor,
    }));
    Ok(())
}

fn new_topic(spec: &TopicSpec) -> NewTopic<'_> {
    let topic = NewTopic::new(&spec.name, spec.partitions, TopicReplication::Fixed(spec.replication_factor));
    spec.config.iter().fold(topic, |topic, (setting, value)| topic.set(setting, value))
}

/// A new partition can be neither written nor asked for offsets before it has a leader.
pub(super) async fn await_partitions(cluster: &Cluster, names: &[String], at_least: i32) -> Result<(), Error> {
    let elected = async {
        loop {
            let snapshot = cluster.snapshot().await?;
            let led = |name: &String| {
                let found = snapshot.topics.get(name);
                found.is_some_and(|topic| topic.leaderless == 0 && topic.partitions >= at_least)
            };
            match names.iter().find(|name| !led(name)) {
                None => return Ok(()),
                Some(_) => tokio::time::sleep(ELECTION_POLL).await,
            }
        }
    };
    tokio::time::timeout(ELECTION, elected).await.unwrap_or_else(|_| {
        let reason = format!("some partitions have no leader after {} s", ELECTION.as_secs());
        Err(Error::Refused { subject: "the topics".to_owned(), reason })
    })
}

async fn configure(cluster: &Cluster, spec: &TopicSpec, changes: &mut Vec<Change>) -> Result<(), Error> {
    let resource = ResourceSpecifier::Topic(&spec.name);
    let actual = cluster.describe(resource).await?;
    let differing = differing(spec, &actual);
    if differing.is_empty() {
        return Ok(());
    }
    // The request replaces all of a topic's own settings: those somebody else made are sent along.
    let own = actual.entries.iter().filter(|entry| entry.source == ConfigSource::DynamicTopic);
    let mut wanted: BTreeMap<&str, &str> =
        own.filter_map(|entry| Some((entry.name.as_str(), entry.value.as_deref()?))).collect();
    wanted.extend(spec.config.iter().map(|(setting, value)| (*setting, value.as_str())));
    let request = wanted.into_iter().fold(AlterConfig::new(resource), |request, (key, value)| request.set(key, value));
    let answer = cluster.admin.alter_configs([&request], &options()).await;
    for result in answer.map_err(|error| cluster.settings.error(format!("configure {}", spec.name), error))? {
        let refused = |code: String| Error::Refused { subject: spec.name.clone(), reason: code };
        result.map_err(|(_, code)| refused(code.to_string()))?;
    }
    let topic = &spec.name;
    let changed = |(setting, from, to)| Change::Configured { topic: topic.clone(), setting, from, to };
    changes.extend(differing.into_iter().map(changed));
    Ok(())
}

async fn begin(
    settings: &ClientSettings,
    lane: &Lane,
    partitions: i32,
    changes: &mut Vec<Change>,
) -> Result<(), Error> {
    let unset = offsets::unset(settings, lane, partitions).await?;
    let (group, topic) = (lane.group.clone(), lane.topic.clone());
    if !unset.is_empty() && i32::try_from(unset.len()).is_ok_and(|count| count < partitions) {
        let partitions = unset.iter().map(|unset| unset.partition).collect();
        return Err(Error::SomeOffsetsLost { group, topic, partitions });
    }
    let (starts, lost) = offsets::split(lane, unset);
    if !starts.is_empty() {
        let partitions = starts.len();
        offsets::begin(settings, lane, starts).await?;
        changes.push(Change::StartingOffsets { group: group.clone(), partitions });
    }
    if lost.is_empty() {
        return Ok(());
    }
    let partitions = lost.iter().map(|partition| partition.partition).collect();
    Err(Error::OffsetsLost { group, topic, partitions })
}
