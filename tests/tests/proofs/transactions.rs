use contract::{Headers, InvoiceId, Stage};
use futures::stream::{self, StreamExt};
use local::{Broker, BrokerSettings};
use std::time::{Duration, Instant};
use stream_read::Start;
use testkit::world::{Place, Setup, World};

use ::stream::read as stream_read;

const SOON: Duration = Duration::from_secs(120);

/// A JVM that has just begun interprets what it later compiles: a broker of production is warm.
const WARM_UP: u32 = 3_000;

/// Sends records through the stage that does nothing and prints what its one producer did once all was warm.
async fn measure(broker: &Broker, name: &str, records: u32, env: Vec<(&'static str, String)>) -> (f64, f64) {
    let env = [env, vec![("INVOICES__LOG__LEVEL", "info".to_owned())]].concat();
    let mut world = World::at(&Setup { partitions: 12, env, ..Setup::default() }, &Place::on(broker.bootstrap()));
    let (input, output) = (world.topics.main(Stage::LlmStructure), world.topics.main(Stage::PostToZoho));
    let publisher = world.publisher();
    let (publisher, input) = (&publisher, &input);
    let publish = |number: u32| async move {
        let id: InvoiceId = format!("record-{number}").parse().unwrap();
        let headers = Headers { run: Some(1), attempt: Some(1), ..Headers::default() };
        publisher.raw(input, Some(id.as_str().as_bytes()), b"{\"number\":1}", &headers).await.unwrap();
    };
    stream::iter(0..WARM_UP + records).map(publish).buffer_unordered(1000).for_each(|()| async {}).await;
    let mut feed = stream_read::follow(&world.kafka, &output, Start::Beginning).await.unwrap();
    world.add(Stage::LlmStructure, "pass-through");
    pass(&mut feed, WARM_UP).await;
    let (before, began) = (world.service(Stage::LlmStructure).metrics(), Instant::now());
    pass(&mut feed, records).await;
    let seconds = began.elapsed().as_secs_f64();
    let metrics = world.service(Stage::LlmStructure).metrics().since(&before);
    let transactions = metrics.get("kafka_transactions_total{outcome=\"committed\"}");
    let (rate, median) = (transactions / seconds, metrics.median("kafka_transaction_duration_seconds") * 1000.0);
    println!(
        "transactions, {name}: {:.0} records/s in {rate:.0} transactions/s, median {median:.1} ms, {:.1} records each",
        f64::from(records) / seconds,
        f64::from(records) / transactions
    );
    (rate, median)
}

async fn pass(feed: &mut stream_read::Feed, records: u32) {
    let all = async {
        for _ in 0..records {
            feed.next().await.unwrap().unwrap();
        }
    };
    tokio::time::timeout(SOON, all).await.expect("all records pass");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_producer_commits_a_hundred_transactions_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(&BrokerSettings { long_running: true, ..BrokerSettings::new(folder.path()) }).unwrap();
    let single = vec![("INVOICES__ENGINE__COMMIT_BATCH", "1".to_owned())];
    let (rate, median) = measure(&broker, "one record each", 3_000, single).await;
    measure(&broker, "as many records as have gathered", 20_000, Vec::new()).await;
    assert!(rate >= 100.0 && median <= 10.0);
}
