use contract::State;
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use testkit::world::{Setup, World};

#[tokio::test(flavor = "multi_thread")]
async fn an_overloaded_language_model_costs_no_dead_letter_and_no_attempt() {
    let world = World::start(&Setup::default());
    let overload = json!({"endpoint": "llm", "kind": "status", "status": 529});
    world.sandbox.fault(&overload);
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in 0..100 {
        let url = world.sandbox.pdf(&format!("numbered/{number}"));
        ids.insert(world.submit(&publisher, url, None).await);
    }
    // Many times the attempts that a policy of three allows, at this time scale.
    let refused = || world.sandbox.calls()["endpoints"]["llm"]["fault"].as_u64().unwrap_or(0);
    let several_probes = async {
        while refused() < 120 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), several_probes).await.expect("the stage probes");
    world.sandbox.clear_faults();
    let ended = world.wait_ended(&ids, Duration::from_secs(60)).await;
    assert!(ended.values().all(|status| status.state == State::Posted));
    assert!(world.dead_letters().await.is_empty());
    let retried = world.records(&world.topics.retry(contract::Stage::LlmStructure)).await;
    assert!(retried.is_empty(), "{} attempts were counted", retried.len());
}
