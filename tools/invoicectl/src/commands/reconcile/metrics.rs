//! The report as Prometheus' text, for a collector that reads files or for a Pushgateway.

use super::Report;
use chrono::{DateTime, Utc};
use post_to_zoho::compare::Metrics;
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};
use reqwest::header::CONTENT_TYPE;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

/// How long a Pushgateway may take.
const PUSH_TIMEOUT: Duration = Duration::from_secs(10);

/// What the report says, to be read by itself.
///
/// # Errors
/// Never, as long as the metrics are well-formed.
pub(super) fn text(report: &Report, now: DateTime<Utc>) -> prometheus::Result<String> {
    let registry = Registry::new();
    instruments::register(
        &registry,
        &Metrics::of(&report.differences, report.checked, report.read, report.calls, now),
    )?;
    TextEncoder::new().encode_to_string(&registry.gather())
}

/// Replaces the file: whoever reads it meanwhile sees the old one or the new one, whole.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // Collectors read what ends with .prom.
    name.push(".new");
    let next = path.with_file_name(name);
    fs::write(&next, text)?;
    fs::rename(&next, path)
}

/// Replaces what the gateway has of an earlier comparison.
pub(super) async fn push(gateway: &str, text: String) -> reqwest::Result<()> {
    let url = format!("{}/metrics/job/invoice_reconcile", gateway.trim_end_matches('/'));
    let client = reqwest::Client::builder().timeout(PUSH_TIMEOUT).build()?;
    let answer = client.put(url).header(CONTENT_TYPE, TEXT_FORMAT).body(text).send().await?;
    answer.error_for_status().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use post_to_zoho::compare::{Difference, Kind, Period};
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    #[test]
    fn every_kind_has_its_line_and_the_file_is_whole() {
        let now = "2026-11-23T20:00:00Z".parse().unwrap();
        let difference = |kind| Difference { kind, invoice_id: None, bill_ids: Vec::new(), message: String::new() };
        let report = Report {
            period: Period { since: now, until: now },
            checked: 7,
            read: 9,
            calls: 2,
            differences: vec![difference(Kind::Missing), difference(Kind::ByHand), difference(Kind::Missing)],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invoices.prom");
        fs::write(&path, "old").unwrap();
        write(&path, &text(&report, now).unwrap()).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        let values: Vec<&str> = written.lines().filter(|line| !line.starts_with('#')).collect();
        let expected = [
            "invoice_reconcile_calls 2",
            "invoice_reconcile_checked 7",
            "invoice_reconcile_differences{kind=\"by_hand\"} 1",
            "invoice_reconcile_differences{kind=\"different\"} 0",
            "invoice_reconcile_differences{kind=\"doubled\"} 0",
            "invoice_reconcile_differences{kind=\"missing\"} 2",
            "invoice_reconcile_differences{kind=\"unknown\"} 0",
            "invoice_reconcile_last_success_timestamp_seconds 1795464000",
            "invoice_reconcile_read 9",
        ];
        assert_eq!(values, expected);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// Answers one request with that status, and returns what it was.
    fn gateway(status: &'static str) -> (String, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let answer = move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut request, mut part) = (Vec::new(), [0; 1024]);
            while !request.ends_with(b"the end\n") {
                let read = stream.read(&mut part).unwrap();
                request.extend_from_slice(&part[..read]);
            }
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            String::from_utf8(request).unwrap()
        };
        (url, thread::spawn(answer))
    }

    #[tokio::test]
    async fn a_gateway_gets_the_text_under_a_job_of_its_own_and_its_refusal_is_told() {
        let (url, request) = gateway("200 OK");
        push(&url, "a 1\nthe end\n".to_owned()).await.unwrap();
        let request = request.join().unwrap();
        assert!(request.starts_with("PUT /metrics/job/invoice_reconcile HTTP/1.1\r\n"), "{request}");
        assert!(
            request.contains("content-type: text/plain; version=0.0.4") && request.ends_with("\r\n\r\na 1\nthe end\n")
        );
        let (url, request) = gateway("400 Bad Request");
        assert!(push(&url, "the end\n".to_owned()).await.is_err());
        request.join().unwrap();
    }
}
