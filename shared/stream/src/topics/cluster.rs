//! What the cluster says about itself.

use super::Error;
use crate::client::{ClientSettings, REQUEST_TIMEOUT};
use crate::refusal::{Hearing, Refusal};
use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::{Metadata, MetadataBroker, MetadataTopic};
use rdkafka::producer::{BaseProducer, Producer as _};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(super) struct Cluster {
    pub(super) settings: ClientSettings,
    pub(super) admin: AdminClient<DefaultClientContext>,
    /// Lists the topics. An admin client tells nobody why the cluster refuses it.
    lister: Arc<BaseProducer<Hearing>>,
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
        let failed = |error| settings.error("create an admin client", error);
        let admin = config.create().map_err(failed)?;
        let lister = Arc::new(config.create_with_context(Hearing::default()).map_err(failed)?);
        Ok(Self { settings: settings.clone(), admin, lister })
    }

    /// Lists all topics: asking for a topic by its name would make it, where the broker allows that.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, Error> {
        Ok(Snapshot::of(&self.metadata(None).await?))
    }

    /// Whether a topic that is not listed is only hidden from us by access rules.
    pub(super) async fn hides(&self, topic: &str) -> Result<bool, Error> {
        let metadata = self.metadata(Some(topic.to_owned())).await?;
        let error = metadata.topics().iter().find(|found| found.name() == topic).and_then(MetadataTopic::error);
        let refusal = error.and_then(|error| Refusal::of(&KafkaError::MetadataFetch(error.into())));
        Ok(refusal.is_some())
    }

    async fn metadata(&self, topic: Option<String>) -> Result<Metadata, Error> {
        let (lister, settings) = (Arc::clone(&self.lister), self.settings.clone());
        let ask = move || {
            let serve = || {
                lister.poll(Duration::ZERO);
            };
            settings.metadata(lister.client(), serve, topic.as_deref())
        };
        let answer = tokio::task::spawn_blocking(ask).await;
        Ok(answer.expect("listing topics neither panics nor is cancelled")?)
    }

    pub(super) async fn describe(&self, resource: ResourceSpecifier<'_>) -> Result<ConfigResource, Error> {
        let answer = self
            .admin
            .describe_configs([&resource], &options())
            .await
            .map_err(|error| self.settings.error(format!("describe the settings of {}", name(resource)), error))?;
        match answer.into_iter().next() {
            Some(Ok(described)) => Ok(described),
            Some(Err(code)) => Err(refused(name(resource), code)),
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

pub(super) fn refused(subject: String, code: RDKafkaErrorCode) -> Error {
    let reason = Refusal::of_code(code).map_or_else(|| code.to_string(), |refusal| format!("{code}; {refusal}"));
    Error::Refused { subject, reason }
}

fn name(resource: ResourceSpecifier<'_>) -> String {
    match resource {
        ResourceSpecifier::Topic(name) => name.to_owned(),
        ResourceSpecifier::Group(name) => format!("the group {name}"),
        ResourceSpecifier::Broker(id) => format!("broker {id}"),
    }
}
