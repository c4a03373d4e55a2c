use super::*;
use prometheus::{Registry, TextEncoder};
use rdkafka::statistics::{Broker, Window};

fn shown(metrics: &Metrics) -> String {
    let registry = Registry::new();
    instruments::register(&registry, metrics).expect("every metric is well-formed and there once");
    TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
}

fn watch(partition: i32) -> Watch {
    Watch { partition: (Source::Main, partition), oldest_open_ms: 1500, uncommitted_ms: 0, stuck: None }
}

#[test]
fn a_partition_that_was_taken_away_leaves_no_series_behind() {
    let metrics = Metrics::default();
    metrics.watched(&[watch(0), watch(1)]);
    metrics.watched(&[watch(1)]);
    let text = shown(&metrics);
    assert!(text.contains("invoice_stage_oldest_open_seconds{partition=\"1\",source=\"main\"} 1.5"), "{text}");
    assert!(!text.contains("partition=\"0\""), "{text}");
}

#[test]
fn every_reason_to_wait_is_shown_also_while_it_does_not_hold() {
    let metrics = Metrics::default();
    metrics.waits(&[WaitReason::Budget]);
    let text = shown(&metrics);
    for reason in WaitReason::ALL {
        let sample = format!(
            "invoice_stage_wait_reason{{reason=\"{}\"}} {}",
            reason.as_str(),
            i32::from(reason == WaitReason::Budget)
        );
        assert!(text.contains(&sample), "{text}");
    }
}

fn broker(id: i32, requests: i64) -> (String, Broker) {
    let rtt = Window { cnt: requests, p50: 2_000, p99: 40_000, ..Window::default() };
    (format!("broker{id}"), Broker { nodeid: id, rtt: Some(rtt), ..Broker::default() })
}

fn statistics<const BROKERS: usize>(brokers: [(String, Broker); BROKERS]) -> Statistics {
    Statistics { msg_cnt: 7, msg_size: 70, brokers: brokers.into(), ..Statistics::default() }
}

#[test]
fn round_trips_are_shown_of_the_brokers_that_answered_to_each_client() {
    let metrics = Metrics::default();
    metrics.fetching(&statistics([broker(1, 3)]));
    metrics.producing(&statistics([broker(1, 3), broker(2, 0), broker(-1, 5)]));
    let text = shown(&metrics);
    let series: Vec<&str> = text.lines().filter(|line| line.starts_with("kafka_broker")).collect();
    let expected = [
        "kafka_broker_round_trip_seconds{broker=\"1\",client=\"fetch\",quantile=\"0.5\"} 0.002",
        "kafka_broker_round_trip_seconds{broker=\"1\",client=\"fetch\",quantile=\"0.99\"} 0.04",
        "kafka_broker_round_trip_seconds{broker=\"1\",client=\"transactions\",quantile=\"0.5\"} 0.002",
        "kafka_broker_round_trip_seconds{broker=\"1\",client=\"transactions\",quantile=\"0.99\"} 0.04",
    ];
    assert_eq!(series, expected);
    assert!(text.contains("kafka_producer_queue_records 7\n") && text.contains("kafka_producer_queue_bytes 70\n"));
}
