//! The committer: one thread, one transactional producer, one transaction after another.
//!
//! A transaction carries a batch's outputs and the offsets of both groups. No handler runs inside one. Every way in
//! which it can fail ends in an outcome that is certain: committed, or not, or "this is what is committed now".

use crate::bounded::{Bounded, Lost};
use crate::client::ClientSettings;
use crate::convert;
use crate::error::Error;
use crate::event::{Event, Events};
use crate::membership::Membership;
use crate::metrics::{Metrics, STATISTICS_MS};
use crate::ownership::{Member, Ownership};
use crate::refusal::{self, Refusal};
use crate::signature::{self, Signature};
use contract::{Stage, Topics};
use engine::core::{Batch, CommitOutcome, Committed, OffsetCommit, PartitionId};
use engine::offset_map;
use engine::record::Source;
use futures::executor::block_on;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, Producer as _};
use rdkafka::statistics::Statistics;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// One wait for the coordinator; the call is repeated while it says that this makes sense.
const CALL: Duration = Duration::from_secs(5);
/// A commit whose outcome is not known after that is in doubt.
const DOUBT_AFTER: Duration = Duration::from_secs(30);
/// A call that has not returned then never will: the client does not keep its own time limit everywhere.
const LOST_AFTER: Duration = Duration::from_secs(15);
const BACKOFF: Duration = Duration::from_millis(100);
/// Until a person has put right what the cluster refuses.
const REFUSED_BACKOFF: Duration = Duration::from_secs(2);

/// The committer's side that the loop holds.
#[derive(Debug)]
pub(crate) struct Committer {
    batches: Option<mpsc::Sender<Arc<Batch>>>,
    thread: Option<JoinHandle<()>>,
}

/// What a committer is made of.
pub(crate) struct Parts {
    pub(crate) settings: ClientSettings,
    pub(crate) topics: Topics,
    pub(crate) stage: Stage,
    /// Unique among the replicas and stable over restarts.
    pub(crate) transactional_id: String,
    pub(crate) memberships: HashMap<Source, Arc<Membership>>,
    pub(crate) ownership: Arc<Ownership>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) events: Events,
}

impl Committer {
    /// Initialises the transactional id, which ends what an earlier process of that id left open, and takes batches.
    pub(crate) fn start(parts: Parts, transactional: Transactional) -> Result<Self, Error> {
        let (batches, received) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("commit".to_owned())
            .spawn(move || Worker { parts, transactional }.run(&received))
            .map_err(Error::Thread)?;
        Ok(Self { batches: Some(batches), thread: Some(thread) })
    }

    pub(crate) fn commit(&self, batch: Arc<Batch>) {
        if let Some(batches) = &self.batches {
            // The thread ends only after this sender is gone.
            batches.send(batch).ok();
        }
    }

