use contract::history::EventKind;
use contract::{Headers, InvoiceId, Stage, State, code};
use local::kafka;
use std::collections::HashSet;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;
use stream::publish::Publisher;
use testkit::Ledger;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);

fn event(record: &stream::read::Record) -> contract::HistoryEvent {
    serde_json::from_slice(record.value.as_deref().unwrap_or_default()).unwrap()
}

/// Publishes one value without a key with Kafka's own Java client.
fn publish_with_java(world: &World, value: &str) {
    let mut tool = kafka::tool("org.apache.kafka.tools.ConsoleProducer").unwrap();
    tool.args(["--bootstrap-server", &world.kafka.brokers, "--topic", &world.topics.main(Stage::FetchExtract)]);
    let mut child = tool.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{value}").unwrap();
    assert!(child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_from_a_java_client_and_from_librdkafkas_default_partitioner_is_one_bill() {
    let world = World::start(&Setup { partitions: 12, ..Setup::default() });
    let url = world.sandbox.pdf("numbered/7");
    let value = format!(r#"{{"pdf_url":"{url}"}}"#);
    publish_with_java(&world, &value);
    let crc32 = [("partitioner", "consistent_random")];
    let foreign = Publisher::with_properties(&world.kafka, world.topics.clone(), &crc32).unwrap();
    let topic = world.topics.main(Stage::FetchExtract);
    foreign.raw(&topic, None, value.as_bytes(), &Headers::default()).await.unwrap();
    foreign.raw(&topic, Some(b"their own key"), value.as_bytes(), &Headers::default()).await.unwrap();
    let id = contract::url::CanonicalUrl::parse(&url).unwrap().invoice_id();
    let ids = HashSet::from([id.clone()]);
    let ended = world.wait_ended(&ids, SOON).await;
    assert_eq!(ended[&id].state, State::Posted);
    for _ in 0..2 {
        let is_duplicate = |record: &stream::read::Record| event(record).kind == EventKind::Duplicate;
        world.wait_record(&world.topics.history(), SOON, is_duplicate).await;
    }
    Ledger::read(&world, &ids).await.assert_each_ended_once(&ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_two_urls_is_one_bill_and_one_conflict() {
    let world = World::start(&Setup::default());
    let publisher = world.publisher();
    let id = world.submit(&publisher, world.sandbox.pdf("numbered/1"), Some("INV-1")).await;
    world.submit(&publisher, world.sandbox.pdf("numbered/2"), Some("INV-1")).await;
    let dlq = world.topics.dead_letter(Stage::FetchExtract);
    let letter = world.wait_record(&dlq, SOON, |_| true).await;
    assert_eq!(letter.headers.error_code, Some(code::ADMISSION_ID_CONFLICT));
    assert!(letter.key.unwrap().starts_with(b"rejected:"));
    let ids: HashSet<InvoiceId> = HashSet::from([id]);
    world.wait_ended(&ids, SOON).await;
    let ledger = Ledger::read(&world, &ids).await;
    assert_eq!((ledger.posted(), ledger.dead_lettered()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_known_after_a_restart_and_gets_the_first_result() {
    let mut world = World::start(&Setup::default());
    let publisher = world.publisher();
    let url = world.sandbox.pdf("numbered/3");
    let id = world.submit(&publisher, url.clone(), None).await;
    let ids = HashSet::from([id.clone()]);
    let first = world.wait_ended(&ids, SOON).await;
    world.service(Stage::FetchExtract).kill9_and_restart();
    world.submit(&publisher, url, None).await;
    let history = world.topics.history();
    world.wait_record(&history, SOON, |record| event(record).kind == EventKind::Duplicate).await;
    let again = world.invoicectl(&["status", id.as_str(), "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(status["bill"]["bill_id"].as_str(), Some(first[&id].bill.as_ref().unwrap().bill_id.as_str()));
    assert_eq!(world.sandbox.bills().len(), 1);
}
