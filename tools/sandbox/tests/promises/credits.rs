//! Vendor credits: what a vendor's credit note becomes.

use serde_json::{Value, json};

use crate::client::{World, bill, until};

const CREATE: &str = "/vendorcredits?ignore_auto_number_generation=true";

fn credit(vendor: &str, number: &str) -> Value {
    let mut credit = bill(vendor, number);
    credit.as_object_mut().unwrap().remove("bill_number");
    credit["vendor_credit_number"] = json!(number);
    credit
}

async fn found(world: &World, query: &str) -> usize {
    let list = world.zoho("GET", &format!("/vendorcredits?{query}"), &Value::Null).await.json();
    list["vendorcredits"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_vendor_credit_is_booked_with_its_totals_and_found_again() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let mut sent = credit(&vendor, "CN-1");
    sent["line_items"][0]["tax_id"] = json!(world.tax("IGST18").await);
    let created = world.zoho("POST", CREATE, &sent).await;
    assert_eq!(created.status, 201);
    let shown = &created.json()["vendor_credit"];
    assert_eq!((&shown["vendor_credit_number"], &shown["status"]), (&json!("CN-1"), &json!("open")));
    assert_eq!(
        (&shown["sub_total"], &shown["total"], &shown["balance"]),
        (&json!(100.0), &json!(118.0), &json!(118.0))
    );
    assert_eq!(shown["line_items"][0]["tax_percentage"], 18.0);

    let path = format!("/vendorcredits/{}", shown["vendor_credit_id"].as_str().unwrap());
    assert_eq!(&world.zoho("GET", &path, &Value::Null).await.json()["vendor_credit"], shown);
    let held = world.get("/_sandbox/vendorcredits").await.json();
    assert_eq!((&held[0]["total"], &held[0]["tax_total"]), (&json!("118.00"), &json!("18.00")));
    assert_eq!((&held[0]["reference_number"], &held[0]["times_created"]), (&json!("ref-CN-1"), &json!(1)));
    assert!(world.bills().await.is_empty(), "a credit is not a bill");
}

#[tokio::test]
async fn credits_are_filtered_by_the_names_zoho_documents() {
    let world = World::start("").await;
    let kaveri = world.vendor("Kaveri Steel").await;
    let malabar = world.vendor("Malabar Spices").await;
    for (vendor, number) in [(&kaveri, "CN-1"), (&kaveri, "CN-2"), (&malabar, "CN-1")] {
        assert_eq!(world.zoho("POST", CREATE, &credit(vendor, number)).await.status, 201);
    }
    let table = [
        ("reference_number=ref-CN-2".to_owned(), 1),
        ("vendor_credit_number=CN-1".to_owned(), 2),
        ("vendor_credit_number_startswith=cn".to_owned(), 3),
        (format!("customer_id={malabar}"), 1),
        ("customer_name=Kaveri%20Steel".to_owned(), 2),
        // Documented for bills only, and so ignored here.
        (format!("vendor_id={malabar}"), 3),
        ("status=void".to_owned(), 0),
    ];
    for (query, rows) in table {
        assert_eq!(found(&world, &query).await, rows, "{query}");
    }
}

#[tokio::test]
async fn the_number_of_a_credit_repeats_no_more_than_that_of_a_bill() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    world.booked(&bill(&vendor, "N-1")).await;
    assert_eq!(world.zoho("POST", CREATE, &credit(&vendor, "N-1")).await.status, 201);
    let again = world.zoho("POST", CREATE, &credit(&vendor, "N-1")).await;
    assert_eq!(again.json(), json!({"code": 13011, "message": "vendor credit number N-1 already exists"}));
    let mut next_year = credit(&vendor, "N-1");
    next_year["date"] = json!("2027-04-01");
    assert_eq!(world.zoho("POST", CREATE, &next_year).await.status, 201);
}

#[tokio::test]
async fn zoho_numbers_credits_unless_it_is_told_not_to() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let mut unnumbered = credit(&vendor, "");
    assert_eq!(world.zoho("POST", CREATE, &unnumbered).await.verdict(), (400, 4));
    let created = world.zoho("POST", "/vendorcredits", &unnumbered).await.json();
    assert_eq!(created["vendor_credit"]["vendor_credit_number"], "DN-00001");
    unnumbered["vendor_credit_number"] = json!("CN-7");
    assert_eq!(world.zoho("POST", "/vendorcredits", &unnumbered).await.verdict(), (400, 2));
    unnumbered["adjustment"] = json!(0.4);
    let refused = world.zoho("POST", CREATE, &unnumbered).await.json();
    assert_eq!(refused["message"], "Invalid value passed for adjustment");
}

#[tokio::test]
async fn a_credit_can_be_a_draft_and_be_voided() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let mut draft = credit(&vendor, "CN-1");
    draft["status"] = json!("draft");
    let created = world.zoho("POST", CREATE, &draft).await.json();
    assert_eq!(created["vendor_credit"]["status"], "draft");
    let path = format!("/vendorcredits/{}", created["vendor_credit"]["vendor_credit_id"].as_str().unwrap());
    let steps = [
        ("status/open", "The status of the vendor credit has been changed to open."),
        ("status/void", "The vendor credit has been voided."),
    ];
    for (step, message) in steps {
        let reply = world.zoho("POST", &format!("{path}/{step}"), &Value::Null).await;
        assert_eq!((reply.status, &reply.json()["message"]), (201, &json!(message)));
    }
    assert_eq!(world.zoho("POST", &format!("{path}/submit"), &Value::Null).await.status, 400);
    assert_eq!(world.zoho("DELETE", &path, &Value::Null).await.verdict(), (200, 0));
    assert_eq!(world.zoho("GET", &path, &Value::Null).await.verdict(), (404, 1002));
}

#[tokio::test]
async fn credits_suffer_the_same_faults_as_bills() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    world.fault(json!({"endpoint": "vendor_credits", "kind": "late_commit", "delay_ms": 50, "count": 1})).await;
    world.try_zoho("POST", CREATE, &credit(&vendor, "CN-1")).await.unwrap_err();
    until("the late effect", async || found(&world, "reference_number=ref-CN-1").await == 1).await;
    world.fault(json!({"endpoint": "vendor_credits", "kind": "list_lag", "delay_ms": 60_000})).await;
    assert_eq!(world.zoho("POST", CREATE, &credit(&vendor, "CN-2")).await.status, 201);
    assert_eq!(found(&world, "reference_number=ref-CN-2").await, 0);
    let calls = world.calls().await;
    assert_eq!(calls["invoices"]["vendor_credits"]["ref-CN-1"]["fault"], 1);
}
