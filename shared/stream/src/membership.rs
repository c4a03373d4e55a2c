//! Membership of one consumer group, and nothing else: this client never fetches.
//!
//! While a rebalance callback of a librdkafka consumer is unanswered, the client pauses its whole assignment, also
//! the partitions that stay (docs/adr/0001). A drain takes as long as a call to a language model, so the two are
//! apart: this client is a member with an assignment that it never fetches, and [`crate::fetch`] fetches what the
//! loop tells it to. A revoke is answered only when the partitions are drained; meanwhile the others flow.

use crate::client::ClientSettings;
use crate::error::Error;
use crate::event::{Assigned, Event, Events};
use crate::metrics::Metrics;
use crate::ownership::Ownership;
use crate::probes::Probes;
use crate::signature::Signature;
use engine::core::PartitionId;
use engine::record::Source;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long one poll waits. It bounds how late a drained revoke is answered.
const POLL: Duration = Duration::from_millis(20);
const COMMITTED_TIMEOUT: Duration = Duration::from_secs(5);
/// How soon a replica that died is noticed.
pub(crate) const SESSION_TIMEOUT: Duration = Duration::from_secs(6);

/// A membership and the thread that serves it.
pub(crate) struct Membership {
    client: Arc<BaseConsumer<Context>>,
    commands: mpsc::Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Command {
    /// The partitions of the last revoke are drained.
    Answer,
    Leave,
}

/// What a membership is made of.
pub(crate) struct Parts {
    pub(crate) source: Source,
    pub(crate) topic: String,
    pub(crate) group: String,
    pub(crate) events: Events,
    pub(crate) ownership: Arc<Ownership>,
    pub(crate) probes: Arc<Probes>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Membership {
    /// Joins the group.
    pub(crate) fn join(settings: &ClientSettings, parts: Parts) -> Result<Self, Error> {
        let mut config = settings.consumer_config(&parts.group);
        if config.get("group.protocol").is_none_or(|protocol| protocol == "classic") {
            config
                .set("partition.assignment.strategy", "cooperative-sticky")
                .set("session.timeout.ms", SESSION_TIMEOUT.as_millis().to_string())
                .set("heartbeat.interval.ms", "1500");
        }
        let (source, topic, group) = (parts.source, parts.topic.clone(), parts.group.clone());
        let failed = |source| Error::Consumer { group: group.clone(), source };
        let context = Context { parts, leaving: AtomicBool::new(false), unanswered: Mutex::new(None) };
        let client: Arc<BaseConsumer<Context>> = Arc::new(config.create_with_context(context).map_err(failed)?);
        client.subscribe(&[&topic]).map_err(failed)?;
        let (commands, received) = mpsc::channel();
        let served = Arc::clone(&client);
        let thread = std::thread::Builder::new()
            .name(format!("member-{}", source.as_str()))
            .spawn(move || serve(&served, &received))
            .map_err(Error::Thread)?;
        Ok(Self { client, commands, thread: Some(thread) })
    }

    /// The partitions of the last revoke are drained: the group may hand them on.
    pub(crate) fn answer_revoke(&self) {
        // A membership that has ended has nothing left to answer.
        self.commands.send(Command::Answer).ok();
    }

    /// Committed positions and metadata, once no transaction on them is open any more.
    pub(crate) fn committed(&self, partitions: &[i32]) -> Result<Vec<(i32, i64, String)>, KafkaError> {
        committed(&self.client, partitions)
    }

    /// Leaves the group. Partitions must have been drained.
    pub(crate) fn leave(mut self) {
        self.commands.send(Command::Leave).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn serve(client: &BaseConsumer<Context>, commands: &mpsc::Receiver<Command>) {
    let context = client.context();
    loop {
        context.turn();
        match commands.try_recv() {
            Ok(Command::Answer) => context.answer(client),
            Ok(Command::Leave) => {
                // The client polls until it has left; from now on its callback answers at once.
                context.leaving.store(true, Ordering::Relaxed);
                context.parts.ownership.remove(context.unanswered().clone().unwrap_or_default());
                return context.answer(client);
            }
            Err(_) => {}
        }
        match client.poll(POLL) {
            None => {}
            Some(Ok(_)) => tracing::error!("a membership received a record, although it fetches nothing"),
            Some(Err(error)) => {
                tracing::warn!(%error, group = context.parts.group, "the group membership met an error and goes on");
            }
        }
    }
}

fn committed(client: &BaseConsumer<Context>, partitions: &[i32]) -> Result<Vec<(i32, i64, String)>, KafkaError> {
    let topic = &client.context().parts.topic;
    let mut list = TopicPartitionList::new();
    partitions.iter().for_each(|partition| {
        list.add_partition(topic, *partition);
    });
    let found = client.committed_offsets(list, COMMITTED_TIMEOUT)?;
    let read = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
        element.error()?;
        match element.offset() {
            Offset::Offset(position) => Ok((element.partition(), position, element.metadata().to_owned())),
            _ => Err(KafkaError::OffsetFetch(RDKafkaErrorCode::AutoOffsetReset)),
        }
    };
    found.elements().iter().map(read).collect()
}

/// The commits with their offset maps in place of their metadata; all of them must be ours.
fn maps(group: &str, mut commits: Vec<(i32, i64, String)>) -> Result<Vec<(i32, i64, String)>, Error> {
    for (partition, _, metadata) in &mut commits {
        *metadata = match Signature::read(metadata) {
            Signature::Ours(map) => map.to_owned(),
            Signature::Held(_) => return Err(Error::OffsetsHeld { group: group.to_owned() }),
            Signature::Foreign => {
                return Err(Error::ForeignOffset { group: group.to_owned(), partition: *partition });
            }
        };
    }
    Ok(commits)
}

/// What the client calls back into, on the serving thread.
pub(crate) struct Context {
    parts: Parts,
    leaving: AtomicBool,
    /// What a revoke wants that waits for its drain.
    unanswered: Mutex<Option<Vec<PartitionId>>>,
}

impl std::fmt::Debug for Membership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Membership").field("of", self.client.context()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("source", &self.parts.source).finish_non_exhaustive()
    }
}

impl Context {
    fn turn(&self) {
        let index = usize::from(self.parts.source == Source::Retry);
        self.parts.probes.turn(index);
        self.parts.ownership.turn(index);
    }

