//! What a replica says of itself on `invoices.stages`, for people to see.
//!
//! It never holds a stage up and nothing waits for it: while one heartbeat is on its way, further ones are dropped.

use crate::client::ClientSettings;
use crate::error::Error;
use crate::fetch::Lag;
use crate::refusal::{self, log_line};
use contract::stages::{HEARTBEAT_INTERVAL, Heartbeat, Key};
use contract::{Headers, Stage, header};
use engine::core::Core;
use engine::record::Now;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the client is served while nothing is to be sent.
const POLL: Duration = Duration::from_millis(500);
/// How long the last word of a replica may take.
const LAST_WORD: Duration = Duration::from_secs(1);

/// The heart of a replica.
#[derive(Debug)]
pub(crate) struct Heart {
    stage: Stage,
    instance: String,
    lag: Arc<Lag>,
    beats: SyncSender<Heartbeat>,
    thread: JoinHandle<()>,
    /// When the next one is due, on the steady clock.
    due_ms: u64,
}

impl Heart {
    pub(crate) fn start(
        settings: &ClientSettings,
        topic: String,
        stage: Stage,
        instance: String,
        lag: Arc<Lag>,
    ) -> Result<Self, Error> {
        let mut config = settings.producer_config();
        config.set("message.timeout.ms", "5000").set("linger.ms", "0").set("queue.buffering.max.messages", "10");
        let context = Context { topic: topic.clone() };
        let producer: BaseProducer<Context> =
            config.create_with_context(context).map_err(|error| settings.error("create a producer", error))?;
        let key = Key::Heartbeat { stage, instance: instance.clone() }.to_string();
        let (beats, due) = mpsc::sync_channel(1);
        let run = move || send(&producer, &topic, &key, &due);
        let thread = std::thread::Builder::new().name("heartbeat".to_owned()).spawn(run).map_err(Error::Thread)?;
        Ok(Self { stage, instance, lag, beats, thread, due_ms: 0 })
    }

    /// Says how the replica is, if it is time to.
    pub(crate) fn beat(&mut self, core: &Core, now: Now) {
        if now.steady_ms < self.due_ms {
            return;
        }
        self.due_ms = now.steady_ms + u64::try_from(HEARTBEAT_INTERVAL.as_millis()).unwrap_or(u64::MAX / 2);
        // Nobody misses the one that is dropped: the next one says more.
        self.beats.try_send(self.heartbeat(core, now)).ok();
    }

    /// The next one comes at once: something has changed that people wait to see.
    pub(crate) fn hasten(&mut self) {
        self.due_ms = 0;
    }

    fn heartbeat(&self, core: &Core, now: Now) -> Heartbeat {
        let (load, standing) = (core.load(now), core.standing(now));
        let unfetched = self.lag.of(&standing.partitions);
        let (parked_until_ms, parked_because) = standing.parked.map(|parked| (parked.until_ms, parked.because)).unzip();
        Heartbeat {
            stage: self.stage,
            instance: self.instance.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            at_ms: now.wall_ms,
            partitions: standing.partitions,
            retry_partitions: standing.retry_partitions,
            in_flight: load.in_air as u64,
            open: (load.in_air + load.waiting) as u64,
            waiting: standing.delayed as u64,
            held_bytes: load.held_bytes as u64,
            breaker: standing.breaker,
            parked_until_ms,
            parked_because,
            paused: load.paused,
            rate_per_minute: standing.rate,
            lag: unfetched.map(|unfetched| unfetched + standing.open_main as u64),
        }
    }

    /// Strikes the replica out. Bounded; a cluster that is away keeps its last heartbeat.
    pub(crate) fn stop(self) {
        drop(self.beats);
        self.thread.join().ok();
    }
}

fn send(producer: &BaseProducer<Context>, topic: &str, key: &str, beats: &mpsc::Receiver<Heartbeat>) {
    let headers = Headers { content_type: Some(header::JSON.to_owned()), ..Headers::default() };
    loop {
        match beats.recv_timeout(POLL) {
            Ok(heartbeat) => {
                let value = serde_json::to_vec(&heartbeat).expect("a heartbeat is numbers and strings");
                let record = BaseRecord::to(topic).key(key).payload(&value).headers(crate::convert::owned(&headers));
                if let Err((error, _)) = producer.send(record) {
                    tracing::debug!(%error, topic, "a heartbeat was not sent");
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        producer.poll(Duration::ZERO);
    }
    if producer.send(BaseRecord::<str, [u8]>::to(topic).key(key)).is_ok() {
        producer.flush(LAST_WORD).ok();
    }
}

/// Only tells what it hears.
struct Context {
    topic: String,
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log_line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "the client of the heartbeats");
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            if refusal::Refusal::of(error).is_some() {
                return refusal::log(error, &format!("cannot write heartbeats to {}", self.topic));
            }
            tracing::debug!(%error, topic = self.topic, "a heartbeat was not delivered");
        }
    }
}
