//! The blocking side of a reader: a consumer with a manual assignment.

use super::{Error, Progress, Record, Start};
use crate::client::{ClientSettings, REQUEST_TIMEOUT, through_election};
use crate::refusal::{Hearing, Refusal};
use bytes::Bytes;
use contract::{Headers, partition};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A read towards an end that does not move for this long has failed.
const STALL: Duration = Duration::from_secs(30);

/// What is to be read of a topic.
#[derive(Debug)]
pub(super) enum Range {
    ToEnd,
    KeyToEnd(Vec<u8>),
    From(BTreeMap<i32, i64>),
    One {
        partition: i32,
        offset: i64,
    },
    Follow(Start),
    /// Without end, from the record at this offset of each partition on; partitions without one from their beginning.
    Tail(BTreeMap<i32, i64>),
}

/// An open topic.
pub(super) struct Source {
    settings: ClientSettings,
    topic: String,
    consumer: BaseConsumer<Hearing>,
    /// What is still to be read of each partition; a follower keeps none.
    open: BTreeMap<i32, Span>,
    endless: bool,
    progress: Progress,
    /// How long polls have brought nothing; the time between polls is the taker's.
    still: Duration,
}

/// What one poll brought.
pub(super) enum Step {
    Record(Box<Record>),
    Nothing,
    /// A follower has read all that the partition holds for now.
    AtEnd(i32),
    End,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    next: i64,
    end: i64,
}

impl Span {
    fn left(self) -> u64 {
        u64::try_from(self.end - self.next).unwrap_or(0)
    }
}

impl Source {
    /// Settles where reading begins and ends.
    pub(super) fn open(settings: &ClientSettings, topic: &str, range: &Range, group: &str) -> Result<Self, Error> {
        // librdkafka wants a group for an assignment, and asks who coordinates it. It is never joined, and nothing is
        // committed for it.
        let mut config = settings.consumer_config(group);
        // Records may expire under a reader; it goes on with what is left. One that keeps what it has read must know.
        let when_gone = if matches!(range, Range::Tail(_)) { "error" } else { "earliest" };
        config
            .set("auto.offset.reset", when_gone)
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "50")
            .set("queued.max.messages.kbytes", "8192");
        let consumer: BaseConsumer<_> = config
            .create_with_context(Hearing::default())
            .map_err(|error| settings.error("create a consumer", error))?;
        let endless = matches!(range, Range::Follow(_) | Range::Tail(_));
        let open = spans(settings, &consumer, topic, range)?;
        let mut assignment = TopicPartitionList::new();
        for (partition, span) in &open {
            assignment
                .add_partition_offset(topic, *partition, Offset::Offset(span.next))
                .map_err(|error| settings.error(format!("read {topic}"), error))?;
        }
        consumer.assign(&assignment).map_err(|error| settings.error(format!("read {topic}"), error))?;
        let total = open.values().fold(0, |total: u64, span| total.saturating_add(span.left()));
        Ok(Self {
            settings: settings.clone(),
            topic: topic.to_owned(),
            consumer,
            open,
            endless,
            progress: Progress { done: 0, total },
            still: Duration::ZERO,
        })
    }

    /// The partitions that are read.
    pub(super) fn partitions(&self) -> impl Iterator<Item = i32> {
        self.open.keys().copied()
    }

    /// How many partitions the topic has now.
    pub(super) fn count_now(&self) -> Result<i32, Error> {
        partition_count(&self.settings, &self.consumer, &self.topic, || {})
    }

    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress
    }

    pub(super) fn step(&mut self, wait: Duration) -> Result<Step, Error> {
        if self.open.is_empty() {
            return Ok(Step::End);
        }
        let asked = Instant::now();
        match self.consumer.poll(wait) {
            None => self.idle(asked.elapsed()),
            Some(Ok(message)) => {
                let record = record(&message);
                drop(message);
                Ok(self.take(record))
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                self.close(partition);
                Ok(if self.endless { Step::AtEnd(partition) } else { Step::Nothing })
            }
            Some(Err(error)) if is_out_of_range(&error) => Err(Error::Moved { topic: self.topic.clone() }),
            Some(Err(error)) if is_final(&error) => {
                Err(self.settings.error(format!("read {}", self.topic), error).into())
            }
            // librdkafka reconnects by itself; a stall is noticed by time.
            Some(Err(_)) => self.idle(asked.elapsed()),
        }
    }

    fn take(&mut self, record: Record) -> Step {
        self.still = Duration::ZERO;
        if self.endless {
            return Step::Record(Box::new(record));
        }
        let Some(span) = self.open.get_mut(&record.partition) else { return Step::Nothing };
        let step = record.offset + 1 - span.next;
        self.progress.done += u64::try_from(step).unwrap_or(0);
        span.next = record.offset + 1;
        let within = record.offset < span.end;
        if span.next >= span.end {
            self.close(record.partition);
        }
        if within { Step::Record(Box::new(record)) } else { Step::Nothing }
    }

    /// Nothing that was there at the beginning is left on this partition.
    fn close(&mut self, partition: i32) {
        if self.endless {
            return;
        }
        if let Some(span) = self.open.remove(&partition) {
            self.still = Duration::ZERO;
            self.progress.done += span.left();
        }
    }

    fn idle(&mut self, waited: Duration) -> Result<Step, Error> {
        self.still += waited;
        if !self.endless && self.still > STALL {
            return Err(Error::Stalled { topic: self.topic.clone(), seconds: STALL.as_secs() });
        }
        Ok(Step::Nothing)
    }
}

