//! Access tokens: handed out sparingly, expired, needed everywhere.

use serde_json::{Value, json};

use crate::client::{ORGANIZATION, World};

#[tokio::test]
async fn a_wrong_refresh_token_is_refused_with_status_200() {
    let world = World::start("").await;
    let reply = world.ask_for_token("stolen").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json(), json!({"error": "invalid_code"}));
}

#[tokio::test]
async fn the_eleventh_token_of_a_window_is_denied() {
    // The first of ten is the one that starting took.
    let world = World::start("").await;
    for _ in 0..9 {
        assert!(world.ask_for_token("sandbox").await.json()["access_token"].is_string());
    }
    let reply = world.ask_for_token("sandbox").await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["error"], "Access Denied");
    assert_eq!(reply.json()["status"], "failure");
}

#[tokio::test]
async fn parameters_may_stand_in_the_query_string() {
    let world = World::start("").await;
    let path = "/oauth/v2/token?grant_type=refresh_token&client_id=sandbox&client_secret=sandbox&refresh_token=sandbox";
    let reply = world.send("POST", path, &[], b"").await.unwrap();
    assert_eq!(reply.json()["expires_in"], 3600);
    assert_eq!(reply.json()["api_domain"], format!("http://{}", world.address()));
}

#[tokio::test]
async fn no_call_passes_without_a_fresh_token_and_the_right_organization() {
    let world = World::start("").await;
    let path = format!("/books/v3/bills?{ORGANIZATION}");
    assert_eq!(world.get(&path).await.verdict(), (401, 57));

    let token = world.ask_for_token("sandbox").await.json();
    let token = format!("Zoho-oauthtoken {}", token["access_token"].as_str().unwrap());
    let ask = async |path: &str| {
        let headers = [("authorization", token.as_str())];
        world.send("GET", path, &headers, b"").await.unwrap()
    };
    assert_eq!(ask("/books/v3/bills").await.verdict(), (400, 4));
    let wrong = ask("/books/v3/bills?organization_id=1").await;
    assert_eq!(wrong.verdict(), (401, 6041));
    let message = "This user is not associated with the CompanyID/CompanyName:1.";
    assert_eq!(wrong.json()["message"], message);
    assert_eq!(ask("/books/v3/organizations").await.verdict(), (200, 0));

    let stale = World::start("--token-ttl-s 0").await;
    assert_eq!(stale.zoho("GET", "/bills", &Value::Null).await.verdict(), (401, 57));
}

#[tokio::test]
async fn a_token_may_do_only_what_its_scopes_say() {
    let world = World::start("--scope ZohoBooks.bills.READ").await;
    let bills = format!("/books/v3/bills?{ORGANIZATION}");
    let token = world.ask_for_token("sandbox").await.json();
    assert_eq!(token["scope"], "ZohoBooks.bills.READ");
    let token = format!("Zoho-oauthtoken {}", token["access_token"].as_str().unwrap());
    let headers = [("authorization", token.as_str())];
    assert_eq!(world.send("GET", &bills, &headers, b"").await.unwrap().verdict(), (200, 0));
    assert_eq!(world.send("POST", &bills, &headers, b"{}").await.unwrap().verdict(), (401, 57));
    let contacts = bills.replace("bills", "contacts");
    assert_eq!(world.send("GET", &contacts, &headers, b"").await.unwrap().verdict(), (401, 57));
}
