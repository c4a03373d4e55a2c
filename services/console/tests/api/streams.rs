//! Streams of events.

use crate::console::{Console, READ, request};
use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use contract::State;
use futures::StreamExt;
use std::time::Duration;
use tower::ServiceExt;

async fn open(console: &Console, path: &str) -> BodyDataStream {
    let headers = [("authorization", &*format!("Bearer {READ}"))];
    let response = console.router.clone().oneshot(request("GET", path, &headers, "")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = Body::into_data_stream(response.into_body());
    assert!(next(&mut stream).await.contains("retry: 2000"));
    stream
}

async fn next(stream: &mut BodyDataStream) -> String {
    let chunk = tokio::time::timeout(Duration::from_secs(30), stream.next()).await.expect("an event comes");
    String::from_utf8(chunk.expect("the stream goes on").unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn every_stream_is_told_of_a_change_and_one_of_an_invoice_only_of_its_own() {
    let console = Console::guarded();
    let mut all = [open(&console, "/api/v1/events").await, open(&console, "/api/v1/events").await];
    let mut own = open(&console, "/api/v1/events?invoice_id=B-2").await;
    console.know("A-1", State::Running, 1000, "Acme").await;
    for stream in &mut all {
        let event = next(stream).await;
        assert!(event.starts_with("event: invoice\ndata: {") && event.contains("\"A-1\""), "{event}");
        assert!(event.ends_with("\n\n"));
    }
    console.know("B-2", State::Posted, 2000, "Acme\ndata: forged\n\nevent: forged").await;
    let event = next(&mut own).await;
    assert!(event.contains("\"B-2\"") && !event.contains("A-1"), "{event}");
    assert_eq!(event.matches("\ndata: ").count(), 1, "a name makes no event of its own: {event}");
}

#[tokio::test]
async fn a_stream_that_is_read_slowly_is_told_the_latest_of_each_invoice_it_missed() {
    let console = Console::guarded();
    let mut slow = open(&console, "/api/v1/events").await;
    let mut fast = open(&console, "/api/v1/events").await;
    // More frames than are kept, each told to the other stream before the next is begun.
    for at_ms in 1..=40 {
        console.know("A-1", State::Running, at_ms, "Acme").await;
        assert!(next(&mut fast).await.contains(&format!("\"at_ms\":{at_ms},")));
    }
    let event = next(&mut slow).await;
    assert!(event.contains("\"at_ms\":40,"), "{event}");
    assert_eq!(event.matches("event: ").count(), 1);
}

#[tokio::test]
async fn streams_end_with_the_process_and_are_counted_while_they_are_open() {
    let console = Console::guarded();
    let mut stream = open(&console, "/api/v1/events").await;
    let count = || {
        let text = prometheus::TextEncoder::new().encode_to_string(&console.registry.gather()).unwrap();
        text.lines().find_map(|line| line.strip_prefix("invoice_console_streams ")).map(str::to_owned)
    };
    assert_eq!(count().as_deref(), Some("1"));
    console.shutdown.send_replace(true);
    assert!(tokio::time::timeout(Duration::from_secs(30), stream.next()).await.unwrap().is_none());
    drop(stream);
    assert_eq!(count().as_deref(), Some("0"));
}
