use crate::{submit, until};
use contract::{Stage, State};
use serde_json::json;
use std::time::{Duration, Instant};
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(120);
const CONCURRENCY: u64 = 64;

fn in_air(world: &World) -> u64 {
    world.sandbox.calls()["llm"]["in_air"].as_u64().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_without_the_language_model_costs_nothing_and_full_speed_is_back_in_five_seconds() {
    let setup =
        Setup { partitions: 12, time_scale: 1.0, sandbox: vec!["--latency-llm-ms", "2000"], ..Setup::default() };
    let world = World::start(&setup);
    let mut ids = submit(&world, 0..100).await;
    until("calls are answered", SOON, || world.sandbox.llm_answers() >= 20).await;
    world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 529}));
    let began = Instant::now();
    let mut number = 100;
    while began.elapsed() < Duration::from_secs(60) {
        ids.extend(submit(&world, number..number + 10).await);
        number += 10;
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    let before = world.sandbox.llm_answers();
    world.sandbox.clear_faults();
    until("a probe succeeds", SOON, || world.sandbox.llm_answers() > before).await;
    let probe = Instant::now();
    until("all places are taken", SOON, || in_air(&world) >= CONCURRENCY).await;
    let full_speed = probe.elapsed();
    let ended = world.wait_ended(&ids, SOON).await;
    assert!(ended.values().all(|status| status.state == State::Posted));
    let (dead, counted) = (world.dead_letters().await, world.records(&world.topics.retry(Stage::LlmStructure)).await);
    println!(
        "outage: {} invoices, language model away for 60 s: {} dead letters, {} attempts counted, full speed \
         ({CONCURRENCY} calls in the air) {:.1} s after the first successful probe",
        ids.len(),
        dead.len(),
        counted.len(),
        full_speed.as_secs_f64()
    );
    assert!(dead.is_empty() && counted.is_empty());
    assert!(full_speed <= Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_invoice_that_always_fails_ends_alone_and_the_breaker_stays_closed() {
    let mut world = World::start(&Setup { partitions: 12, ..Setup::default() });
    let publisher = world.publisher();
    let bad = world.submit(&publisher, world.sandbox.pdf("numbered/9999"), Some("always-500")).await;
    world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 500, "match": "always-500"}));
    let mut ids = submit(&world, 0..500).await;
    ids.insert(bad.clone());
    let mut opened = false;
    let watch = async {
        loop {
            opened |= world_metric(&mut world).await > 0.0;
            tokio::time::sleep(Duration::from_millis(100)).await;
            if opened {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(40), watch).await.ok();
    let ended = world.wait_ended(&ids, SOON).await;
    let dead: Vec<_> = ended.iter().filter(|(_, status)| status.state == State::Dead).map(|(id, _)| id).collect();
    println!("lone failure: {} invoices, dead: {dead:?}, breaker opened: {opened}", ids.len());
    assert_eq!(dead, [&bad]);
    assert!(!opened, "one invoice's failures opened the breaker");
}

async fn world_metric(world: &mut World) -> f64 {
    world.service(Stage::LlmStructure).metrics().get("invoice_stage_breaker_open")
}
