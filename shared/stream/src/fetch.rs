//! The one client that fetches the stage's records, from the partitions that the loop assigns to it by hand.
//!
//! It is no member of any group, so no rebalance ever pauses it.

use crate::client::ClientSettings;
use crate::convert;
use crate::error::Error;
use crate::event::{Event, Events};
use crate::metrics::{Metrics, STATISTICS_MS};
use crate::ownership::Ownership;
use crate::probes::Probes;
use crate::refusal::{self, Refusal};
use contract::{Stage, Topics};
use engine::core::{Epoch, PartitionId};
use engine::record::Source;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::statistics::Statistics;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long one poll waits. It bounds how late a command is carried out.
const POLL: Duration = Duration::from_millis(10);
/// How often positions past the last record are reported.
const LOOK_AT_ENDS: Duration = Duration::from_secs(1);
const METADATA: Duration = Duration::from_secs(5);
/// The number of this poll loop for the probes; 0 and 1 are the memberships.
const LOOP: usize = 2;

/// What the loop asks of the fetcher.
#[derive(Debug)]
pub(crate) enum Command {
    Assign { id: PartitionId, epoch: Epoch, position: i64 },
    Unassign(PartitionId),
    Pause(PartitionId),
    Resume(PartitionId),
    Stop,
}

/// The fetching client and its thread.
#[derive(Debug)]
pub(crate) struct Fetcher {
    commands: mpsc::Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

/// What a fetcher is made of.
pub(crate) struct Parts {
    pub(crate) stage: Stage,
    pub(crate) topics: Topics,
    pub(crate) events: Events,
    pub(crate) ownership: Arc<Ownership>,
    pub(crate) probes: Arc<Probes>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) lag: Arc<Lag>,
}

/// How many records there are behind those that were handed to the loop, of each partition of the main topic.
#[derive(Debug, Default)]
pub(crate) struct Lag(Mutex<HashMap<i32, u64>>);

