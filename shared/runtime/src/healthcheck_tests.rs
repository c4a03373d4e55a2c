use super::{Error, LIMIT, ask, asked, judge, path, reachable};
use crate::admin::{Endpoints, Health, serve};
use prometheus::Registry;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::watch;

struct WaitsForKafka;

impl Health for WaitsForKafka {
    fn live(&self) -> bool {
        true
    }

    fn ready(&self) -> bool {
        false
    }

    fn checks(&self) -> Vec<(&'static str, bool)> {
        vec![("loop", true), ("assigned", false)]
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Accepts one connection, says this, and leaves the connection open.
async fn says(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bound = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        connection.write_all(answer.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    });
    bound
}

#[tokio::test]
async fn a_service_that_waits_for_kafka_is_healthy_and_not_ready() {
    let (_sender, shutdown) = watch::channel(false);
    let endpoints = Endpoints { health: Arc::new(WaitsForKafka), registry: Registry::new(), shutdown };
    let bound = serve(address("127.0.0.1:0"), endpoints).await.unwrap();
    ask(bound, "/livez", LIMIT).await.unwrap();
    let failing = ask(bound, "/readyz", LIMIT).await.unwrap_err().to_string();
    assert_eq!(failing, "[+]loop ok\n[-]assigned failed\n[+]shutdown ok\nreadyz check failed");
}

#[tokio::test]
async fn what_takes_longer_than_the_limit_is_not_healthy_even_if_it_has_begun_to_answer() {
    let bound = says("HTTP/1.0 200 OK\r\n").await;
    let error = ask(bound, "/livez", Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(error, Error::Late(..)), "{error}");
}

#[tokio::test]
async fn what_does_not_run_is_not_healthy() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = ask(free, "/livez", LIMIT).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(..)), "{error}");
}

#[test]
fn an_answer_that_is_no_probes_is_not_healthy() {
    for answer in ["", "hello", "HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/2 200\r\n\r\n", "SSH-2.0-200 200"] {
        assert!(judge(answer).is_err(), "{answer}");
    }
    judge("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
}

#[test]
fn a_server_on_all_addresses_is_asked_on_loopback() {
    for (listen, asked) in [
        ("0.0.0.0:9464", "127.0.0.1:9464"),
        ("[::]:9464", "[::1]:9464"),
        ("10.1.2.3:9464", "10.1.2.3:9464"),
        ("127.0.0.1:80", "127.0.0.1:80"),
    ] {
        assert_eq!(reachable(address(listen)).unwrap(), address(asked));
    }
}

#[test]
fn a_port_that_nobody_knows_is_a_mistake_that_says_what_to_do() {
    let error = asked(&[], address("127.0.0.1:0")).unwrap_err().to_string();
    assert!(error.contains("give it a port"), "{error}");
}

#[test]
fn liveness_is_asked_for_unless_readiness_is_meant() {
    assert_eq!(path(&[]).unwrap(), "/livez");
    assert_eq!(path(&["--ready"]).unwrap(), "/readyz");
    assert!(path(&["--live"]).is_err() && path(&["--ready", "--ready"]).is_err());
}
