//! What the commands need of the settings.

use crate::scan::Bar;
use anyhow::Context as _;
use contract::Topics;
use documents::Documents;
use operations::{Gate, Letters, Selection};
use runtime::{Settings, settings};
use std::time::Duration;
use stream::client::ClientSettings;
use stream::publish::Publisher;
use stream::topics::{self, Layout, Readiness, Role};

/// The cluster and the pipeline on it.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) kafka: ClientSettings,
    pub(crate) topics: Topics,
    pub(crate) layout: Layout,
    documents: settings::Documents,
    pub(crate) zoho: settings::Zoho,
    /// The largest PDF that the pipeline takes.
    pub(crate) max_pdf_bytes: u64,
}

impl Context {
    /// Fails with [`runtime::settings::Mistakes`] when the settings are wrong.
    pub(crate) fn load(brokers: Option<String>) -> anyhow::Result<Self> {
        let mut settings = Settings::load()?;
        if let Some(brokers) = brokers {
            settings.kafka.brokers = brokers;
        }
        Ok(Self {
            kafka: settings.kafka_client(),
            topics: settings.topic_names(),
            layout: layout(&settings),
            max_pdf_bytes: settings.fetch.max_bytes,
            documents: settings.documents,
            zoho: settings.zoho,
        })
    }

    /// The document store that the services share.
    pub(crate) fn documents(&self) -> anyhow::Result<Documents> {
        Ok(Documents::open(&self.documents.location, &self.documents.options)?)
    }

    /// An open gate, once it is certain that there is one.
    pub(crate) async fn gate(&self) -> anyhow::Result<Gate> {
        Ok(Gate::open(&self.kafka, &self.topics, self.publisher().await?).await?)
    }

    /// The dead letters that are meant.
    pub(crate) async fn letters(&self, selection: Selection, bar: &Bar) -> anyhow::Result<Letters> {
        Ok(Letters::open(&self.kafka, &self.topics, selection, bar.on_progress()).await?)
    }

    /// A publisher, once it is certain that there is somewhere to publish to.
    pub(crate) async fn publisher(&self) -> anyhow::Result<Publisher> {
        let readiness = topics::readiness(&self.kafka, &self.topics, self.layout.partitions, Role::Publisher).await?;
        if let (Readiness::Missing(missing), Some(code)) = (&readiness, readiness.code()) {
            anyhow::bail!("{code}: {missing}");
        }
        Publisher::new(&self.kafka, self.topics.clone()).context("no publisher")
    }
}

/// Who gives a command, for the history.
pub(crate) fn actor() -> String {
    let named = ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

fn layout(settings: &Settings) -> Layout {
    let topics = &settings.topics;
    Layout {
        partitions: topics.partitions,
        replication_factor: topics.replication_factor,
        min_insync_replicas: topics.min_insync_replicas,
        dead_letter_retention: days(topics.dead_letter_retention_days),
        history_retention: days(topics.history_retention_days),
        posted_retention: days(topics.posted_retention_days),
        input_retention: (topics.input_retention_days > 0).then(|| days(topics.input_retention_days)),
        max_message_bytes: topics.max_message_bytes,
    }
}

fn days(count: u32) -> Duration {
    Duration::from_hours(24 * u64::from(count))
}