impl Lag {
    /// Of these partitions together; `None` while it is not known of all of them.
    pub(crate) fn of(&self, partitions: &[i32]) -> Option<u64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        partitions.iter().map(|partition| known.get(partition).copied()).sum()
    }

    fn set(&self, known: HashMap<i32, u64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

impl Fetcher {
    pub(crate) fn start(settings: &ClientSettings, parts: Parts) -> Result<Self, Error> {
        let group = parts.topics.main_group(parts.stage);
        let mut config = settings.consumer_config(&group);
        config
            .set("queued.min.messages", "1000")
            .set("queued.max.messages.kbytes", "16384")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.error.backoff.ms", "100")
            .set("statistics.interval.ms", STATISTICS_MS);
        let names = [parts.topics.main(parts.stage), parts.topics.retry(parts.stage)];
        let context = Context { parts, names, progress: Mutex::default() };
        let client: BaseConsumer<Context> =
            config.create_with_context(context).map_err(|source| Error::Consumer { group, source })?;
        let (commands, received) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("fetch".to_owned())
            .spawn(move || {
                client.context().learn_leaders(&client);
                poll(&client, &received);
            })
            .map_err(Error::Thread)?;
        Ok(Self { commands, thread: Some(thread) })
    }

    pub(crate) fn command(&self, command: Command) {
        // A fetcher that has ended has nothing left to pause or give up.
        self.commands.send(command).ok();
    }

    pub(crate) fn stop(mut self) {
        self.command(Command::Stop);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn poll(client: &BaseConsumer<Context>, commands: &mpsc::Receiver<Command>) {
    let context = client.context();
    let mut looked = Instant::now();
    loop {
        context.parts.probes.turn(LOOP);
        context.parts.ownership.turn(LOOP);
        while let Ok(command) = commands.try_recv() {
            if matches!(command, Command::Stop) {
                return;
            }
            if let Err(error) = context.carry_out(client, &command) {
                tracing::warn!(%error, ?command, "the fetcher refused a command");
            }
        }
        if looked.elapsed() > LOOK_AT_ENDS {
            looked = Instant::now();
            context.report_positions(client);
        }
        match client.poll(POLL) {
            None => {}
            Some(Ok(message)) => context.deliver(&message),
            Some(Err(error)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) => {
                // Going on would leave the partition unread for ever.
                let topic = context.names.join(" or ");
                context.parts.events.send_blocking(Event::Fatal(Error::OffsetOutOfRange { topic }));
            }
            Some(Err(error)) => context.report(&error),
        }
    }
}

/// What the client calls back into, on the polling thread.
struct Context {
    parts: Parts,
    /// The main and the retry topic.
    names: [String; 2],
    /// Of each assigned partition: its assignment, and one above the last offset that was handed to the loop.
    progress: Mutex<HashMap<PartitionId, (Epoch, i64)>>,
}

impl Context {
    fn progress(&self) -> MutexGuard<'_, HashMap<PartitionId, (Epoch, i64)>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetching goes on by itself; the client does not say of which topic the error is.
    fn report(&self, error: &KafkaError) {
        if Refusal::of(error).is_some() {
            self.parts.probes.refused();
        }
        refusal::log(error, &format!("cannot fetch from {} or {}", self.names[0], self.names[1]));
    }

    fn name(&self, source: Source) -> &str {
        &self.names[usize::from(source == Source::Retry)]
    }

    /// Without it the client finds out on a timer, and the first record comes a second late.
    fn learn_leaders(&self, client: &BaseConsumer<Self>) {
        for name in &self.names {
            if let Err(error) = client.fetch_metadata(Some(name), METADATA) {
                tracing::debug!(%error, topic = name, "the leaders are not known yet");
            }
        }
    }

    fn carry_out(&self, client: &BaseConsumer<Self>, command: &Command) -> Result<(), KafkaError> {
        let list = |id: &PartitionId, offset: Offset| {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(self.name(id.0), id.1, offset).map(|()| list)
        };
        match command {
            Command::Assign { id, epoch, position } => {
                self.progress().insert(*id, (*epoch, *position));
                let list = list(id, Offset::Offset(*position))?;
                client.incremental_assign(&list)?;
                // A partition that was paused when it left is still paused when it comes back.
                client.resume(&list)
            }
            Command::Unassign(id) => {
                self.progress().remove(id);
                client.incremental_unassign(&list(id, Offset::Invalid)?)
            }
            Command::Pause(id) => client.pause(&list(id, Offset::Invalid)?),
            Command::Resume(id) => client.resume(&list(id, Offset::Invalid)?),
            Command::Stop => Ok(()),
        }
    }

    /// The client's position passes control records and aborted ones, which nobody is handed. On the polling thread
    /// it is never ahead of what was delivered (docs/adr/0001).
    fn report_positions(&self, client: &BaseConsumer<Self>) {
        let Ok(positions) = client.position() else { return };
        for element in positions.elements() {
            let source = if element.topic() == self.names[0] { Source::Main } else { Source::Retry };
            let id = (source, element.partition());
            let position = element.offset().to_raw().unwrap_or(-1);
            let passed = self.progress().get_mut(&id).filter(|(_, next)| position > *next).map(|(epoch, next)| {
                *next = position;
                *epoch
            });
            if let Some(epoch) = passed {
                self.parts.events.send_blocking(Event::ReachedEnd(id, epoch, position));
            }
        }
    }

    fn deliver(&self, message: &rdkafka::message::BorrowedMessage<'_>) {
        let source = if message.topic() == self.names[0] { Source::Main } else { Source::Retry };
        let record = convert::record(source, message);
        let epoch = match self.progress().get_mut(&(source, record.partition)) {
            Some((epoch, next)) => {
                *next = record.offset + 1;
                *epoch
            }
            None => return,
        };
        self.parts.events.send_blocking(Event::Delivered(record, epoch));
    }
}

impl ConsumerContext for Context {}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        refusal::log(&error, reason);
    }

    /// Only for what metrics and heartbeats show; nothing is decided by it. A partition that has left is not among the progress, and
    /// so has no lag any more.
    fn stats(&self, statistics: Statistics) {
        let progress = self.progress().clone();
        let (mut known, mut lags) = (HashMap::new(), Vec::new());
        for (id, (_, next)) in progress {
            let Some(topic) = statistics.topics.get(self.name(id.0)) else { continue };
            let Some(one) = topic.partitions.get(&id.1).filter(|one| one.ls_offset >= 0) else { continue };
            let lag = u32::try_from((one.ls_offset - next).max(0)).unwrap_or(u32::MAX);
            lags.push(([self.name(id.0).to_owned(), id.1.to_string()], f64::from(lag)));
            if id.0 == Source::Main {
                known.insert(id.1, u64::from(lag));
            }
        }
        self.parts.metrics.lag.set(lags);
        self.parts.metrics.fetching(&statistics);
        self.parts.lag.set(known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_known_once_it_is_known_of_every_partition() {
        let lag = Lag::default();
        assert_eq!((lag.of(&[]), lag.of(&[0])), (Some(0), None), "nothing is owned, nothing is behind");
        lag.set(HashMap::from([(0, 3), (1, 4), (2, 5)]));
        assert_eq!((lag.of(&[0, 2]), lag.of(&[0, 3])), (Some(8), None));
    }
}