    /// Waits for the transaction under way.
    pub(crate) fn stop(mut self) {
        self.batches.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// A producer whose transactional id is initialised. Waits for the cluster as long as it takes.
pub(crate) fn producer(
    settings: &ClientSettings,
    transactional_id: &str,
    metrics: &Arc<Metrics>,
) -> Result<Transactional, Error> {
    loop {
        let transactional = create(settings, transactional_id, metrics)?;
        match transactional.producer.init_transactions(CALL) {
            Ok(()) => {
                // Nothing from before the initialisation can be of harm to what follows it.
                transactional.broke.store(false, Ordering::Relaxed);
                return Ok(transactional);
            }
            Err(error) => {
                refusal::log(&error, &format!("waiting to begin transactions as {transactional_id}"));
                back_off(&error);
            }
        }
    }
}

fn create(settings: &ClientSettings, transactional_id: &str, metrics: &Arc<Metrics>) -> Result<Transactional, Error> {
    let mut config = settings.producer_config();
    config
        .set("transactional.id", transactional_id)
        .set("transaction.timeout.ms", "6000")
        .set("message.timeout.ms", "5000")
        .set("linger.ms", "0")
        // The coordinator answers "concurrent transactions" for a moment after each commit.
        .set("retry.backoff.ms", "5")
        .set("retry.backoff.max.ms", "100")
        .set("statistics.interval.ms", STATISTICS_MS)
        // Where it says that a connection broke; see `Connection`.
        .set("debug", "broker")
        .set_log_level(RDKafkaLogLevel::Debug);
    let broke = Arc::new(AtomicBool::new(false));
    let producer: FutureProducer<Connection> = config
        .create_with_context(Connection { broke: Arc::clone(&broke), metrics: Arc::clone(metrics) })
        .map_err(|source| Error::Producer { id: transactional_id.to_owned(), source })?;
    let transaction = producer.clone();
    let send = move |(list, member): OffsetsCall| transaction.send_offsets_to_transaction(&list, &member.0, CALL);
    let offsets = Bounded::start("offsets", send).map_err(Error::Thread)?;
    Ok(Transactional { producer, offsets, broke })
}

type OffsetsCall = (TopicPartitionList, Arc<Member>);

/// A producer whose connections are watched.
pub(crate) struct Transactional {
    producer: FutureProducer<Connection>,
    /// Hands offsets to the transaction.
    offsets: Bounded<OffsetsCall, KafkaResult<()>>,
    /// A connection broke since the producer was initialised, also where the client mended it without a word. A request
    /// may still be under way to the broker, although the client has repeated it: arriving late, it would commit or
    /// abort the next transaction half-way, or set its offsets back. Only a new epoch of the transactional id shuts it
    /// out (docs/adr/0001), so this producer begins no further transaction.
    broke: Arc<AtomicBool>,
}

struct Connection {
    broke: Arc<AtomicBool>,
    metrics: Arc<Metrics>,
}

impl Connection {
    /// What the client's log files the break of a connection under.
    const BREAK: &str = "FAIL";
}

impl ClientContext for Connection {
    fn error(&self, error: KafkaError, reason: &str) {
        self.broke.store(true, Ordering::Relaxed);
        match Refusal::of(&error) {
            Some(_) => refusal::log(&error, reason),
            None => tracing::debug!(%error, reason, "the producer's connection met an error"),
        }
    }

    /// The error callback hears only when all brokers are gone. That a single connection broke stands in the client's
    /// log alone, written before anything that was under way on it is repeated.
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == Self::BREAK {
            self.broke.store(true, Ordering::Relaxed);
        }
        refusal::log_line(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        self.metrics.producing(&statistics);
    }
}

struct Worker {
    parts: Parts,
    transactional: Transactional,
}

/// How far a transaction got.
enum Attempt {
    Committed,
    /// Certainly not committed, and the producer can go on.
    Aborted(KafkaError),
    Refused {
        settlement: usize,
        error: KafkaError,
    },
    /// A partition went away meanwhile.
    NotOwned,
    /// Certainly not committed, and the client does not return any more.
    Lost,
    /// Certainly not committed, but the producer is done for.
    Broken(KafkaError),
    InDoubt(KafkaError),
}

impl Worker {
    fn run(mut self, batches: &mpsc::Receiver<Arc<Batch>>) {
        while let Ok(batch) = batches.recv() {
            let began = Instant::now();
            if self.transactional.broke.load(Ordering::Relaxed) {
                tracing::info!(batch = batch.id, "a connection broke; the producer is replaced before the next batch");
                self.replace_producer();
            }
            let attempt = self.attempt(&batch);
            let outcome = self.conclude(attempt, &batch);
            self.parts.metrics.transaction.observe(began.elapsed().as_secs_f64());
            self.parts.events.send_blocking(Event::CommitEnded(outcome));
        }
    }

    fn conclude(&mut self, attempt: Attempt, batch: &Batch) -> CommitOutcome {
        let count = |outcome: &str| self.parts.metrics.transactions.with_label_values(&[outcome]).inc();
        match attempt {
            Attempt::Committed => {
                count("committed");
                CommitOutcome::Committed
            }
            Attempt::Refused { settlement, error } => {
                count("refused");
                CommitOutcome::Refused { settlement, reason: error.to_string() }
            }
            Attempt::NotOwned => {
                count("not_owned");
                CommitOutcome::Aborted
            }
            Attempt::Aborted(error) => {
                count("aborted");
                refusal::log(&error, &format!("transaction {} was aborted; its results are sent again", batch.id));
                back_off(&error);
                CommitOutcome::Aborted
            }
            Attempt::Broken(error) => {
                count("aborted");
                refusal::log(
                    &error,
                    &format!("transaction {}: the producer is replaced; results are sent again", batch.id),
                );
                self.replace_producer();
                CommitOutcome::Aborted
            }
            Attempt::Lost => {
                count("aborted");
                tracing::warn!(
                    batch = batch.id,
                    "the Kafka client does not return from handing offsets over; the producer is given up and replaced"
                );
                self.replace_producer();
                CommitOutcome::Aborted
            }
            Attempt::InDoubt(error) => {
                count("in_doubt");
                tracing::warn!(%error, batch = batch.id, "the outcome of the transaction is in doubt; reading it back");
                self.replace_producer();
                CommitOutcome::Resolved(self.read_back(&batch.offsets))
            }
        }
    }

    fn attempt(&self, batch: &Batch) -> Attempt {
        if let Err(error) = self.transactional.producer.begin_transaction() {
            return Attempt::Broken(error);
        }
        if let Err((settlement, error)) = self.send(batch) {
            let refused = is_refusal(&error);
            return match self.abort() {
                Err(broken) => Attempt::Broken(broken),
                Ok(()) if refused => Attempt::Refused { settlement, error },
                Ok(()) => Attempt::Aborted(error),
            };
        }
        for source in Source::ALL {
            let of_source: Vec<&OffsetCommit> = batch.offsets.iter().filter(|one| one.partition.0 == source).collect();
            if of_source.is_empty() {
                continue;
            }
            let assignments: Vec<_> = of_source.iter().map(|one| (one.partition, one.epoch)).collect();
            let Some(member) = self.parts.ownership.member_for(source, &assignments) else {
                return self.abort().map_or_else(Attempt::Broken, |()| Attempt::NotOwned);
            };
            let sent = match self.offsets(&of_source) {
                Ok(list) => self.hand_over(&list, &member),
                Err(error) => Ok(Err(error)),
            };
            match sent {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return self.abort().map_or_else(Attempt::Broken, |()| Attempt::Aborted(error)),
                Err(Lost) => return Attempt::Lost,
            }
        }
        let committed = match self.transactional.producer.commit_transaction(CALL) {
            Err(error) if is_retriable(&error) => {
                self.transactional.broke.store(true, Ordering::Relaxed);
                self.repeat(|| self.transactional.producer.commit_transaction(CALL))
            }
            certain => certain,
        };
        match committed {
            Ok(()) => Attempt::Committed,
            Err(error) if requires_abort(&error) => {
                self.abort().map_or_else(Attempt::Broken, |()| Attempt::Aborted(error))
            }
            Err(error) => Attempt::InDoubt(error),
        }
    }

    /// Sends the outputs and awaits every delivery: a commit that has to flush first takes 100 ms more.
    fn send(&self, batch: &Batch) -> Result<(), (usize, KafkaError)> {
        let mut deliveries = Vec::new();
        for (settlement, output) in batch.outputs() {
            match self.transactional.producer.send_result(convert::future_record(output)) {
                Ok(delivery) => deliveries.push((settlement, delivery)),
                Err((error, _)) => return Err((settlement, error)),
            }
        }
        for (settlement, delivery) in deliveries {
            match block_on(delivery) {
                Ok(Ok(_)) => {}
                Ok(Err((error, _))) => return Err((settlement, error)),
                Err(_) => return Err((settlement, KafkaError::Canceled)),
            }
        }
        Ok(())
    }

    fn offsets(&self, offsets: &[&OffsetCommit]) -> KafkaResult<TopicPartitionList> {
        let mut list = TopicPartitionList::new();
        for one in offsets {
            let topic = match one.partition.0 {
                Source::Main => self.parts.topics.main(self.parts.stage),
                Source::Retry => self.parts.topics.retry(self.parts.stage),
            };
            let mut element = list.add_partition(&topic, one.partition.1);
            element.set_offset(Offset::Offset(one.position))?;
            element.set_metadata(signature::sign(&one.metadata));
        }
        Ok(list)
    }

    fn hand_over(&self, list: &TopicPartitionList, member: &Arc<Member>) -> Result<KafkaResult<()>, Lost> {
        let began = Instant::now();
        loop {
            match self.transactional.offsets.call((list.clone(), Arc::clone(member)), LOST_AFTER)? {
                Err(error) if is_retriable(&error) && began.elapsed() < DOUBT_AFTER => std::thread::sleep(BACKOFF),
                result => return Ok(result),
            }
        }
    }

    fn abort(&self) -> KafkaResult<()> {
        self.repeat(|| self.transactional.producer.abort_transaction(CALL))
    }

    /// Repeats a call while the client says that this is the thing to do.
    fn repeat(&self, call: impl Fn() -> KafkaResult<()>) -> KafkaResult<()> {
        let began = Instant::now();
        loop {
            match call() {
                Err(error) if is_retriable(&error) && began.elapsed() < DOUBT_AFTER => std::thread::sleep(BACKOFF),
                result => return result,
            }
        }
    }

    /// Initialising the same transactional id waits until its last transaction has ended either way.
    fn replace_producer(&mut self) {
        loop {
            match producer(&self.parts.settings, &self.parts.transactional_id, &self.parts.metrics) {
                Ok(producer) => {
                    self.transactional = producer;
                    return;
                }
                Err(error) => tracing::error!(%error, "cannot create a producer; trying again"),
            }
            std::thread::sleep(BACKOFF);
        }
    }

    fn read_back(&self, offsets: &[OffsetCommit]) -> HashMap<PartitionId, Committed> {
        let mut found = HashMap::new();
        for (source, membership) in &self.parts.memberships {
            let partitions: Vec<i32> =
                offsets.iter().filter(|one| one.partition.0 == *source).map(|one| one.partition.1).collect();
            if partitions.is_empty() {
                continue;
            }
            let rows = loop {
                match membership.committed(&partitions) {
                    Ok(rows) => break rows,
                    Err(error) => tracing::warn!(%error, "reading the committed offsets again"),
                }
                std::thread::sleep(BACKOFF);
            };
            for (partition, position, metadata) in rows {
                let finished: BTreeSet<i64> = match Signature::read(&metadata) {
                    Signature::Ours(map) => offset_map::decode(position, map).unwrap_or_default(),
                    Signature::Held(_) | Signature::Foreign => BTreeSet::new(),
                };
                found.insert((*source, partition), Committed { position, finished });
            }
        }
        found
    }
}

fn back_off(error: &KafkaError) {
    let refused = Refusal::of(error).is_some();
    std::thread::sleep(if refused { REFUSED_BACKOFF } else { BACKOFF });
}

fn is_retriable(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(error) if error.is_retriable())
}

fn requires_abort(error: &KafkaError) -> bool {
    matches!(error, KafkaError::Transaction(error) if error.txn_requires_abort())
}

/// Whether the record itself is at fault, so that sending it again cannot help.
fn is_refusal(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::MessageSizeTooLarge
                | RDKafkaErrorCode::InvalidMessageSize
                | RDKafkaErrorCode::InvalidRecord
                | RDKafkaErrorCode::InvalidTimestamp
                | RDKafkaErrorCode::MessageBatchTooLarge
        )
    )
}
