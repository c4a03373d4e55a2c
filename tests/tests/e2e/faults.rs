use contract::Stage;
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use testkit::world::{Setup, World};
use testkit::{Ledger, Sandbox};

/// A tenth of all calls fails, in every way there is; each fault draws from its own seed.
pub(crate) fn script_faults(sandbox: &Sandbox, share: f64) {
    let kinds = |endpoint: &str| match endpoint {
        "pdf" => vec![
            json!({"kind": "status", "status": 503}),
            json!({"kind": "status", "status": 429, "retry_after": 1}),
            json!({"kind": "reset", "when": "before"}),
        ],
        "llm" => vec![
            json!({"kind": "status", "status": 529}),
            json!({"kind": "status", "status": 500}),
            json!({"kind": "status", "status": 429, "retry_after": 1}),
            json!({"kind": "reset", "when": "before"}),
            json!({"kind": "reset", "when": "after"}),
        ],
        _ => vec![
            json!({"kind": "status", "status": 500, "when": "before"}),
            json!({"kind": "status", "status": 500, "when": "after"}),
            json!({"kind": "reset", "when": "before"}),
            json!({"kind": "reset", "when": "after"}),
            json!({"kind": "late_commit", "delay_ms": 300}),
        ],
    };
    for (number, endpoint) in ["pdf", "llm", "contacts", "bills"].into_iter().enumerate() {
        let kinds = kinds(endpoint);
        let share = share / f64::from(u32::try_from(kinds.len()).unwrap());
        for (kind, mut fault) in kinds.into_iter().enumerate() {
            fault["endpoint"] = json!(endpoint);
            fault["rate"] = json!(share);
            fault["seed"] = json!(number * 10 + kind);
            sandbox.fault(&fault);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_invoices_with_a_tenth_of_all_calls_failing_end_each_in_one_bill_or_one_dead_letter() {
    let world = World::start(&Setup::default());
    script_faults(&world.sandbox, 0.1);
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in 0..1000 {
        let url = world.sandbox.pdf(&format!("numbered/{number}"));
        ids.insert(world.submit(&publisher, url, None).await);
    }
    let ended = world.wait_ended(&ids, Duration::from_secs(300)).await;
    assert_eq!(ended.len(), 1000);
    let ledger = Ledger::read(&world, &ids).await;
    ledger.assert_each_ended_once(&ids);
    ledger.assert_origins_are_true(&world).await;
    println!(
        "faults: {} submitted, {} bills, {} dead letters {:?}, {} records waited in retry topics",
        ledger.submitted,
        ledger.posted(),
        ledger.dead_lettered(),
        ledger.codes(),
        retries(&world).await,
    );
    assert!(ledger.posted() >= 950, "most failures are transient: {:?}", ledger.codes());
}

async fn retries(world: &World) -> usize {
    let mut count = 0;
    for stage in Stage::ALL {
        count += world.records(&world.topics.retry(stage)).await.len();
    }
    count
}
