//! Reads `invoices.status` for the admission index: once to the end before a partition's first record is handed out,
//! then following it, and to its end as of now when a decision needs it.
//!
//! The end as of now is the partition's last stable offset; it is reached when the client's position is there, which
//! passes control records too (docs/adr/0001).

use crate::client::{ClientSettings, EndsAreNoErrors};
use crate::error::Error;
use crate::event::{Event, Events};
use contract::{InvoiceId, Status};
use engine::admission::Known;
use engine::core::Epoch;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::HashMap;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a command waits at most while nothing else happens.
const IDLE: Duration = Duration::from_millis(10);
/// How long a poll waits while somebody waits for an end.
const ASKED: Duration = Duration::from_millis(2);
const METADATA: Duration = Duration::from_secs(2);
/// Records handed to the loop together.
const CHUNK: usize = 1000;

/// What the loop asks of the reader.
#[derive(Debug)]
pub(crate) enum Command {
    /// Read from the beginning for this assignment and report the end, then follow.
    Restore(i32, Epoch),
    /// Report the end as of now.
    ReadToEnd(i32),
    Forget(i32),
    Stop,
}

/// The reading client and its thread.
#[derive(Debug)]
pub(crate) struct StatusReader {
    commands: mpsc::Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

impl StatusReader {
    /// `group` is only named, never joined: brokers with access control know it already.
    pub(crate) fn start(settings: &ClientSettings, topic: String, group: &str, events: Events) -> Result<Self, Error> {
        let mut config = settings.consumer_config(group);
        config
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            // Of each partition; the client's own default would hold a gigabyte of a dozen.
            .set("queued.min.messages", "10000")
            .set("queued.max.messages.kbytes", "4096")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.error.backoff.ms", "50");
        let client: BaseConsumer<EndsAreNoErrors> = config
            .create_with_context(EndsAreNoErrors)
            .map_err(|source| Error::Consumer { group: group.to_owned(), source })?;
        let (commands, received) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("status".to_owned())
            .spawn(move || {
                // Without it the client finds the leaders on a timer, and the first record comes a second late.
                if let Err(error) = client.fetch_metadata(Some(&topic), METADATA) {
                    tracing::debug!(%error, topic, "the leaders are not known yet");
                }
                Reader { client, topic, events, partitions: HashMap::new(), asked: HashMap::new() }.run(&received);
            })
            .map_err(Error::Thread)?;
        Ok(Self { commands, thread: Some(thread) })
    }

    pub(crate) fn command(&self, command: Command) {
        // A reader that has ended belongs to a stage that is ending.
        self.commands.send(command).ok();
    }

