use contract::{Stage, State};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use testkit::Ledger;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);

async fn submit(world: &World, numbers: std::ops::Range<u32>) -> HashSet<contract::InvoiceId> {
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in numbers {
        ids.insert(world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{number}")), None).await);
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_joins_or_stops_under_load_repeats_no_call_and_hands_over_at_once() {
    let mut world = World::start(&Setup { sandbox: vec!["--latency-llm-ms", "1000"], ..Setup::default() });
    let mut ids = submit(&world, 0..200).await;
    let some = |world: &World| world.sandbox.llm_answers() >= 64;
    let begun = async {
        while !some(&world) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, begun).await.expect("calls are answered");
    world.add(Stage::LlmStructure, "llm-structure");
    world.replicas(Stage::LlmStructure)[1].wait_ready();
    ids.extend(submit(&world, 200..400).await);
    assert!(world.replicas(Stage::LlmStructure)[0].stop(), "it drains and ends with 0");
    let stopped = Instant::now();
    ids.extend(submit(&world, 400..450).await);
    let ended = world.wait_ended(&ids, SOON).await;
    println!("drain: all invoices had ended {:.1} s after the replica had", stopped.elapsed().as_secs_f64());
    assert!(ended.values().all(|status| status.state == State::Posted));
    Ledger::read(&world, &ids).await.assert_each_ended_once(&ids);
    assert_eq!(world.sandbox.llm_answers(), 450, "each invoice was paid for once");
}
