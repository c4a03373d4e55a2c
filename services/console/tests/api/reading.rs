//! What can be read, and waited for.

use crate::console::{Console, READ};
use axum::http::StatusCode;
use contract::State;
use std::time::{Duration, Instant};

#[tokio::test]
async fn pages_of_a_list_hold_every_invoice_once() {
    let console = Console::guarded();
    for number in 0..25 {
        console.know(&format!("A-{number}"), State::Posted, 1000 + number, "Acme").await;
    }
    let (mut seen, mut path) = (Vec::new(), "/api/v1/invoices?limit=10".to_owned());
    loop {
        let page = console.get(READ, &path).await.json();
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["invoice_id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/invoices?limit=10&after={next}");
    }
    let expected: Vec<_> = (0..25).rev().map(|number| format!("A-{number}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn whoever_waits_is_answered_when_the_invoice_ends_and_at_once_if_it_has() {
    let console = Console::guarded();
    console.know("A-1", State::Running, 1000, "Acme").await;
    let waiting = async {
        let waiting = (0..50).map(|_| console.get(READ, "/api/v1/invoices/A-1?wait=60s"));
        futures::future::join_all(waiting).await
    };
    let ending = async {
        tokio::task::yield_now().await;
        console.know("A-1", State::Posted, 2000, "Acme").await;
    };
    let began = Instant::now();
    let (answers, ()) = futures::join!(waiting, ending);
    for answer in answers {
        assert_eq!(
            (answer.json()["ended"].as_bool(), answer.json()["invoice"]["state"].as_str()),
            (Some(true), Some("posted"))
        );
    }
    console.get(READ, "/api/v1/invoices/A-1?wait=60s").await;
    assert!(began.elapsed() < Duration::from_secs(50), "nobody has waited for the end of the wait");
    let answer = console.get(READ, "/api/v1/invoices/B-2?wait=10ms").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_erased_invoice_is_shown_without_anything_personal_and_its_contents_are_gone() {
    let console = Console::guarded();
    console.know("A-1", State::Posted, 1000, "Acme").await;
    console.know("A-1", State::Erased, 2000, "Acme").await;
    for path in ["facts", "records", "document", "pages/1.png"] {
        let answer = console.get(READ, &format!("/api/v1/invoices/A-1/{path}")).await;
        assert_eq!((answer.status, &*answer.code()), (StatusCode::GONE, "api.erased"), "{path}");
    }
    for path in ["invoices", "invoices/A-1", "export/invoices.csv", "export/invoices.jsonl", "invoices?q=acme"] {
        let answer = console.get(READ, &format!("/api/v1/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.body.contains("Acme"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_the_view_shows_needs_no_broker() {
    let console = Console::guarded();
    for (path, status) in [
        ("totals", 200),
        ("stages", 200),
        ("dead-letters", 200),
        ("dead-letters/groups", 200),
        ("export/history.csv", 200),
    ] {
        assert_eq!(console.get(READ, &format!("/api/v1/{path}")).await.status.as_u16(), status, "{path}");
    }
    let stages = console.get(READ, "/api/v1/stages").await.json();
    assert_eq!(stages["stages"].as_array().unwrap().len(), 3);
}
