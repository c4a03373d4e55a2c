//! Topics, clients and committed offsets for one premise.

use std::error::Error;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};
use rdkafka::{Message, Offset, TopicPartitionList};

pub(crate) type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// How long anything that should happen at once may take before the premise is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Names, topics and client settings of one premise; its topics are deleted when it is dropped.
pub(crate) struct Lab {
    brokers: String,
    run: String,
    topics: Mutex<Vec<String>>,
}

impl Lab {
    pub(crate) fn new(brokers: String) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { brokers, run: format!("premises-{}", now.as_micros()), topics: Mutex::default() }
    }

    pub(crate) fn brokers(&self) -> &str {
        &self.brokers
    }

    /// A group or transactional id that no earlier run has used.
    pub(crate) fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.run)
    }

    /// Creates a topic of one replica.
    pub(crate) fn topic(&self, what: &str, partitions: i32) -> Result<String> {
        let name = self.name(what);
        let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        for created in block_on(self.admin()?.create_topics([&topic], &AdminOptions::new()))? {
            created.map_err(|(topic, code)| format!("topic {topic} was not created: {code}"))?;
        }
        self.topics.lock().map_err(|_| "poisoned")?.push(name.clone());
        Ok(name)
    }

    pub(crate) fn admin(&self) -> Result<AdminClient<DefaultClientContext>> {
        Ok(self.client().create()?)
    }

    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config
    }

    /// Settings of a consumer as the engine uses it: cooperative, nothing committed behind our back.
    pub(crate) fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", group)
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", "6000")
            .set("heartbeat.interval.ms", "1000")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("fetch.wait.max.ms", "100");
        config
    }

    /// Settings of a transactional producer as the engine uses it.
    pub(crate) fn transactional(&self, id: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("transactional.id", id)
            .set("transaction.timeout.ms", "6000")
            .set("message.timeout.ms", "5000")
            .set("linger.ms", "0")
            .set("retry.backoff.ms", "5");
        config
    }

    /// A transactional producer, initialised: whoever held the id before is fenced.
    pub(crate) fn producer(&self, id: &str) -> Result<FutureProducer> {
        let producer: FutureProducer = self.transactional(id).create()?;
        producer.init_transactions(PATIENCE)?;
        Ok(producer)
    }

    /// Metadata of a group without members, as a consumer that never subscribes has it.
    pub(crate) fn memberless(&self, group: &str) -> Result<ConsumerGroupMetadata> {
        let consumer: BaseConsumer = self.consumer(group).create()?;
        Ok(consumer.group_metadata().ok_or("no group metadata")?)
    }

    /// Sends `count` records of ten bytes to one partition and waits until the broker has them.
    pub(crate) fn fill(&self, topic: &str, partition: i32, count: usize) -> Result {
        let producer: FutureProducer = self.client().set("enable.idempotence", "true").create()?;
        let records: Vec<_> = (0..count).map(|n| (partition, format!("record-{n:03}"))).collect();
        send_all(&producer, topic, &records)
    }

    /// The stable committed offset of a partition with its metadata; waits for open transactions.
    pub(crate) fn committed(&self, group: &str, topic: &str, partition: i32) -> Result<(Offset, String)> {
        let consumer: BaseConsumer = self.consumer(group).create()?;
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition(topic, partition);
        let found = consumer.committed_offsets(wanted, Duration::from_secs(60))?;
        let element = found.find_partition(topic, partition).ok_or("partition missing in the answer")?;
        element.error()?;
        Ok((element.offset(), element.metadata().to_owned()))
    }

    /// The values of a partition that a reader of committed data sees, from start to end.
    pub(crate) fn visible(&self, topic: &str, partition: i32) -> Result<Vec<String>> {
        let reader: BaseConsumer = self.consumer(&self.name("reader")).set("enable.partition.eof", "true").create()?;
        reader.assign(&offsets(topic, &[(partition, 0)], ""))?;
        let mut values = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match reader.poll(Duration::from_millis(100)) {
                Some(Ok(record)) => {
                    values.push(String::from_utf8_lossy(record.payload().unwrap_or_default()).into_owned());
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(values),
                Some(Err(error)) => return Err(error.into()),
                None => {}
            }
        }
        Err("the reader did not reach the end".into())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let Ok(topics) = self.topics.lock() else {
            return;
        };
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        if let Ok(admin) = self.admin()
            && !names.is_empty()
            && let Err(error) = block_on(admin.delete_topics(&names, &AdminOptions::new()))
        {
            eprintln!("premises: topics left behind: {error}");
        }
    }
}

/// Sends all records to one topic, then awaits every delivery.
pub(crate) fn send_all<C: ClientContext + 'static>(
    producer: &FutureProducer<C>,
    topic: &str,
    records: &[(i32, String)],
) -> Result {
    let sent: Result<Vec<_>> =
        records.iter().map(|(partition, value)| send(producer, topic, *partition, value)).collect();
    await_all(sent?)
}

/// Hands one record to the client.
pub(crate) fn send<C: ClientContext + 'static>(
    producer: &FutureProducer<C>,
    topic: &str,
    partition: i32,
    value: &str,
) -> Result<DeliveryFuture> {
    let record = FutureRecord::<(), _>::to(topic).partition(partition).payload(value);
    Ok(producer.send_result(record).map_err(|(error, _)| error)?)
}

/// Waits until the broker has every record.
pub(crate) fn await_all(deliveries: Vec<DeliveryFuture>) -> Result {
    for delivery in deliveries {
        block_on(delivery)?.map_err(|(error, _)| error)?;
    }
    Ok(())
}

/// Positions of one topic's partitions, all with the same metadata.
pub(crate) fn offsets(topic: &str, positions: &[(i32, i64)], metadata: &str) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in positions {
        let mut element = list.add_partition(topic, *partition);
        element.set_offset(Offset::Offset(*offset)).expect("an absolute offset is always valid");
        element.set_metadata(metadata);
    }
    list
}

/// One transaction that holds nothing but offsets of one partition; aborts it again if it is refused.
pub(crate) fn commit_offset(
    producer: &FutureProducer,
    group: &ConsumerGroupMetadata,
    offsets: &TopicPartitionList,
) -> Result<(), KafkaError> {
    producer.begin_transaction()?;
    let outcome = producer
        .send_offsets_to_transaction(offsets, group, PATIENCE)
        .and_then(|()| producer.commit_transaction(PATIENCE));
    if outcome.is_err() {
        producer.abort_transaction(PATIENCE)?;
    }
    outcome
}

/// What kind of error a transactional call gave, in the client's own terms.
pub(crate) fn describe(error: &KafkaError) -> String {
    match error {
        KafkaError::Transaction(inner) => {
            let kind = match (inner.is_fatal(), inner.txn_requires_abort(), inner.is_retriable()) {
                (true, _, _) => "fatal",
                (_, true, _) => "abortable",
                (_, _, true) => "retriable",
                _ => "neither retriable, abortable nor fatal",
            };
            format!("{:?} ({kind})", inner.code())
        }
        other => other.to_string(),
    }
}
