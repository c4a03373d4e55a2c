//! Calls by kind and by invoice: what "so many calls per invoice" is computed from.

use serde_json::json;

use crate::client::{World, bill};

#[tokio::test]
async fn calls_are_counted_by_kind_and_by_the_invoice_they_name() {
    let world = World::start("").await;
    let vendor = world.vendor("Kaveri Steel").await;
    let id = world.booked(&bill(&vendor, "K-0")).await;
    world.send("POST", "/_sandbox/reset", &[], b"").await.unwrap();

    let headers = [("x-invoice-id", "inv-7")];
    world.fault(json!({"endpoint": "bills", "operation": "create", "kind": "reset", "count": 1})).await;
    let mut body = bill("460000000000000501", "K-1");
    body["reference_number"] = json!("inv-7");
    let body = body.to_string();
    for path in ["/bills?reference_number=inv-7", "/bills?reference_number=inv-8", &format!("/bills/{id}")] {
        world.raw_zoho("GET", path, &headers, b"").await.unwrap();
    }
    world.raw_zoho("POST", "/bills", &headers, body.as_bytes()).await.unwrap_err();
    assert_eq!(world.raw_zoho("POST", "/bills", &headers, body.as_bytes()).await.unwrap().status, 201);
    world.attach("1", "attachment", "a.pdf", b"abc").await.unwrap();
    world.ask_for_token("sandbox").await;

    let calls = world.calls().await;
    let of_invoice = json!({"bills": {"list": 2, "get": 1, "create": 2}});
    assert_eq!(calls["zoho"]["invoices"], json!({"inv-7": of_invoice}));
    let all =
        json!({"token": {"create": 1}, "bills": {"list": 2, "get": 1, "create": 2}, "attachments": {"create": 1}});
    assert_eq!(calls["zoho"]["operations"], all);
    assert_eq!(calls["organization"], json!({"calls": 6, "peak_per_minute": 6, "refused": 0}));
}
