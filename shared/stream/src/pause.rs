//! Follows `invoices.stages` for what people have said of this stage: whether it is paused.
//!
//! It never holds a stage up: where the topic cannot be read, the stage runs, as one of an earlier version did, and says so.

use crate::client::ClientSettings;
use crate::error::Error;
use crate::event::{Event, Events};
use crate::refusal::{self, Hearing};
use contract::Stage;
use contract::stages::{Control, Key};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How long a start waits at most to know whether the stage is paused.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one poll waits.
const POLL: Duration = Duration::from_millis(100);
const METADATA: Duration = Duration::from_secs(2);
/// How soon a topic that is not there is looked for again.
const AGAIN: Duration = Duration::from_secs(5);

/// The following client and its thread.
#[derive(Debug)]
pub(crate) struct PauseReader {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    first: Option<oneshot::Receiver<bool>>,
}

impl PauseReader {
    /// Changes are told as events. `group` is only named, never joined.
    pub(crate) fn start(
        settings: &ClientSettings,
        topic: String,
        group: &str,
        stage: Stage,
        events: Events,
    ) -> Result<Self, Error> {
        let mut config = settings.consumer_config(group);
        config
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            .set("queued.max.messages.kbytes", "1024")
            .set("fetch.wait.max.ms", "100");
        let client: BaseConsumer<Hearing> = config
            .create_with_context(Hearing::default())
            .map_err(|source| Error::Consumer { group: group.to_owned(), source })?;
        let (known, first) = oneshot::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let mut follower = Follower {
            client,
            topic,
            stage,
            events,
            stop: Arc::clone(&stop),
            paused: false,
            said: None,
            known: Some(known),
            unread: BTreeSet::new(),
        };
        let run = move || follower.run();
        let thread = std::thread::Builder::new().name("stages".to_owned()).spawn(run).map_err(Error::Thread)?;
        Ok(Self { stop, thread, first: Some(first) })
    }

    /// Whether the stage is paused as it starts. Not for long: a stage that cannot know it runs.
    pub(crate) async fn at_first(&mut self) -> bool {
        let Some(first) = self.first.take() else { return false };
        match tokio::time::timeout(PATIENCE, first).await {
            Ok(paused) => paused.unwrap_or(false),
            Err(_) => {
                tracing::warn!("whether the stage is paused is not known yet; it runs until it is");
                false
            }
        }
    }

    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().ok();
    }
}

struct Follower {
    client: BaseConsumer<Hearing>,
    topic: String,
    stage: Stage,
    events: Events,
    stop: Arc<AtomicBool>,
    /// By the latest record that was read.
    paused: bool,
    /// What the loop was told last.
    said: Option<bool>,
    /// Who waits for the first word.
    known: Option<oneshot::Sender<bool>>,
    /// Partitions that were not read to their end yet.
    unread: BTreeSet<i32>,
}

impl Follower {
    fn run(&mut self) {
        let mut warned = false;
        while !self.is_stopped() {
            match self.open() {
                Ok(()) => return self.follow(),
                Err(error) => {
                    if !std::mem::replace(&mut warned, true) {
                        warn(&self.topic, &error);
                    }
                    if is_absent(&error) {
                        self.tell_first();
                    }
                }
            }
            let again = Instant::now() + AGAIN;
            while Instant::now() < again && !self.is_stopped() {
                std::thread::sleep(POLL);
            }
        }
    }

    /// Assigns all partitions, from their beginning.
    fn open(&mut self) -> Result<(), KafkaError> {
        let metadata = self.client.fetch_metadata(Some(&self.topic), METADATA)?;
        let unknown = KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition);
        let topic = metadata.topics().iter().find(|topic| topic.name() == self.topic).ok_or(unknown.clone())?;
        if let Some(error) = topic.error() {
            return Err(KafkaError::MetadataFetch(error.into()));
        }
        let partitions: BTreeSet<i32> =
            topic.partitions().iter().map(rdkafka::metadata::MetadataPartition::id).collect();
        if partitions.is_empty() {
            return Err(unknown);
        }
        let mut list = TopicPartitionList::new();
        for partition in &partitions {
            list.add_partition_offset(&self.topic, *partition, Offset::Beginning)?;
        }
        self.client.assign(&list)?;
        self.unread = partitions;
        Ok(())
    }

    fn follow(&mut self) {
        while !self.is_stopped() {
            match self.client.poll(POLL) {
                None => {}
                Some(Ok(message)) => {
                    let read = control(self.stage, message.key(), message.payload());
                    drop(message);
                    self.paused = read.unwrap_or(self.paused);
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => drop(self.unread.remove(&partition)),
                Some(Err(error)) => refusal::log(&error, &format!("cannot read {}", self.topic)),
            }
            // An older word must not be acted upon while the latest one is still to be read.
            if self.unread.is_empty() && self.said != Some(self.paused) {
                self.tell();
            }
        }
    }

    fn tell(&mut self) {
        self.tell_first();
        if self.said.is_some() || self.paused {
            let (stage, paused) = (self.stage.as_str(), self.paused);
            tracing::info!(stage, paused, "the stage is {}", if paused { "paused" } else { "resumed" });
        }
        self.said = Some(self.paused);
        self.events.send_blocking(Event::Paused(self.paused));
    }

    /// Whoever waits need not wait any more.
    fn tell_first(&mut self) {
        if let Some(known) = self.known.take() {
            known.send(self.paused).ok();
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// What a record says of the stage; `None` if nothing. A control record that was struck out says that it is not paused.
fn control(stage: Stage, key: Option<&[u8]>, value: Option<&[u8]>) -> Option<bool> {
    let key: Key = std::str::from_utf8(key?).ok()?.parse().ok()?;
    if key != Key::Control(stage) {
        return None;
    }
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Some(false) };
    match serde_json::from_slice::<Control>(value) {
        Ok(control) => Some(control.paused),
        Err(_) => {
            tracing::warn!(stage = stage.as_str(), "a record that should pause or resume the stage cannot be read");
            None
        }
    }
}

fn is_absent(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownTopicOrPartition)
}

fn warn(topic: &str, error: &KafkaError) {
    if is_absent(error) {
        let advice = "the stage runs and cannot be paused; `invoicectl topics apply` makes the topic";
        return tracing::warn!(topic, "the topic does not exist: {advice}");
    }
    refusal::log(error, &format!("cannot read {topic}, so the stage runs and cannot be paused"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGE: Stage = Stage::LlmStructure;

    fn said(paused: bool) -> Vec<u8> {
        format!(r#"{{"stage":"llm-structure","paused":{paused},"actor":"asha","at_ms":1}}"#).into_bytes()
    }

    #[test]
    fn only_a_readable_word_about_this_stage_counts() {
        let key = Some(&b"control/llm-structure"[..]);
        assert_eq!(control(STAGE, key, Some(&said(true))), Some(true));
        assert_eq!(control(STAGE, key, Some(&said(false))), Some(false));
        assert_eq!(control(STAGE, key, None), Some(false), "struck out");
        assert_eq!(control(STAGE, key, Some(b"pause!")), None);
        for other in [&b"control/post-to-zoho"[..], b"llm-structure/a", b"llm-structure", b"\xff"] {
            assert_eq!(control(STAGE, Some(other), Some(&said(true))), None, "{other:?}");
        }
        assert_eq!(control(STAGE, None, Some(&said(true))), None);
    }
}
