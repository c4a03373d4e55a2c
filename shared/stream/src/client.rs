//! How every client of the cluster is configured, and the one error they all share.
//!
//! An operator's properties win over our defaults. What exactly-once depends on is set afterwards, by the
//! constructors here, and cannot be overridden.

use crate::refusal::{Hearing, Refusal};
use rdkafka::ClientConfig;
use rdkafka::client::Client;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

/// How long a request to the cluster may take before the caller hears of it.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How soon a request is repeated that came before a partition had a leader.
const ELECTION_POLL: Duration = Duration::from_millis(100);

/// How soon a request for metadata looks whether the cluster has refused the connection meanwhile.
const METADATA_SLICE: Duration = Duration::from_secs(3);

const GROUP_PROTOCOL: &str = "group.protocol";

/// The largest record any of our clients sends, in bytes. It stands above the largest topic's limit (the dead
/// letters of the first stage), so that the broker's limit of the topic is the one that counts.
const MAX_RECORD_BYTES: &str = "2097152";

/// Where the cluster is and how to speak to it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// Handed to librdkafka as they are: TLS, SASL, timeouts.
    pub properties: BTreeMap<String, String>,
}

/// Who assigns partitions to the members of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupProtocol {
    /// A member that the group elects.
    Classic,
    /// The group's coordinator (KIP-848).
    Consumer,
}

/// The cluster refused a request, or could not be reached.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot {action} (Kafka at {brokers}): {reason}{}", advice(*refusal))]
pub struct Error {
    action: String,
    brokers: String,
    reason: Box<KafkaError>,
    refusal: Option<Refusal>,
}

impl Error {
    /// Why the cluster turned us away, if that is what happened.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// What the client heard beside the call says more than the call itself.
    pub(crate) fn or_as_heard(self, heard: Option<Refusal>) -> Self {
        Self { refusal: heard.or(self.refusal), ..self }
    }
}

fn advice(refusal: Option<Refusal>) -> String {
    refusal.map_or_else(String::new, |refusal| format!("; {refusal}"))
}

impl ClientSettings {
    /// Classic, unless the operator's properties say otherwise.
    pub(crate) fn group_protocol(&self) -> GroupProtocol {
        match self.properties.get(GROUP_PROTOCOL).map(String::as_str) {
            Some("consumer") => GroupProtocol::Consumer,
            _ => GroupProtocol::Classic,
        }
    }

    /// What every client has in common. Only a member of a group has a group's protocol.
    #[must_use]
    pub fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "invoices")
            .set("socket.keepalive.enable", "true")
            .set_log_level(RDKafkaLogLevel::Warning);
        for (name, value) in self.properties.iter().filter(|(name, _)| *name != GROUP_PROTOCOL) {
            config.set(name, value);
        }
        config
    }

    /// A consumer that commits nothing of its own accord and never guesses where to begin.
    pub(crate) fn consumer_config(&self, group: &str) -> ClientConfig {
        let mut config = self.config();
        config
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("allow.auto.create.topics", "false");
        config
    }

    /// A producer that loses and doubles nothing, and that puts a key where the Java client would.
    pub(crate) fn producer_config(&self) -> ClientConfig {
        let mut config = self.config();
        if !self.properties.contains_key("compression.type") && !self.properties.contains_key("compression.codec") {
            config.set("compression.type", "lz4");
        }
        config
            .set("partitioner", "murmur2_random")
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.max.bytes", MAX_RECORD_BYTES)
            .set("allow.auto.create.topics", "false");
        config
    }

    /// Says of a failed request what it was for: `action` completes "cannot …".
    pub(crate) fn error(&self, action: impl Into<String>, reason: KafkaError) -> Error {
        let refusal = Refusal::of(&reason);
        Error { action: action.into(), brokers: self.brokers.clone(), reason: Box::new(reason), refusal }
    }

    /// Describes one topic or all of them. A refused connection is reported at once and not as a timeout; `serve`
    /// lets the client call its context.
    pub(crate) fn metadata(
        &self,
        client: &Client<Hearing>,
        serve: impl Fn(),
        topic: Option<&str>,
    ) -> Result<Metadata, Error> {
        let action = topic.map_or_else(|| "list the topics".to_owned(), |topic| format!("describe {topic}"));
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        loop {
            let answer = client.fetch_metadata(topic, METADATA_SLICE);
            serve();
            let reason = match answer {
                Ok(found) => return Ok(found),
                Err(reason) => reason,
            };
            let error = self.error(&action, reason).or_as_heard(client.context().take());
            if error.refusal.is_some() || Instant::now() > deadline {
                return Err(error);
            }
        }
    }
}

/// Repeats a blocking request while leaders are elected, as after a topic was made or a broker was lost.
pub(crate) fn through_election<T>(mut request: impl FnMut() -> KafkaResult<T>) -> KafkaResult<T> {
    use RDKafkaErrorCode::{
        CoordinatorLoadInProgress, CoordinatorNotAvailable, LeaderNotAvailable, NotCoordinator, NotLeaderForPartition,
        UnknownPartition, UnknownTopicOrPartition, UnstableOffsetCommit,
    };
    let deadline = Instant::now() + REQUEST_TIMEOUT;
    loop {
        let answer = request();
        let code = answer.as_ref().err().and_then(KafkaError::rdkafka_error_code);
        match code {
            Some(
                CoordinatorLoadInProgress
                | CoordinatorNotAvailable
                | LeaderNotAvailable
                | NotCoordinator
                | NotLeaderForPartition
                | UnknownPartition
                | UnknownTopicOrPartition
                | UnstableOffsetCommit,
            ) if Instant::now() < deadline => {
                thread::sleep(ELECTION_POLL);
            }
            _ => return answer,
        }
    }
}

impl std::fmt::Debug for ClientSettings {
    /// Properties hold credentials: only their names are shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientSettings")
            .field("brokers", &self.brokers)
            .field("properties", &self.properties.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(properties: &[(&str, &str)]) -> ClientSettings {
        let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ClientSettings { brokers: "127.0.0.1:9092".to_owned(), properties }
    }

    #[test]
    fn an_operators_properties_win_over_defaults() {
        let settings = settings(&[("client.id", "ours"), ("compression.codec", "zstd")]);
        let config = settings.producer_config();
        assert_eq!(config.get("client.id"), Some("ours"));
        assert_eq!((config.get("compression.codec"), config.get("compression.type")), (Some("zstd"), None));
    }

    #[test]
    fn what_exactly_once_depends_on_cannot_be_overridden() {
        let settings = settings(&[
            ("enable.idempotence", "false"),
            ("partitioner", "consistent_random"),
            ("enable.auto.commit", "true"),
            ("isolation.level", "read_uncommitted"),
            ("auto.offset.reset", "latest"),
        ]);
        let producer = settings.producer_config();
        assert_eq!(producer.get("enable.idempotence"), Some("true"));
        assert_eq!(producer.get("partitioner"), Some("murmur2_random"));
        let consumer = settings.consumer_config("g");
        assert_eq!(consumer.get("enable.auto.commit"), Some("false"));
        assert_eq!(consumer.get("isolation.level"), Some("read_committed"));
        assert_eq!(consumer.get("auto.offset.reset"), Some("error"));
    }

    #[test]
    fn credentials_are_not_shown() {
        let shown = format!("{:?}", settings(&[("sasl.password", "hunter2")]));
        assert!(shown.contains("sasl.password") && !shown.contains("hunter2"), "{shown}");
    }
}
