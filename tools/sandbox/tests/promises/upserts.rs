//! Upserts by a unique custom field: one bill per value, however often and from wherever it is sent.

use serde_json::{Value, json};
use std::io;

use crate::client::{Reply, World, bill};

async fn upsert(world: &World, field: &str, body: &Value) -> io::Result<Reply> {
    let headers = [("x-unique-identifier-key", field), ("x-unique-identifier-value", "inv-7"), ("x-upsert", "true")];
    world.raw_zoho("PUT", "/bills", &headers, body.to_string().as_bytes()).await
}

#[tokio::test]
async fn without_a_unique_field_in_the_organisation_an_upsert_is_refused() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let refused = upsert(&world, "cf_invoice_id", &bill(&vendor, "K-1")).await.unwrap();
    assert_eq!(refused.verdict(), (400, 2));
    assert_eq!(refused.json()["message"], "Invalid value passed for X-Unique-Identifier-Key");

    let other = World::start("--unique-field cf_other").await;
    assert_eq!(upsert(&other, "cf_invoice_id", &bill(&vendor, "K-1")).await.unwrap().verdict(), (400, 2));
    assert!(world.bills().await.is_empty() && other.bills().await.is_empty());
}

#[tokio::test]
async fn without_a_unique_field_two_bills_may_share_a_value() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    for number in ["K-1", "K-2"] {
        let mut bill = bill(&vendor, number);
        bill["custom_fields"] = json!([{"api_name": "cf_invoice_id", "value": "inv-7"}]);
        world.booked(&bill).await;
    }
    assert_eq!(world.bills().await.len(), 2);
}

#[tokio::test]
async fn the_same_upsert_again_changes_nothing_and_answers_with_the_bill() {
    let world = World::start("--unique-field cf_invoice_id").await;
    let vendor = world.vendor("Kaveri Steel").await;
    world.fault(json!({"endpoint": "bills", "kind": "reset", "when": "after", "count": 1})).await;
    upsert(&world, "cf_invoice_id", &bill(&vendor, "K-1")).await.unwrap_err();
    let first = world.bills().await;

    let again = upsert(&world, "cf_invoice_id", &bill(&vendor, "K-1")).await.unwrap();
    assert_eq!(again.verdict(), (200, 0));
    assert_eq!(again.json()["bill"]["bill_id"], first[0]["bill_id"]);
    assert_eq!(again.json()["bill"]["created_time"], again.json()["bill"]["last_modified_time"]);
    assert_eq!(world.bills().await, first);
}

#[tokio::test]
async fn upserts_of_one_value_at_the_same_time_make_one_bill() {
    let world = World::start("--unique-field cf_invoice_id --latency-zoho-ms 20").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let body = bill(&vendor, "K-1");
    let one = || upsert(&world, "cf_invoice_id", &body);
    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
    let ids = [a, b, c, d].map(|reply| reply.unwrap().json()["bill"]["bill_id"].clone());

    let bills = world.bills().await;
    assert_eq!((bills.len(), &bills[0]["times_created"]), (1, &json!(1)));
    assert!(ids.iter().all(|id| *id == bills[0]["bill_id"]), "{ids:?}");
    assert_eq!(world.calls().await["zoho"]["operations"]["bills"], json!({"upsert": 4}));
}