    pub(crate) fn stop(mut self) {
        self.command(Command::Stop);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

struct Reader {
    client: BaseConsumer<EndsAreNoErrors>,
    topic: String,
    events: Events,
    partitions: HashMap<i32, Progress>,
    /// Partitions whose end as of now somebody waits for; the end, once it is known.
    asked: HashMap<i32, Option<i64>>,
}

/// How far a partition was read.
struct Progress {
    /// The assignment that it is read for. What is reported names it, as the loop may be at a later one by then.
    epoch: Epoch,
    restored: bool,
    read: Vec<(u128, Known)>,
}

impl Reader {
    fn run(mut self, commands: &mpsc::Receiver<Command>) {
        let mut more = false;
        loop {
            let wait = if more || !self.asked.is_empty() { Duration::ZERO } else { IDLE };
            match commands.recv_timeout(wait) {
                Ok(Command::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Ok(command) => {
                    if let Err(error) = self.carry_out(&command) {
                        tracing::warn!(%error, ?command, "the status reader refused a command");
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            more = self.read();
            if !self.asked.is_empty() {
                self.report_ends();
            }
            self.flush_all();
        }
    }

    /// Whether there is more to read at once.
    fn read(&mut self) -> bool {
        let mut wait = if self.asked.is_empty() { Duration::ZERO } else { ASKED };
        for _ in 0..CHUNK {
            match self.client.poll(std::mem::take(&mut wait)) {
                None => return false,
                Some(Ok(message)) => {
                    let partition = message.partition();
                    let read = decode(message.key(), message.payload());
                    self.note(partition, read);
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => self.restored(partition),
                Some(Err(error)) => {
                    tracing::warn!(%error, "reading the status met an error and goes on");
                    return false;
                }
            }
        }
        true
    }

    fn carry_out(&mut self, command: &Command) -> Result<(), KafkaError> {
        match command {
            Command::Restore(partition, epoch) => {
                self.forget(*partition)?;
                self.partitions.insert(*partition, Progress { epoch: *epoch, restored: false, read: Vec::new() });
                self.client.incremental_assign(&self.list(*partition, Offset::Beginning)?)
            }
            Command::ReadToEnd(partition) => {
                if self.partitions.contains_key(partition) {
                    self.asked.insert(*partition, None);
                }
                Ok(())
            }
            Command::Forget(partition) => self.forget(*partition),
            Command::Stop => Ok(()),
        }
    }

    fn forget(&mut self, partition: i32) -> Result<(), KafkaError> {
        self.asked.remove(&partition);
        match self.partitions.remove(&partition) {
            Some(_) => self.client.incremental_unassign(&self.list(partition, Offset::Invalid)?),
            None => Ok(()),
        }
    }

    /// Looks up the ends that are not known yet, and reports those that were reached.
    fn report_ends(&mut self) {
        let unknown: Vec<i32> =
            self.asked.iter().filter(|(_, end)| end.is_none()).map(|(partition, _)| *partition).collect();
        for partition in unknown {
            match self.client.fetch_watermarks(&self.topic, partition, METADATA) {
                Ok((_, end)) => self.asked.insert(partition, Some(end)),
                Err(error) => return tracing::warn!(%error, partition, "asking for the end of the status again"),
            };
        }
        let Ok(positions) = self.client.position() else { return };
        for element in positions.elements() {
            let partition = element.partition();
            let position = element.offset().to_raw().unwrap_or(-1);
            let Some(Some(end)) = self.asked.get(&partition).copied() else { continue };
            if end == 0 || position >= end {
                self.asked.remove(&partition);
                self.flush(partition);
                self.report_end(partition, false);
            }
        }
    }

    fn note(&mut self, partition: i32, read: Option<(u128, Known)>) {
        let Some(progress) = self.partitions.get_mut(&partition) else { return };
        progress.read.extend(read);
        if progress.read.len() >= CHUNK {
            self.flush(partition);
        }
    }

    /// The end was reached for the first time.
    fn restored(&mut self, partition: i32) {
        self.flush(partition);
        if let Some(progress) = self.partitions.get_mut(&partition)
            && !std::mem::replace(&mut progress.restored, true)
        {
            self.report_end(partition, true);
        }
    }

    fn report_end(&self, partition: i32, first: bool) {
        if let Some(Progress { epoch, .. }) = self.partitions.get(&partition) {
            self.events.send_blocking(Event::StatusEnd { partition, epoch: *epoch, first });
        }
    }

    fn flush(&mut self, partition: i32) {
        if let Some(progress) = self.partitions.get_mut(&partition)
            && !progress.read.is_empty()
        {
            let read = std::mem::take(&mut progress.read);
            self.events.send_blocking(Event::StatusRead(partition, progress.epoch, read));
        }
    }

    fn flush_all(&mut self) {
        let partitions: Vec<i32> = self.partitions.keys().copied().collect();
        partitions.into_iter().for_each(|partition| self.flush(partition));
    }

    fn list(&self, partition: i32, offset: Offset) -> Result<TopicPartitionList, KafkaError> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, partition, offset)?;
        Ok(list)
    }
}

/// A status record; `None` for one that is not ours to understand.
fn decode(key: Option<&[u8]>, value: Option<&[u8]>) -> Option<(u128, Known)> {
    let id: InvoiceId = std::str::from_utf8(key?).ok()?.parse().ok()?;
    let status: Status = serde_json::from_slice(value?).ok()?;
    Some((id.fingerprint(), Known::from(&status)))
}
