//! Faults: each kind, before and after the effect.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use sandbox::{
    Settings,
    ledger::{Ledger, ListLag, Moment, Query},
};
use serde_json::{Value, json};

use crate::client::{ORGANIZATION, World, bill, until};

async fn world_with_vendor() -> (World, String) {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    (world, vendor)
}

async fn bills_in_air(world: &World) -> Value {
    world.calls().await["endpoints"]["bills"]["in_air"].clone()
}

#[tokio::test]
async fn a_status_fault_spares_or_follows_the_effect() {
    let (world, vendor) = world_with_vendor().await;
    world.fault(json!({"endpoint": "bills", "kind": "status", "status": 500, "count": 1})).await;
    let reply = world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await;
    assert_eq!(reply.json(), json!({"code": 1000, "message": "Internal error"}));
    assert!(world.bills().await.is_empty());

    let script = json!({"endpoint": "bills", "kind": "status", "status": 503, "retry_after": 7,
        "when": "after", "count": 1});
    world.fault(script).await;
    let reply = world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("7")));
    assert_eq!(world.bills().await.len(), 1);
    assert_eq!(world.calls().await["invoices"]["bills"]["ref-K-1"]["fault"], 2);
}

#[tokio::test]
async fn a_reset_fault_resets_the_connection_before_or_after_the_effect() {
    let (world, vendor) = world_with_vendor().await;
    for (when, bills) in [("before", 0), ("after", 1)] {
        world.fault(json!({"endpoint": "bills", "kind": "reset", "when": when, "count": 1})).await;
        let error = world.try_zoho("POST", "/bills", &bill(&vendor, "K-1")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{when}");
        assert_eq!(world.bills().await.len(), bills, "{when}");
    }
}

#[tokio::test]
async fn a_hang_fault_keeps_the_connection_open_without_an_answer() {
    for (when, bills) in [("before", 0), ("after", 1)] {
        let (world, vendor) = world_with_vendor().await;
        let id = world.fault(json!({"endpoint": "bills", "kind": "hang", "when": when})).await;
        let mut call = world.spawn_zoho("POST", "/bills", bill(&vendor, "K-1"));
        until("the call is in the air", async || bills_in_air(&world).await == 1).await;
        until("its effect", async || world.bills().await.len() == bills).await;
        let held = tokio::time::timeout(Duration::from_millis(100), &mut call).await;
        assert!(held.is_err(), "{when}: {held:?}");

        call.abort();
        until("the call has ended", async || bills_in_air(&world).await == 0).await;
        assert_eq!(world.calls().await["endpoints"]["bills"]["fault"], 1);
        let path = format!("/_sandbox/faults/{id}");
        assert_eq!(world.send("DELETE", &path, &[], b"").await.unwrap().status, 204);
        assert_eq!(world.send("DELETE", &path, &[], b"").await.unwrap().status, 404);
    }
}

#[tokio::test]
async fn a_held_call_goes_on_when_its_fault_is_removed_whether_or_not_somebody_waits_for_it() {
    for (when, bills, somebody_waits) in [("before", 0, true), ("after", 1, true), ("before", 0, false)] {
        let (world, vendor) = world_with_vendor().await;
        let id = world.fault(json!({"endpoint": "bills", "kind": "hold", "when": when, "count": 1})).await;
        let call = world.spawn_zoho("POST", "/bills", bill(&vendor, "K-1"));
        until("the call stands still", async || world.get("/_sandbox/faults").await.json()[0]["held"] == 1).await;
        assert_eq!(world.bills().await.len(), bills, "{when}");
        if !somebody_waits {
            call.abort();
            until("the client has gone", async || bills_in_air(&world).await == 0).await;
        }
        world.send("DELETE", &format!("/_sandbox/faults/{id}"), &[], b"").await.unwrap();
        until("the effect", async || world.bills().await.len() == 1).await;
        if somebody_waits {
            assert_eq!(call.await.unwrap().unwrap().status, 201, "{when}");
        }
    }
}

#[tokio::test]
async fn a_delay_fault_delays_the_answer_or_the_effect_too() {
    let (world, vendor) = world_with_vendor().await;
    let delay = Duration::from_millis(120);
    world.fault(json!({"endpoint": "bills", "kind": "delay", "delay_ms": 120, "count": 1})).await;
    let start = Instant::now();
    assert_eq!(world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await.status, 201);
    assert!(start.elapsed() >= delay);

    let script = json!({"endpoint": "bills", "kind": "delay", "delay_ms": 60_000, "when": "after"});
    world.fault(script).await;
    let call = world.spawn_zoho("POST", "/bills", bill(&vendor, "K-2"));
    until("the effect", async || world.bills().await.len() == 2).await;
    assert!(!call.is_finished(), "the answer waits though the effect is there");
    call.abort();
}

#[tokio::test]
async fn the_effect_happens_though_the_client_has_gone() {
    let (world, vendor) = world_with_vendor().await;
    world.fault(json!({"endpoint": "bills", "kind": "delay", "delay_ms": 400})).await;
    let call = world.spawn_zoho("POST", "/bills", bill(&vendor, "K-1"));
    until("the call is in the air", async || bills_in_air(&world).await == 1).await;
    call.abort();

    until("it is booked as abandoned", async || world.calls().await["endpoints"]["bills"]["abandoned"] == 1).await;
    until("the effect", async || world.bills().await.len() == 1).await;
}

#[tokio::test]
async fn a_late_commit_resets_at_once_and_takes_effect_later() {
    let (world, vendor) = world_with_vendor().await;
    world.fault(json!({"endpoint": "bills", "kind": "late_commit", "delay_ms": 500})).await;
    let start = Instant::now();
    let error = world.try_zoho("POST", "/bills", &bill(&vendor, "K-1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let look = world.zoho("GET", "/bills?bill_number=K-1", &Value::Null).await.json();
    if start.elapsed() < Duration::from_millis(500) {
        assert_eq!(look["bills"], json!([]), "the look right after finds nothing");
    }
    until("the late effect", async || world.bills().await.len() == 1).await;
    assert!(start.elapsed() >= Duration::from_millis(500));
}

#[tokio::test]
async fn what_lags_in_lists_is_there_by_id_and_for_the_duplicate_check() {
    let (world, vendor) = world_with_vendor().await;
    world.fault(json!({"endpoint": "bills", "kind": "list_lag", "delay_ms": 60_000})).await;
    let created = world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await.json();
    let path = format!("/bills/{}", created["bill"]["bill_id"].as_str().unwrap());
    assert_eq!(world.zoho("GET", &path, &Value::Null).await.verdict(), (200, 0));
    let list = world.zoho("GET", "/bills?bill_number=K-1", &Value::Null).await.json();
    assert_eq!(list["bills"], json!([]));
    assert_eq!(world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await.verdict(), (400, 13011));
}

#[test]
fn a_lag_ends_when_its_time_is_over() {
    let mut ledger = Ledger::new(&Settings::for_tests());
    let lag = Duration::from_secs(3);
    let moment = Moment { now: Instant::now(), wall: "2026-05-04T10:00:00+05:30".parse().unwrap(), lag: ListLag(lag) };
    // A vendor that the books begin with.
    let bill = bill("460000000000000501", "K-1").as_object().unwrap().clone();
    ledger.create_bill(bill, moment).unwrap();

    let shown = |after| ledger.bills(&Query::default(), moment.now + after).rows.len();
    assert_eq!(shown(lag - Duration::from_millis(1)), 0);
    assert_eq!(shown(lag), 1);
}

#[tokio::test]
async fn expired_tokens_are_refused_until_a_new_one_is_fetched() {
    let (mut world, vendor) = world_with_vendor().await;
    world.fault(json!({"endpoint": "bills", "kind": "expire_token", "count": 1})).await;
    let reply = world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await;
    assert_eq!(reply.verdict(), (401, 57));
    world.sign_in().await;
    assert_eq!(world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await.status, 201);
}

#[tokio::test]
async fn one_expired_token_leaves_the_others_good() {
    let (mut world, _) = world_with_vendor().await;
    let other = world.ask_for_token("sandbox").await.json()["access_token"].as_str().unwrap().to_owned();
    world.fault(json!({"endpoint": "bills", "kind": "expire_own_token", "count": 1})).await;
    assert_eq!(world.zoho("GET", "/bills", &Value::Null).await.verdict(), (401, 57));
    assert_eq!(world.zoho("GET", "/contacts", &Value::Null).await.verdict(), (401, 57));

    let (authorization, path) = (format!("Zoho-oauthtoken {other}"), format!("/books/v3/bills?{ORGANIZATION}"));
    let reply = world.send("GET", &path, &[("authorization", &authorization)], b"").await.unwrap();
    assert_eq!(reply.verdict(), (200, 0));
    world.sign_in().await;
    assert_eq!(world.zoho("GET", "/bills", &Value::Null).await.verdict(), (200, 0));
}

#[tokio::test]
async fn each_refused_limit_can_be_scripted_with_its_own_words() {
    let world = World::start("").await;
    for (code, words) in [(44, "per minute"), (45, "maximum call rate limit"), (1070, "in process")] {
        world.fault(json!({"endpoint": "bills", "kind": "status", "status": 429, "code": code, "count": 1})).await;
        let refused = world.zoho("GET", "/bills", &Value::Null).await;
        assert_eq!(refused.verdict(), (429, code));
        assert!(refused.json()["message"].as_str().unwrap().contains(words), "{code}");
        assert_eq!(refused.header("retry-after"), None, "Zoho sends none");
    }
}

#[tokio::test]
async fn garbage_is_a_200_that_is_not_what_was_asked_for() {
    let (world, vendor) = world_with_vendor().await;
    world.fault(json!({"endpoint": "bills", "kind": "garbage", "when": "after"})).await;
    let reply = world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await;
    assert_eq!(reply.status, 200);
    assert!(reply.body.starts_with(b"<!doctype html>"));
    assert_eq!(world.bills().await.len(), 1);
}

#[tokio::test]
async fn a_fault_is_listed_with_its_hits_until_it_is_removed() {
    let (world, vendor) = world_with_vendor().await;
    let script = json!({"endpoint": "bills", "kind": "status", "status": 400, "match": "ref-K-2"});
    world.fault(script).await;
    assert_eq!(world.zoho("POST", "/bills", &bill(&vendor, "K-1")).await.status, 201);
    assert_eq!(world.zoho("POST", "/bills", &bill(&vendor, "K-2")).await.status, 400);
    let faults = world.get("/_sandbox/faults").await.json();
    assert_eq!((&faults[0]["fired"], &faults[0]["fault"]["match"]), (&json!(1), &json!("ref-K-2")));

    world.send("DELETE", "/_sandbox/faults", &[], b"").await.unwrap();
    assert_eq!(world.zoho("POST", "/bills", &bill(&vendor, "K-2")).await.status, 201);
}

#[tokio::test]
async fn a_fault_with_an_unknown_field_is_refused() {
    let world = World::start("").await;
    let script = json!({"endpoint": "bills", "kind": "hang", "probability": 1}).to_string();
    let headers = [("content-type", "application/json")];
    let reply = world.send("POST", "/_sandbox/faults", &headers, script.as_bytes()).await.unwrap();
    assert_eq!(reply.status, 400);
}
