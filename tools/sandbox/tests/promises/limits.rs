//! Zoho's limits, and the book of calls that shows whether a client kept them.

use serde_json::{Value, json};

use crate::client::{World, bill, until};

#[tokio::test]
async fn a_minute_too_full_is_refused_without_retry_after() {
    let world = World::start("--calls-per-minute 2").await;
    for _ in 0..2 {
        assert_eq!(world.zoho("GET", "/bills", &Value::Null).await.verdict(), (200, 0));
    }
    let refused = world.zoho("GET", "/bills", &Value::Null).await;
    assert_eq!(refused.verdict(), (429, 44));
    assert_eq!(refused.header("retry-after"), None);
    assert_eq!(world.calls().await["organization"], json!({"calls": 3, "peak_per_minute": 3, "refused": 1}));
}

#[tokio::test]
async fn the_minute_is_as_long_as_the_setting_says() {
    let world = World::start("--calls-per-minute 1 --minute-ms 150").await;
    assert_eq!(world.zoho("GET", "/bills", &Value::Null).await.verdict(), (200, 0));
    until("a new minute", async || world.zoho("GET", "/bills", &Value::Null).await.status == 200).await;
}

#[tokio::test]
async fn the_daily_limit_has_its_own_code() {
    let world = World::start("--daily 1").await;
    world.zoho("GET", "/bills", &Value::Null).await;
    assert_eq!(world.zoho("GET", "/bills", &Value::Null).await.verdict(), (429, 45));
}

#[tokio::test]
async fn a_call_in_process_takes_a_place_until_it_is_answered() {
    let world = World::start("--in-process 1 --latency-zoho-ms 300").await;
    let first = world.spawn_zoho("GET", "/bills", Value::Null);
    until("the first call is in the air", async || world.calls().await["endpoints"]["bills"]["in_air"] == 1).await;
    // Either call may reach the desk first; one of the two is refused.
    let second = world.zoho("GET", "/bills", &Value::Null).await.verdict();
    let first = first.await.unwrap().unwrap().verdict();
    assert!([first, second].contains(&(429, 1070)), "{first:?} {second:?}");
    assert!([first, second].contains(&(200, 0)), "{first:?} {second:?}");
}

#[tokio::test]
async fn calls_are_booked_by_endpoint_invoice_and_outcome() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    world.zoho("GET", "/bills?reference_number=ref-K-1", &Value::Null).await;
    world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await;
    world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await;

    let calls = world.calls().await;
    let bills = &calls["endpoints"]["bills"];
    assert_eq!((&bills["ok"], &bills["error"], &bills["fault"]), (&json!(2), &json!(1), &json!(0)));
    assert_eq!(calls["invoices"]["bills"]["ref-K-1"]["ok"], 2);
    assert_eq!(calls["organization"]["peak_per_minute"], 4);
    assert_eq!(calls["endpoints"]["token"]["ok"], 1);
}

#[tokio::test]
async fn a_reset_leaves_the_seeds_and_nothing_else() {
    let world = World::start("--daily 3").await;
    let vendor = world.vendor("Kaveri Steel").await;
    world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await;
    world.fault(json!({"endpoint": "bills", "kind": "hang"})).await;
    let reset = world.send("POST", "/_sandbox/reset", &[], b"").await.unwrap();
    assert_eq!(reset.status, 204);

    assert!(world.bills().await.is_empty());
    assert_eq!(world.calls().await["endpoints"], json!({}));
    assert_eq!(world.get("/_sandbox/faults").await.json(), json!([]));
    let contacts = world.zoho("GET", "/contacts", &Value::Null).await.json();
    assert_eq!(contacts["contacts"].as_array().unwrap().len(), 2);
    assert_eq!(world.zoho("GET", "/bills", &Value::Null).await.verdict(), (200, 0));
}