    fn count(&self, event: &str) {
        self.parts.metrics.rebalances.with_label_values(&[self.parts.source.as_str(), event]).inc();
    }

    fn unanswered(&self) -> MutexGuard<'_, Option<Vec<PartitionId>>> {
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the client that the revoke is done, if nothing that it wants is owned any more: the drain that has ended may
    /// be that of an earlier one. The client has nothing assigned, so the list is empty.
    fn answer(&self, client: &BaseConsumer<Self>) {
        let done = self.unanswered().take_if(|wanted| !self.parts.ownership.owns_any(wanted)).is_some();
        if done && let Err(error) = client.incremental_unassign(&TopicPartitionList::new()) {
            tracing::warn!(%error, "the group did not take the answer to its revoke");
        }
    }

    fn assign(&self, client: &BaseConsumer<Self>, partitions: &[i32]) {
        self.count("assign");
        self.parts.ownership.set_member(self.parts.source, client.group_metadata());
        if let Err(error) = client.incremental_assign(&TopicPartitionList::new()) {
            tracing::warn!(%error, "the assignment was refused; the group will rebalance again");
        }
        let found = self.await_committed(client, partitions);
        let assigned: Vec<Assigned> = found
            .into_iter()
            .map(|(partition, position, metadata)| {
                let id = (self.parts.source, partition);
                Assigned { id, epoch: self.parts.ownership.assign(id), position, metadata }
            })
            .collect();
        if !assigned.is_empty() {
            self.parts.events.send_blocking(Event::Assigned(assigned));
        }
        self.parts.probes.joined();
    }

    /// Nothing may be handed out before the committed offsets and maps are known: it would be paid for again.
    fn await_committed(&self, client: &BaseConsumer<Self>, partitions: &[i32]) -> Vec<(i32, i64, String)> {
        if partitions.is_empty() {
            return Vec::new();
        }
        loop {
            // Waiting for the cluster is not being stuck.
            self.turn();
            match committed(client, partitions) {
                Ok(found) => {
                    return maps(&self.parts.group, found).unwrap_or_else(|refused| {
                        self.parts.events.send_blocking(Event::Fatal(refused));
                        Vec::new()
                    });
                }
                Err(error) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) => {
                    let group = self.parts.group.clone();
                    self.parts.events.send_blocking(Event::Fatal(Error::NoOffset { group }));
                    return Vec::new();
                }
                Err(error) if client.assignment_lost() || self.leaving.load(Ordering::Relaxed) => {
                    tracing::warn!(%error, "the assignment ended before its offsets could be read");
                    return Vec::new();
                }
                Err(error) => tracing::warn!(%error, "reading the committed offsets again"),
            }
        }
    }

    fn revoke(&self, client: &BaseConsumer<Self>, partitions: Vec<i32>) {
        let source = self.parts.source;
        let lost = client.assignment_lost();
        self.count(if lost { "lost" } else { "revoke" });
        let ids: Vec<PartitionId> = partitions.iter().map(|partition| (source, *partition)).collect();
        *self.unanswered() = Some(ids.clone());
        if !lost && !self.leaving.load(Ordering::Relaxed) {
            self.parts.ownership.set_member(source, client.group_metadata());
            return self.parts.events.send_blocking(Event::Revoked(source, partitions));
        }
        if lost {
            self.parts.ownership.set_member(source, None);
        }
        self.parts.ownership.remove(ids);
        self.parts.events.send_blocking(Event::Lost(source, partitions));
        self.answer(client);
    }
}

impl ConsumerContext for Context {
    fn rebalance(&self, client: &BaseConsumer<Self>, kind: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions: Vec<i32> = list.elements().iter().map(|element| element.partition()).collect();
        match kind {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.assign(client, &partitions),
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => self.revoke(client, partitions),
            other => tracing::warn!(?other, "the rebalance failed; the client tries again"),
        }
    }
}

impl ClientContext for Context {}