fn spans(
    settings: &ClientSettings,
    consumer: &BaseConsumer<Hearing>,
    topic: &str,
    range: &Range,
) -> Result<BTreeMap<i32, Span>, Error> {
    // Nothing is assigned yet, so a poll brings no record.
    let count = partition_count(settings, consumer, topic, || drop(consumer.poll(Duration::ZERO)))?;
    let partitions: Vec<i32> = match range {
        Range::ToEnd | Range::Follow(_) => (0..count).collect(),
        Range::Tail(last) if last.keys().any(|partition| !(0..count).contains(partition)) => {
            return Err(Error::Moved { topic: topic.to_owned() });
        }
        Range::Tail(_) => (0..count).collect(),
        Range::KeyToEnd(key) => vec![partition::of_key(key, count)],
        Range::From(starts) => starts.keys().copied().filter(|partition| (0..count).contains(partition)).collect(),
        Range::One { partition, .. } => (0..count).filter(|one| one == partition).collect(),
    };
    let mut spans = BTreeMap::new();
    for partition in partitions {
        let (low, high) = through_election(|| consumer.fetch_watermarks(topic, partition, REQUEST_TIMEOUT))
            .map_err(|error| settings.error(format!("read the ends of {topic}"), error))?;
        let span = match range {
            Range::ToEnd | Range::KeyToEnd(_) => Span { next: low, end: high },
            Range::From(starts) => Span { next: starts.get(&partition).map_or(low, |from| low.max(*from)), end: high },
            Range::One { offset, .. } => Span { next: (*offset).max(low), end: (offset + 1).min(high) },
            Range::Follow(Start::Beginning) => Span { next: low, end: i64::MAX },
            Range::Follow(Start::End) => Span { next: high, end: i64::MAX },
            Range::Tail(last) => match last.get(&partition) {
                Some(at) if !(low..high).contains(at) => return Err(Error::Moved { topic: topic.to_owned() }),
                at => Span { next: at.copied().unwrap_or(low), end: i64::MAX },
            },
        };
        if span.next < span.end {
            spans.insert(partition, span);
        }
    }
    Ok(spans)
}

fn partition_count(
    settings: &ClientSettings,
    consumer: &BaseConsumer<Hearing>,
    topic: &str,
    serve: impl Fn(),
) -> Result<i32, Error> {
    let metadata = settings.metadata(consumer.client(), serve, Some(topic))?;
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    if let Some(error) = found.and_then(|topic| topic.error()) {
        let error = KafkaError::MetadataFetch(error.into());
        if Refusal::of(&error).is_some() {
            return Err(settings.error(format!("describe {topic}"), error).into());
        }
    }
    let partitions = found.map_or(0, |topic| topic.partitions().len());
    match i32::try_from(partitions) {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(Error::NoTopic(topic.to_owned())),
    }
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().map_or_else(Headers::default, |headers| {
        Headers::decode(headers.iter().map(|header| (header.key, header.value)))
    });
    Record {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(0),
        key: message.key().map(Bytes::copy_from_slice),
        value: message.payload().map(Bytes::copy_from_slice),
        headers,
    }
}

fn is_out_of_range(error: &KafkaError) -> bool {
    use rdkafka::types::RDKafkaErrorCode as Code;
    matches!(error.rdkafka_error_code(), Some(Code::AutoOffsetReset | Code::OffsetOutOfRange))
}

fn is_final(error: &KafkaError) -> bool {
    use rdkafka::types::RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(Code::Fatal | Code::TopicAuthorizationFailed | Code::Authentication | Code::UnknownTopicOrPartition)
    )
}
