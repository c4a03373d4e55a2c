use contract::{Headers, InvoiceId, Stage};
use futures::stream::{self, StreamExt};
use std::time::{Duration, Instant};
use stream_read::Start;
use testkit::world::{Setup, World};

use ::stream::read as stream_read;

const SOON: Duration = Duration::from_secs(120);

/// Sends records through the stage that does nothing and prints what its one producer did.
async fn measure(name: &str, records: u32, env: Vec<(&'static str, String)>) -> (f64, f64) {
    let mut world = World::new(&Setup { partitions: 12, env, ..Setup::default() });
    let (input, output) = (world.topics.main(Stage::LlmStructure), world.topics.main(Stage::PostToZoho));
    let publisher = world.publisher();
    let (publisher, input) = (&publisher, &input);
    let publish = |number: u32| async move {
        let id: InvoiceId = format!("record-{number}").parse().unwrap();
        let headers = Headers { run: Some(1), attempt: Some(1), ..Headers::default() };
        publisher.raw(input, Some(id.as_str().as_bytes()), b"{\"number\":1}", &headers).await.unwrap();
    };
    stream::iter(0..records).map(publish).buffer_unordered(1000).for_each(|()| async {}).await;
    let mut feed = stream_read::follow(&world.kafka, &output, Start::Beginning).await.unwrap();
    world.add(Stage::LlmStructure, "pass-through");
    let pass = async {
        feed.next().await.unwrap().unwrap();
        let began = Instant::now();
        for _ in 1..records {
            feed.next().await.unwrap().unwrap();
        }
        began.elapsed().as_secs_f64()
    };
    let seconds = tokio::time::timeout(SOON, pass).await.expect("all records pass");
    let metrics = world.service(Stage::LlmStructure).metrics();
    let transactions = metrics.get("kafka_transactions_total{outcome=\"committed\"}");
    let (rate, median) = (transactions / seconds, metrics.median("kafka_transaction_seconds") * 1000.0);
    println!(
        "transactions, {name}: {:.0} records/s in {rate:.0} transactions/s, median {median:.1} ms, {:.1} records each",
        f64::from(records) / seconds,
        f64::from(records) / transactions
    );
    (rate, median)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_producer_commits_a_hundred_transactions_a_second() {
    let single = vec![("INVOICES__ENGINE__COMMIT_BATCH", "1".to_owned())];
    let (rate, median) = measure("one record each", 3_000, single).await;
    measure("as many records as have gathered", 20_000, Vec::new()).await;
    assert!(rate >= 100.0 && median <= 10.0);
}
