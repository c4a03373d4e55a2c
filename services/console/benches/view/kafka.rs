//! The view from a broker: what the follower takes in from its start until it has caught up, and how soon after a restart.

use crate::BATCH;
use crate::data::{Data, PARTITIONS};
use crate::meter::{Meter, processor_time};
use console::follow::{Keep, follow};
use console::view::{Change, Place, Source, View};
use contract::{Headers, Topics};
use futures::stream::{self as futures_stream, StreamExt};
use local::{Broker, BrokerSettings};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use stream::client::ClientSettings;
use stream::publish::Publisher;
use stream::topics::{Layout, apply};

const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

pub(crate) async fn rebuild(folder: &Path, invoices: u64) {
    let broker = Broker::start(&BrokerSettings::new(folder.join("broker"))).unwrap();
    let kafka = ClientSettings { brokers: broker.bootstrap(), properties: BTreeMap::new() };
    let topics = Topics::default();
    let layout = Layout {
        partitions: i32::try_from(PARTITIONS).unwrap(),
        replication_factor: 1,
        min_insync_replicas: 1,
        dead_letter_retention: CENTURY / 10,
        history_retention: CENTURY / 10,
        posted_retention: CENTURY / 10,
        input_retention: None,
        max_message_bytes: 1_000_000,
    };
    apply(&kafka, &topics, &layout).await.unwrap();
    let records = publish(&kafka, &topics, invoices).await;
    let place = Place::File(folder.join("from-kafka.db"));
    println!("rebuild from Kafka: {}", catch_up(&place, &kafka, &topics).await.rate(records));
    println!("restart: {}", catch_up(&place, &kafka, &topics).await.rate(0));
}

async fn publish(kafka: &ClientSettings, topics: &Topics, invoices: u64) -> usize {
    let publisher = Publisher::with_properties(kafka, topics.clone(), &[("linger.ms", "20")]).unwrap();
    let (publisher, topics) = (&publisher, topics);
    let topic = move |source| match source {
        Source::Status => topics.status(),
        Source::History => topics.history(),
        Source::Letters(stage) => topics.dead_letter(stage),
    };
    let send = |seen: console::view::Seen| async move {
        let (key, value) = (seen.record.key.unwrap(), seen.record.value.unwrap());
        publisher.raw(&topic(seen.source), Some(&key), &value, &Headers::default()).await.unwrap();
    };
    let sent = futures_stream::iter(Data::new(invoices)).map(send).buffer_unordered(BATCH);
    sent.fold(0, |sent, ()| async move { sent + 1 }).await
}

async fn catch_up(place: &Place, kafka: &ClientSettings, topics: &Topics) -> Meter {
    let (began, processor) = (Instant::now(), processor_time());
    let view = View::open(place).unwrap();
    let mut changes = view.changes();
    let keep = Keep { history: CENTURY, dead_letters: CENTURY };
    let follower = tokio::spawn(follow(view.clone(), kafka.clone(), topics.clone(), keep));
    while !matches!(changes.recv().await, Ok(Change::CaughtUp)) {}
    let mut meter = Meter::default();
    meter.add(began.elapsed(), processor_time() - processor);
    follower.abort();
    follower.await.ok();
    meter
}
