use contract::{InvoiceId, Stage, State};
use std::collections::HashSet;
use std::ops::Range;
use std::time::{Duration, Instant};
use testkit::Ledger;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(90);
/// The session timeout of the groups on this broker, and what a rebalance takes.
const NOTICED: Duration = Duration::from_secs(12);

fn setup() -> Setup {
    Setup {
        env: vec![("INVOICES__KAFKA__PROPERTIES__GROUP_PROTOCOL", "consumer".to_owned())],
        sandbox: vec!["--latency-llm-ms", "500"],
        ..Setup::default()
    }
}

async fn submit(world: &World, numbers: Range<u32>) -> HashSet<InvoiceId> {
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in numbers {
        ids.insert(world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{number}")), None).await);
    }
    ids
}

async fn until_answered(world: &World, answers: u64) {
    let answered = async {
        while world.sandbox.llm_answers() < answers {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, answered).await.expect("calls are answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_consumer_protocol_a_replica_that_joins_or_leaves_repeats_no_call() {
    let mut world = World::start(&setup());
    let mut ids = submit(&world, 0..200).await;
    until_answered(&world, 40).await;
    world.add(Stage::LlmStructure, "llm-structure");
    world.replicas(Stage::LlmStructure)[1].wait_ready();
    ids.extend(submit(&world, 200..350).await);
    assert!(world.replicas(Stage::LlmStructure)[0].stop(), "it drains and ends with 0");
    ids.extend(submit(&world, 350..400).await);
    let ended = world.wait_ended(&ids, SOON).await;
    assert!(ended.values().all(|status| status.state == State::Posted));
    Ledger::read(&world, &ids).await.assert_each_ended_once(&ids);
    assert_eq!(world.sandbox.llm_answers(), 400, "each invoice was paid for once");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_consumer_protocol_a_killed_replica_is_noticed_and_its_work_taken_over() {
    let mut world = World::start(&setup());
    world.add(Stage::LlmStructure, "llm-structure");
    world.replicas(Stage::LlmStructure)[1].wait_ready();
    let ids = submit(&world, 0..200).await;
    until_answered(&world, 60).await;
    world.replicas(Stage::LlmStructure)[1].process().kill9().unwrap();
    let killed = Instant::now();
    // Some of these are on partitions of the dead replica.
    let late = submit(&world, 200..240).await;
    world.wait_ended(&late, NOTICED + Duration::from_secs(8)).await;
    println!("kip848: everything flowed {:.1} s after kill -9 of one of two", killed.elapsed().as_secs_f64());
    world.wait_ended(&ids, SOON).await;
    let all: HashSet<InvoiceId> = ids.union(&late).cloned().collect();
    Ledger::read(&world, &all).await.assert_each_ended_once(&all);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_consumer_protocol_a_replica_suspended_beyond_its_session_comes_back_and_doubles_nothing() {
    let mut world = World::start(&setup());
    world.add(Stage::LlmStructure, "llm-structure");
    world.replicas(Stage::LlmStructure)[1].wait_ready();
    let mut ids = submit(&world, 0..200).await;
    until_answered(&world, 40).await;
    world.replicas(Stage::LlmStructure)[1].process().pause().unwrap();
    world.wait_ended(&ids, SOON).await;
    world.replicas(Stage::LlmStructure)[1].process().resume().unwrap();
    ids.extend(submit(&world, 200..300).await);
    world.wait_ended(&ids, SOON).await;
    Ledger::read(&world, &ids).await.assert_each_ended_once(&ids);
    assert!(world.replicas(Stage::LlmStructure)[0].stop(), "the one that stayed drains and ends with 0");
    let last = submit(&world, 300..320).await;
    world.wait_ended(&last, SOON).await;
    assert!(
        world.replicas(Stage::LlmStructure)[1].stop(),
        "the one that came back is a member, drains and ends with 0"
    );
}
