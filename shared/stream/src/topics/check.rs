//! Says where topics, groups and brokers are not as the pipeline needs them. Changes nothing.

use super::Error;
use super::apply::differing;
use super::cluster::{Cluster, Existing, Snapshot};
use super::offsets::{self, Commit, Lane, Stability};
use super::plan::{self, Layout, TopicSpec, plan};
use crate::client::{ClientSettings, GroupProtocol};
use crate::membership::SESSION_TIMEOUT;
use crate::signature::Signature;
use contract::Topics;
use rdkafka::admin::{ConfigResource, ResourceSpecifier};
use serde::Serialize;
use std::fmt;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// The topic, group or broker it is about.
    pub subject: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The pipeline works, with a weakness.
    Warning,
    /// The pipeline does not work, or loses what it promises.
    Error,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}: {}", self.subject, self.message)
    }
}

/// Compares the cluster with the plan. No finding means all is well.
///
/// # Errors
/// When the cluster does not answer.
pub async fn check(settings: &ClientSettings, topics: &Topics, layout: &Layout) -> Result<Vec<Finding>, Error> {
    let cluster = Cluster::connect(settings)?;
    let snapshot = cluster.snapshot().await?;
    let mut findings = durability(layout);
    for spec in plan(topics, layout) {
        findings.extend(topic(&cluster, &snapshot, &spec, topics).await?);
    }
    for lane in offsets::lanes(topics) {
        let Some(existing) = snapshot.topics.get(&lane.topic) else { continue };
        let commits = offsets::commits(settings, &lane, existing.partitions, Stability::Stable).await?;
        findings.extend(offsets_of(&lane, &commits));
    }
    for id in &snapshot.brokers {
        let subject = format!("broker {id}");
        match cluster.describe(ResourceSpecifier::Broker(*id)).await {
            Ok(config) => {
                findings.extend(broker(&subject, &config));
                if settings.group_protocol() == GroupProtocol::Consumer {
                    findings.extend(sessions(&subject, &config));
                }
            }
            // Managed clusters often hide their brokers' settings.
            Err(reason) => findings.push(warning(&subject, format!("its settings cannot be read: {reason}"))),
        }
    }
    Ok(findings)
}

fn durability(layout: &Layout) -> Vec<Finding> {
    let (replicas, in_sync) = (layout.replication_factor, layout.min_insync_replicas);
    let mut findings = Vec::new();
    if replicas < 3 {
        let message = format!("topics.replication_factor is {replicas}: 3 survives the loss of a broker");
        findings.push(warning("settings", message));
    }
    if in_sync < 2 {
        let message = format!("topics.min_insync_replicas is {in_sync}: an acknowledged record may have one copy only");
        findings.push(warning("settings", message));
    }
    if in_sync > 1 && in_sync >= replicas {
        let message =
            format!("topics.min_insync_replicas is {in_sync} of {replicas} replicas: one broker away stops all");
        findings.push(warning("settings", message));
    }
    findings
}

fn offsets_of(lane: &Lane, commits: &[Commit]) -> Vec<Finding> {
    let unset: Vec<i32> =
        commits.iter().filter(|commit| commit.committed.is_none()).map(|commit| commit.partition).collect();
    let foreign = |commit: &&Commit| {
        commit.committed.as_ref().is_some_and(|(_, metadata)| !matches!(Signature::read(metadata), Signature::Ours(_)))
    };
    let foreign: Vec<i32> = commits.iter().filter(foreign).map(|commit| commit.partition).collect();
    let mut findings = Vec::new();
    if !unset.is_empty() {
        let topic = &lane.topic;
        let message = format!(
            "no committed offset on partitions {unset:?} of {topic}; run `invoicectl topics apply`, or, if the group was \
             in use, see docs/runbooks/offsets-lost.md"
        );
        findings.push(error(&lane.group, message));
    }
    if !foreign.is_empty() {
        let message = format!(
            "the offsets on partitions {foreign:?} of {} were set by no service, or are held; run `invoicectl offsets \
             show`",
            lane.topic
        );
        findings.push(error(&lane.group, message));
    }
    findings
}

async fn topic(
    cluster: &Cluster,
    snapshot: &Snapshot,
    spec: &TopicSpec,
    topics: &Topics,
) -> Result<Vec<Finding>, Error> {
    let Some(existing) = snapshot.topics.get(&spec.name) else {
        return Ok(vec![absent(spec, plan::optional(topics).contains(&spec.name))]);
    };
    let mut findings = layout_of(spec, existing);
    if existing.partitions != spec.partitions && plan::keyed(topics).contains(&spec.name) {
        let (have, want) = (existing.partitions, spec.partitions);
        let message =
            format!("has {have} partitions and the settings say {want}; see docs/runbooks/partitions-added.md");
        findings.push(error(&spec.name, message));
    }
    let actual = cluster.describe(ResourceSpecifier::Topic(&spec.name)).await?;
    findings.extend(differing(spec, &actual).into_iter().map(|(setting, have, want)| {
        let have = have.as_deref().unwrap_or("unset").to_owned();
        error(&spec.name, format!("{setting} is {have} and must be {want}; run `invoicectl topics apply`"))
    }));
    Ok(findings)
}

fn absent(spec: &TopicSpec, optional: bool) -> Finding {
    if optional {
        let message = "does not exist: no stage can be paused, and none says how it is; run `invoicectl topics apply`";
        return warning(&spec.name, message);
    }
    error(&spec.name, "does not exist; run `invoicectl topics apply`")
}

