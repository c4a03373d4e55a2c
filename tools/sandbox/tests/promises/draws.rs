//! A seeded storm over every kind of call, and what may be claimed of it afterwards.

use serde_json::{Value, json};

use crate::client::{World, bill};

/// A fifth of the calls of each kind, in any of the ways that kind can fail.
fn storm() -> [Value; 4] {
    let lost = [json!({"kind": "reset", "when": "after"}), json!({"kind": "status", "status": 500, "when": "after"})];
    let late = json!({"kind": "late_commit", "delay_ms": 20});
    let lag = json!({"kind": "list_lag", "delay_ms": 20});
    let refused = [
        json!({"kind": "status", "status": 429, "code": 44}),
        json!({"kind": "status", "status": 429, "code": 1070}),
        json!({"kind": "status", "status": 503}),
        json!({"kind": "status", "status": 401}),
        json!({"kind": "reset"}),
    ];
    let writes = [&lost[..], std::slice::from_ref(&late), &refused].concat();
    let draw = |endpoint: &str, operation: &str, of: &[Value]| json!({"endpoint": endpoint, "operation": operation, "kind": "one_of", "rate": 0.2, "seed": 7, "of": of});
    [
        draw("token", "create", &refused),
        draw("bills", "list", &refused),
        draw("bills", "create", &[&writes[..], &[lag]].concat()),
        draw("attachments", "create", &writes),
    ]
}

#[tokio::test]
async fn a_storm_hits_a_fifth_of_every_kind_of_call_and_the_books_tell_what_came_of_it() {
    let world = World::start("--tokens-per-window 0").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let id = world.booked(&bill(&vendor, "K-0")).await;
    for script in storm() {
        world.fault(script).await;
    }
    for n in 0..60 {
        // What became of each is not looked at: a lost answer is one of the ways to fail.
        drop(world.send("POST", "/oauth/v2/token", &[], b"").await);
        drop(world.try_zoho("GET", "/bills", &Value::Null).await);
        drop(world.try_zoho("POST", "/bills", &bill(&vendor, &format!("K-{}", n + 1))).await);
        drop(world.attach(&id, "attachment", "a.pdf", b"abc").await);
    }
    let faults = world.get("/_sandbox/faults").await.json();
    for fault in faults.as_array().unwrap() {
        assert_eq!(fault["seen"], 60, "{fault}");
        let fired = fault["fired"].as_u64().unwrap();
        assert!((5..=20).contains(&fired), "{fired} of 60 at rate 0.2");
    }
    let calls = world.calls().await;
    assert_eq!(calls["zoho"]["operations"]["bills"], json!({"list": 60, "create": 61}));
}

#[tokio::test]
async fn every_fault_in_the_readme_is_taken_as_it_stands() {
    let world = World::start("").await;
    let blocks = include_str!("../../README.md").split("```json\n").skip(1);
    let blocks = blocks.filter_map(|block| serde_json::from_str::<Value>(block.split("```").next()?).ok());
    let scripts: Vec<_> = blocks.filter(|block| block["kind"].is_string()).collect();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        world.fault(script).await;
    }
}
