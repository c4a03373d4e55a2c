use crate::{submit, until};
use contract::State;
use local::{Broker, BrokerSettings};
use std::time::Duration;
use tempfile::TempDir;
use testkit::world::{Place, Setup, World};

const AWAY: Duration = Duration::from_secs(60);
const INVOICES: u32 = 200;
const SOON: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_without_the_broker_repeats_no_call_of_the_language_model() {
    let dir = TempDir::new().unwrap();
    let mut broker = Broker::start(&BrokerSettings::new(dir.path().join("kafka"))).unwrap();
    let place = Place::on(broker.bootstrap());
    let setup = Setup { partitions: 12, sandbox: vec!["--latency-llm-ms", "2000"], ..Setup::default() };
    let mut world = World::at(&setup, &place);
    world.add_all();
    let ids = submit(&world, 0..INVOICES).await;
    until("calls are answered", SOON, || world.sandbox.llm_answers() >= 70).await;
    broker.kill().unwrap();
    let in_air = world.sandbox.calls()["llm"]["in_air"].clone();
    tokio::time::sleep(AWAY).await;
    let during = world.sandbox.llm_answers();
    broker.restart().unwrap();
    let ended = world.wait_ended(&ids, SOON).await;
    assert!(ended.values().all(|status| status.state == State::Posted));
    println!(
        "broker away for 60 s, {in_air} calls in the air when it went, {during} answers when it came back: {} invoices, \
         {} calls of the language model, {} dead letters",
        ids.len(),
        world.sandbox.llm_answers(),
        world.dead_letters().await.len()
    );
    assert_eq!(world.sandbox.llm_answers(), u64::from(INVOICES), "each was paid for once");
}
