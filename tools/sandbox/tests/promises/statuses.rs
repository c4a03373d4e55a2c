//! Drafts, open and void bills.

use serde_json::{Value, json};

use crate::client::{World, bill};

async fn step(world: &World, id: &str, step: &str) -> (u16, Value) {
    let reply = world.zoho("POST", &format!("/bills/{id}/{step}"), &Value::Null).await;
    (reply.status, reply.json()["message"].clone())
}

async fn status(world: &World, id: &str) -> Value {
    world.zoho("GET", &format!("/bills/{id}"), &Value::Null).await.json()["bill"]["status"].clone()
}

fn draft(vendor: &str) -> Value {
    let mut draft = bill(vendor, "K-1");
    draft["status"] = json!("draft");
    draft
}

#[tokio::test]
async fn a_draft_is_opened_voided_and_opened_again() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let created = world.zoho("POST", "/bills", &draft(&vendor)).await.json();
    assert_eq!(created["bill"]["status"], "draft");
    let id = created["bill"]["bill_id"].as_str().unwrap();
    let listed = world.zoho("GET", "/bills?status=draft", &Value::Null).await.json();
    assert_eq!(listed["bills"][0]["bill_id"], id);

    let opened = (201, json!("The status of the bill has been chaged to open."));
    assert_eq!(step(&world, id, "status/open").await, opened);
    assert_eq!(status(&world, id).await, "open");
    assert_eq!(step(&world, id, "status/open").await, (400, json!("The bill is already in open status.")));
    assert_eq!(step(&world, id, "status/void").await, (201, json!("The bill has been marked as void.")));
    let void = world.zoho("GET", &format!("/bills/{id}"), &Value::Null).await.json();
    assert_eq!((&void["bill"]["status"], &void["bill"]["balance"]), (&json!("void"), &json!(0.0)));
    assert_eq!(world.bills().await[0]["status"], "void");
    assert_eq!(step(&world, id, "status/open").await, opened);
    assert_eq!(world.zoho("POST", "/bills/1/status/open", &Value::Null).await.verdict(), (404, 1002));
}

#[tokio::test]
async fn where_bills_need_approval_nothing_opens_before_it() {
    let world = World::start("--bill-approval").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let id = world.booked(&bill(&vendor, "K-1")).await;
    assert_eq!(status(&world, &id).await, "draft");
    assert_eq!(step(&world, &id, "status/open").await, (400, json!("The bill has not been approved.")));
    let submitted = json!("The bill has been submitted for approval successfully.");
    assert_eq!(step(&world, &id, "submit").await, (200, submitted));
    assert_eq!(status(&world, &id).await, "pending_approval");
    assert_eq!(step(&world, &id, "status/open").await.0, 400);
    assert_eq!(step(&world, &id, "approve").await, (200, json!("success")));
    assert_eq!(step(&world, &id, "status/open").await.0, 201);
    assert_eq!(status(&world, &id).await, "open");
}

#[tokio::test]
async fn an_organisation_may_not_do_what_a_bill_asks_for() {
    for (setting, body_status, booked) in
        [("open", "draft", "open"), ("draft", "open", "draft"), ("as-asked", "", "open")]
    {
        let world = World::start(&format!("--new-bills {setting}")).await;
        let vendor = world.vendor("Kaveri Steel").await;
        let mut bill = bill(&vendor, "K-1");
        bill["status"] = json!(body_status);
        let id = world.booked(&bill).await;
        assert_eq!(status(&world, &id).await, booked, "{setting}");
    }
}

#[tokio::test]
async fn an_answer_carries_what_a_client_compares() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let mut sent = bill(&vendor, "K-1");
    let gst18 = world.tax("GST18").await;
    sent["line_items"][0]["tax_id"] = json!(gst18);
    sent["adjustment"] = json!(-0.4);
    sent["notes"] = json!("by road");
    let created = world.zoho("POST", "/bills", &sent).await.json();
    let path = format!("/bills/{}", created["bill"]["bill_id"].as_str().unwrap());
    for bill in [&created["bill"], &world.zoho("GET", &path, &Value::Null).await.json()["bill"]] {
        assert_eq!((&bill["status"], &bill["notes"]), (&json!("open"), &json!("by road")));
        assert_eq!((&bill["sub_total"], &bill["tax_total"]), (&json!(100.0), &json!(18.0)));
        assert_eq!((&bill["adjustment"], &bill["total"]), (&json!(-0.4), &json!(117.6)));
        let taxes = [("CGST9", 9.0), ("SGST9", 9.0)].map(|(name, sum)| json!({"tax_name": name, "tax_amount": sum}));
        assert_eq!(bill["taxes"], json!(taxes));
        let line = &bill["line_items"][0];
        assert_eq!((&line["item_total"], &line["tax_id"]), (&json!(100.0), &json!(gst18)));
        assert_eq!((&line["tax_name"], &line["tax_percentage"]), (&json!("GST18"), &json!(18.0)));
    }
}
