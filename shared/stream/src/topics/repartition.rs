//! Giving the pipeline more partitions, and moving each invoice's status to where it is looked for from then on.
//!
//! Only the topics whose records must meet by their keys grow. A status is written to its new partition before it is
//! struck out on the old one, so an interruption loses none; running it again finishes the work.

use super::cluster::{Cluster, Snapshot, options};
use super::moves::{Move, Moves};
use super::{Error, apply, hold, offsets, plan, release};
use crate::client::ClientSettings;
use crate::{convert, read};
use contract::{Headers, Topics, header};
use futures::future::try_join_all;
use rdkafka::admin::NewPartitions;
use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use serde::Serialize;
use std::time::Duration;

/// Records on their way to the brokers at once.
const IN_FLIGHT: usize = 500;
const QUEUE_TIMEOUT: Duration = Duration::from_secs(30);

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repartitioned {
    /// Of each of the topics whose records meet by their keys.
    pub partitions: i32,
    /// Topics that got more partitions.
    pub grown: Vec<String>,
    /// Invoices whose status has another partition now.
    pub moved: u64,
}

/// Gives the keyed topics that many partitions and moves the statuses. No service may run; none can start before it is
/// done.
///
/// # Errors
/// Before anything is changed, when a service runs, a topic is missing or has more partitions already; at any point,
/// when the cluster refuses: run it again.
pub async fn repartition(settings: &ClientSettings, topics: &Topics, partitions: i32) -> Result<Repartitioned, Error> {
    let cluster = Cluster::connect(settings)?;
    let smaller = smaller(topics, &cluster.snapshot().await?, partitions)?;
    hold(settings, topics).await?;
    for name in &smaller {
        grow(&cluster, name, partitions).await?;
    }
    apply::await_partitions(&cluster, &plan::keyed(topics), partitions).await?;
    let moves = moves(settings, topics, partitions).await?;
    let moved = u64::try_from(moves.len()).unwrap_or(u64::MAX);
    carry_out(settings, &topics.status(), &moves).await?;
    for lane in offsets::lanes(topics) {
        let unset = offsets::unset(settings, &lane, partitions).await?;
        if !unset.is_empty() {
            offsets::begin(settings, &lane, unset).await?;
        }
    }
    release(settings, topics).await?;
    Ok(Repartitioned { partitions, grown: smaller, moved })
}

/// How many invoices have a status where nobody looks for it.
///
/// # Errors
/// When the cluster does not answer.
pub async fn misplaced(settings: &ClientSettings, topics: &Topics) -> Result<usize, Error> {
    let status = topics.status();
    let found = Cluster::connect(settings)?.snapshot().await?.topics.get(&status).map(|topic| topic.partitions);
    let partitions = found.ok_or_else(|| absent(&status))?;
    Ok(moves(settings, topics, partitions).await?.len())
}

/// The keyed topics that have fewer partitions.
fn smaller(topics: &Topics, snapshot: &Snapshot, partitions: i32) -> Result<Vec<String>, Error> {
    let mut smaller = Vec::new();
    for name in plan::keyed(topics) {
        let have = snapshot.topics.get(&name).ok_or_else(|| absent(&name))?.partitions;
        if have > partitions {
            return Err(Error::Shrinking { topic: name, have, want: partitions });
        }
        if have < partitions {
            smaller.push(name);
        }
    }
    Ok(smaller)
}

fn absent(topic: &str) -> Error {
    Error::Refused { subject: topic.to_owned(), reason: "the topic does not exist".to_owned() }
}

async fn grow(cluster: &Cluster, topic: &str, partitions: i32) -> Result<(), Error> {
    let count = usize::try_from(partitions).unwrap_or(0);
    let asked = NewPartitions::new(topic, count);
    let answer = cluster.admin.create_partitions([&asked], &options()).await;
    for result in answer.map_err(|error| cluster.settings.error(format!("add partitions to {topic}"), error))? {
        result.map_err(|(subject, code)| Error::Refused { subject, reason: code.to_string() })?;
    }
    Ok(())
}

async fn moves(settings: &ClientSettings, topics: &Topics, partitions: i32) -> Result<Vec<Move>, Error> {
    let mut moves = Moves::new(partitions);
    let mut feed = read::scan(settings, &topics.status()).await?;
    while let Some(record) = feed.next().await.transpose()? {
        moves.read(record);
    }
    Ok(moves.finish())
}

async fn carry_out(settings: &ClientSettings, topic: &str, moves: &[Move]) -> Result<(), Error> {
    let refused = |error| settings.error(format!("move statuses on {topic}"), error);
    let producer: FutureProducer = settings.producer_config().create().map_err(refused)?;
    for chunk in moves.chunks(IN_FLIGHT) {
        let copies = chunk.iter().filter_map(|one| {
            let headers = Headers { content_type: Some(header::JSON.to_owned()), ..Headers::default() };
            let record = FutureRecord::to(topic).key(&one.key[..]).payload(&one.copy.as_ref()?[..]);
            Some(send(&producer, record.partition(one.to).headers(convert::owned(&headers))))
        });
        try_join_all(copies).await.map_err(refused)?;
        let struck_out = chunk.iter().flat_map(|one| one.from.iter().map(move |partition| (one, *partition)));
        let tombstones = struck_out
            .map(|(one, partition)| send(&producer, FutureRecord::to(topic).key(&one.key[..]).partition(partition)));
        try_join_all(tombstones).await.map_err(refused)?;
    }
    Ok(())
}

async fn send(producer: &FutureProducer, record: FutureRecord<'_, [u8], [u8]>) -> Result<(), KafkaError> {
    producer.send(record, Timeout::After(QUEUE_TIMEOUT)).await.map(drop).map_err(|(error, _)| error)
}
