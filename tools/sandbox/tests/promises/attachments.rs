//! Attachments: what the books hold of each, so that "every PDF once" can be proved from them.

use serde_json::{Value, json};

use crate::client::{World, bill};

/// SHA-256 of `abc`, from FIPS 180-2.
const DIGEST_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[tokio::test]
async fn the_books_tell_the_digest_of_every_attachment() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let id = world.booked(&bill(&vendor, "K-1")).await;
    let reply = world.attach(&id, "attachment", "invoice.pdf", b"abc").await.unwrap();
    assert_eq!(reply.status, 201);
    assert_eq!(reply.json(), json!({"code": 0, "message": "The document has been attached."}));

    let held = &world.bills().await[0]["attachments"];
    assert_eq!(held.as_array().unwrap().len(), 1);
    assert_eq!((&held[0]["sha256"], &held[0]["file_size"]), (&json!(DIGEST_OF_ABC), &json!(3)));
    let shown = world.zoho("GET", &format!("/bills/{id}"), &Value::Null).await.json();
    assert_eq!(shown["bill"]["attachment_name"], "invoice.pdf");
    assert_eq!(shown["bill"]["documents"][0]["file_name"], "invoice.pdf");
    assert_eq!(shown["bill"]["documents"][0]["document_id"], held[0]["document_id"]);
    assert_eq!(shown["bill"]["documents"][0]["sha256"], Value::Null, "Zoho does not tell");
}

#[tokio::test]
async fn a_retry_after_a_lost_answer_attaches_the_file_twice() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let id = world.booked(&bill(&vendor, "K-1")).await;
    world.fault(json!({"endpoint": "attachments", "kind": "reset", "when": "after", "count": 1})).await;
    world.attach(&id, "attachment", "invoice.pdf", b"abc").await.unwrap_err();
    let look = world.zoho("GET", &format!("/bills/{id}"), &Value::Null).await.json();
    assert_eq!(look["bill"]["documents"].as_array().unwrap().len(), 1, "a look would have shown it");

    assert_eq!(world.attach(&id, "attachment", "invoice.pdf", b"abc").await.unwrap().status, 201);
    let held = &world.bills().await[0]["attachments"];
    let digests: Vec<_> = held.as_array().unwrap().iter().map(|held| held["sha256"].clone()).collect();
    assert_eq!(digests, [DIGEST_OF_ABC, DIGEST_OF_ABC]);
}

#[tokio::test]
async fn a_file_for_an_unknown_bill_or_of_more_than_ten_megabytes_is_refused() {
    let world = World::start("").await;
    assert_eq!(world.attach("1", "attachment", "a.pdf", b"abc").await.unwrap().verdict(), (404, 1002));
    let vendor = world.vendor("Kaveri Steel").await;
    let id = world.booked(&bill(&vendor, "K-1")).await;
    let mut file = vec![b'x'; 10 << 20];
    assert_eq!(world.attach(&id, "attachment", "a.pdf", &file).await.unwrap().verdict(), (201, 0));
    file.push(b'x');
    assert_eq!(world.attach(&id, "attachment", "a.pdf", &file).await.unwrap().verdict(), (400, 2));
}