fn layout_of(spec: &TopicSpec, existing: &Existing) -> Vec<Finding> {
    let mut findings = Vec::new();
    let wanted = usize::try_from(spec.replication_factor).unwrap_or(0);
    if existing.replicas < wanted {
        let message = format!(
            "has {} replicas and the settings say {wanted}; move it with kafka-reassign-partitions.sh",
            existing.replicas
        );
        findings.push(error(&spec.name, message));
    }
    if existing.leaderless > 0 {
        findings.push(error(&spec.name, format!("{} partitions have no leader", existing.leaderless)));
    }
    if existing.under_replicated > 0 {
        let message = format!("{} partitions have replicas that are behind", existing.under_replicated);
        findings.push(warning(&spec.name, message));
    }
    findings
}

/// Broker settings that the engine's promises lean on.
fn broker(subject: &str, config: &ConfigResource) -> Vec<Finding> {
    let number = |setting| config.get(setting)?.value.as_deref()?.parse::<i64>().ok();
    let mut findings = Vec::new();
    let scan = "transaction.abort.timed.out.transaction.cleanup.interval.ms";
    if let Some(ms) = number(scan).filter(|ms| *ms > 1000) {
        let message = format!("{scan} is {ms}: after a lost replica its readers wait up to that long; set it to 1000");
        findings.push(warning(subject, message));
    }
    if let Some(bytes) = number("offset.metadata.max.bytes").filter(|bytes| *bytes < 4096) {
        let message = format!("offset.metadata.max.bytes is {bytes}: the finished offsets need up to 4096");
        findings.push(error(subject, message));
    }
    if let Some(minutes) = number("offsets.retention.minutes").filter(|minutes| *minutes < 2 * 24 * 60) {
        let message = format!(
            "offsets.retention.minutes is {minutes}: services renew their offsets daily, so it must be 2880 or more"
        );
        findings.push(error(subject, message));
    }
    findings
}

/// With `group.protocol: consumer` the brokers say when a member counts as gone.
fn sessions(subject: &str, config: &ConfigResource) -> Option<Finding> {
    let setting = "group.consumer.session.timeout.ms";
    let ms = config.get(setting)?.value.as_deref()?.parse::<u128>().ok()?;
    let wanted = SESSION_TIMEOUT.as_millis();
    (ms > wanted).then(|| {
        let message = format!(
            "{setting} is {ms}: the partitions of a lost replica wait that long, unless the groups have \
             consumer.session.timeout.ms={wanted} of their own (docs/kip-848.md)"
        );
        warning(subject, message)
    })
}

fn error(subject: &str, message: impl Into<String>) -> Finding {
    Finding { severity: Severity::Error, subject: subject.to_owned(), message: message.into() }
}

fn warning(subject: &str, message: impl Into<String>) -> Finding {
    Finding { severity: Severity::Warning, subject: subject.to_owned(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::admin::{ConfigEntry, ConfigSource, OwnedResourceSpecifier};
    use std::time::Duration;

    fn layout(replication_factor: i32, min_insync_replicas: i32) -> Layout {
        Layout {
            partitions: 12,
            replication_factor,
            min_insync_replicas,
            dead_letter_retention: Duration::ZERO,
            history_retention: Duration::ZERO,
            posted_retention: Duration::ZERO,
            input_retention: None,
            max_message_bytes: 1,
        }
    }

    fn broker_with(setting: &str, value: &str) -> Vec<Finding> {
        let entry = ConfigEntry {
            name: setting.to_owned(),
            value: Some(value.to_owned()),
            source: ConfigSource::Default,
            is_read_only: false,
            is_default: true,
            is_sensitive: false,
        };
        broker("broker 1", &ConfigResource { specifier: OwnedResourceSpecifier::Broker(1), entries: vec![entry] })
    }

    #[test]
    fn weak_replication_is_a_warning() {
        let count = |replicas, in_sync| durability(&layout(replicas, in_sync)).len();
        assert_eq!([count(3, 2), count(1, 1), count(3, 1), count(3, 3)], [0, 2, 1, 1]);
    }

    #[test]
    fn a_long_session_on_the_brokers_is_found() {
        let entry = |ms: &str| ConfigEntry {
            name: "group.consumer.session.timeout.ms".to_owned(),
            value: Some(ms.to_owned()),
            source: ConfigSource::Default,
            is_read_only: false,
            is_default: true,
            is_sensitive: false,
        };
        let config = |ms| ConfigResource { specifier: OwnedResourceSpecifier::Broker(1), entries: vec![entry(ms)] };
        assert!(sessions("broker 1", &config("45000")).unwrap().message.contains("45000"));
        assert_eq!(sessions("broker 1", &config("6000")), None);
    }

    #[test]
    fn broker_settings_that_break_a_promise_are_found() {
        let scan = "transaction.abort.timed.out.transaction.cleanup.interval.ms";
        assert_eq!(broker_with(scan, "10000")[0].severity, Severity::Warning);
        assert!(broker_with(scan, "1000").is_empty());
        assert_eq!(broker_with("offset.metadata.max.bytes", "1024")[0].severity, Severity::Error);
        assert_eq!(broker_with("offsets.retention.minutes", "60")[0].severity, Severity::Error);
        assert!(broker_with("offsets.retention.minutes", "10080").is_empty());
    }
}
