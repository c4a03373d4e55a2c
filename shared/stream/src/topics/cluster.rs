//! What the cluster says about itself.

use super::Error;
use crate::client::{ClientSettings, REQUEST_TIMEOUT};
use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::metadata::{Metadata, MetadataBroker, MetadataTopic};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) struct Cluster {
    pub(super) settings: ClientSettings,
    pub(super) admin: Arc<AdminClient<DefaultClientContext>>,
}

/// Brokers and topics at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) brokers: Vec<i32>,
    pub(super) topics: BTreeMap<String, Existing>,
}

/// A topic as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Existing {
    pub(super) partitions: i32,
    /// Of the partition with the fewest.
    pub(super) replicas: usize,
    /// Partitions that have fewer replicas in sync than replicas.
    pub(super) under_replicated: usize,
    /// Partitions that can be neither read nor written.
    pub(super) leaderless: usize,
}

impl Cluster {
    pub(super) fn connect(settings: &ClientSettings) -> Result<Self, Error> {
        let mut config = settings.config();
        config.set("allow.auto.create.topics", "false");
        let admin = config.create().map_err(|error| settings.error("create an admin client", error))?;
        Ok(Self { settings: settings.clone(), admin: Arc::new(admin) })
    }

    /// Lists all topics: asking for a topic by its name would make it, where the broker allows that.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, Error> {
        let admin = Arc::clone(&self.admin);
        let metadata = tokio::task::spawn_blocking(move || admin.inner().fetch_metadata(None, REQUEST_TIMEOUT))
            .await
            .expect("listing topics neither panics nor is cancelled")
            .map_err(|error| self.settings.error("list the topics", error))?;
        Ok(Snapshot::of(&metadata))
    }

    pub(super) async fn describe(&self, resource: ResourceSpecifier<'_>) -> Result<ConfigResource, Error> {
        let answer = self
            .admin
            .describe_configs([&resource], &options())
            .await
            .map_err(|error| self.settings.error(format!("describe the settings of {}", name(resource)), error))?;
        match answer.into_iter().next() {
            Some(Ok(described)) => Ok(described),
            Some(Err(code)) => Err(Error::Refused { subject: name(resource), reason: code.to_string() }),
            None => Err(Error::Refused { subject: name(resource), reason: "it has no settings".to_owned() }),
        }
    }
}

impl Snapshot {
    fn of(metadata: &Metadata) -> Self {
        let topics = metadata.topics().iter().filter(|topic| !topic.partitions().is_empty());
        Self {
            brokers: metadata.brokers().iter().map(MetadataBroker::id).collect(),
            topics: topics.map(|topic| (topic.name().to_owned(), Existing::of(topic))).collect(),
        }
    }
}

impl Existing {
    fn of(topic: &MetadataTopic) -> Self {
        let partitions = topic.partitions();
        Self {
            partitions: i32::try_from(partitions.len()).unwrap_or(i32::MAX),
            replicas: partitions.iter().map(|p| p.replicas().len()).min().unwrap_or(0),
            under_replicated: partitions.iter().filter(|p| p.isr().len() < p.replicas().len()).count(),
            leaderless: partitions.iter().filter(|p| p.leader() < 0).count(),
        }
    }
}

pub(super) fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT)).operation_timeout(Some(REQUEST_TIMEOUT))
}

fn name(resource: ResourceSpecifier<'_>) -> String {
    match resource {
        ResourceSpecifier::Topic(name) => name.to_owned(),
        ResourceSpecifier::Group(name) => format!("the group {name}"),
        ResourceSpecifier::Broker(id) => format!("broker {id}"),
    }
}
