//! The seam to the Kafka shell. Beside it only `states` names `stream`.

use crate::Settings;
use crate::admin::Health;
use crate::settings::{Ledger, Retry};
use contract::{Stage, Topics};
use engine::Handler;
use engine::rate::{Limit, Limits};
use prometheus::Registry;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use stream::Probes;
use stream::client::ClientSettings;
use stream::topics::ENVELOPE_BYTES;
use tokio::sync::watch;

impl Settings {
    /// How to reach the cluster.
    #[must_use]
    pub fn kafka_client(&self) -> ClientSettings {
        ClientSettings { brokers: self.kafka.brokers.clone(), properties: self.kafka.properties.clone() }
    }

    /// The topics' names.
    #[must_use]
    pub fn topic_names(&self) -> Topics {
        Topics::new(self.topics.prefix.clone())
    }

    /// What the stage's engine is run with.
    #[must_use]
    pub fn stream(&self, stage: Stage) -> stream::Settings {
        stream::Settings {
            kafka: self.kafka_client(),
            topics: self.topic_names(),
            partitions: self.topics.partitions,
            instance: self.instance.clone(),
            engine: self.engine(stage),
        }
    }

    fn engine(&self, stage: Stage) -> engine::settings::Settings {
        let bounds = self.stage(stage);
        engine::settings::Settings {
            retry: policy(&bounds.retry),
            attempt_timeout: Duration::from_millis(bounds.attempt_timeout_ms),
            concurrency: bounds.concurrency,
            max_held_bytes: self.engine.max_held_bytes,
            window_span: self.engine.window_span,
            limits: self.limits(stage),
            commit_linger: Duration::from_millis(self.engine.commit_linger_ms),
            commit_batch: self.engine.commit_batch,
            max_input_bytes: self.max_input_bytes(stage),
            breaker_failures: self.engine.breaker_failures,
            time_scale: self.engine.time_scale,
        }
    }

    fn limits(&self, stage: Stage) -> Limits {
        match stage {
            Stage::FetchExtract => Limits::default(),
            Stage::LlmStructure => Limits {
                calls: per_minute(self.llm.requests_per_minute),
                tokens: per_minute(self.llm.input_tokens_per_minute),
            },
            Stage::PostToZoho if self.ledger == Ledger::Zoho => {
                Limits { calls: per_minute(self.zoho.calls_per_minute), tokens: None }
            }
            Stage::PostToZoho => Limits::default(),
        }
    }

    /// Commands go to the first stage and carry another stage's input whole.
    const fn max_input_bytes(&self, stage: Stage) -> usize {
        match stage {
            Stage::FetchExtract => self.topics.max_message_bytes + ENVELOPE_BYTES,
            Stage::LlmStructure | Stage::PostToZoho => self.topics.max_message_bytes,
        }
    }
}

impl Health for Probes {
    fn live(&self) -> bool {
        self.live()
    }

    fn ready(&self) -> bool {
        self.ready()
    }

    fn checks(&self) -> Vec<(&'static str, bool)> {
        self.checks()
    }
}

/// A stage that is not running yet: what the admin server shows of it is there from the start.
pub(crate) struct Pipeline {
    pub(crate) probes: Arc<Probes>,
    pub(crate) registry: Registry,
}

impl Pipeline {
    /// Everything that the registry shows has the stage as a label, so that no one who collects it has to add it.
    pub(crate) fn new(stage: Stage) -> Self {
        let labels = HashMap::from([("stage".to_owned(), stage.to_string())]);
        let registry = Registry::new_custom(None, Some(labels)).expect("only an empty prefix is refused");
        Self { probes: Arc::new(Probes::new()), registry }
    }

    /// Runs the stage until `shutdown` and its drain.
    pub(crate) async fn run<H: Handler>(
        self,
        settings: &Settings,
        handler: H,
        shutdown: watch::Receiver<bool>,
    ) -> Result<(), stream::Error> {
        stream::run(settings.stream(H::STAGE), handler, self.probes, &self.registry, shutdown).await
    }
}

/// 0 stands for no limit.
fn per_minute(units: u32) -> Option<Limit> {
    (units > 0).then_some(Limit { units, window: Duration::from_secs(60) })
}

const fn policy(retry: &Retry) -> engine::retry::Policy {
    engine::retry::Policy {
        max_attempts: retry.max_attempts,
        initial: Duration::from_millis(retry.initial_ms),
        coefficient: retry.coefficient,
        cap: Duration::from_millis(retry.cap_ms),
        jitter: retry.jitter,
    }
}
