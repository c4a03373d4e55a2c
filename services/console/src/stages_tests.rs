use super::*;

const NOW: i64 = 1_790_000_000_000;

fn record(key: &str, at_ms: i64, value: Option<&str>) -> Record {
    Record {
        topic: "invoices.stages".to_owned(),
        partition: 0,
        offset: 0,
        timestamp_ms: at_ms,
        key: Some(key.as_bytes().to_vec().into()),
        value: value.map(|value| value.as_bytes().to_vec().into()),
        headers: contract::Headers::default(),
    }
}

fn heartbeat(instance: &str) -> String {
    format!(r#"{{"stage":"llm-structure","instance":"{instance}","version":"1","at_ms":1,"in_flight":3}}"#)
}

fn replicas(stages: &Stages, now_ms: i64) -> Vec<(String, bool)> {
    let report = stages.report(now_ms).remove(1);
    report.replicas.into_iter().map(|replica| (replica.heartbeat.instance, replica.silent)).collect()
}

#[test]
fn a_replica_that_ended_is_gone_and_one_that_was_killed_is_silent() {
    let stages = Stages::new();
    for instance in ["a", "b"] {
        stages.apply(&[record(&format!("llm-structure/{instance}"), NOW, Some(&heartbeat(instance)))]);
    }
    assert_eq!(replicas(&stages, NOW + 2_000), [("a".to_owned(), false), ("b".to_owned(), false)]);
    stages.apply(&[record("llm-structure/a", NOW + 3_000, None)]);
    assert_eq!(replicas(&stages, NOW + 20_000), [("b".to_owned(), true)]);
    assert_eq!(replicas(&stages, NOW + 100_000_000), []);
}

#[test]
fn a_stage_is_paused_until_somebody_says_that_it_shall_go_on() {
    let stages = Stages::new();
    let changes = stages.changes();
    let control = |paused| format!(r#"{{"stage":"post-to-zoho","paused":{paused},"actor":"me","at_ms":1}}"#);
    for paused in [true, false] {
        stages.apply(&[record("control/post-to-zoho", NOW, Some(&control(paused)))]);
        let paused_now: Vec<bool> = stages.report(NOW).into_iter().map(|report| report.paused).collect();
        assert_eq!(paused_now, [false, false, paused]);
    }
    assert!(changes.has_changed().unwrap());
}

#[test]
fn what_cannot_be_read_is_passed_over() {
    let stages = Stages::new();
    stages.apply(&[record("llm/a", NOW, Some("{}")), record("llm-structure/a", NOW, Some("no JSON"))]);
    assert_eq!(replicas(&stages, NOW), []);
}

#[test]
fn a_replica_waits_since_it_first_said_so_until_it_says_otherwise() {
    let stages = Stages::new();
    let say = |breaker: &str, at_ms: i64| {
        let heartbeat = format!(
            r#"{{"stage":"llm-structure","instance":"a","version":"1","at_ms":{at_ms},"breaker":"{breaker}"}}"#
        );
        stages.apply(&[record("llm-structure/a", NOW, Some(&heartbeat))]);
        stages.report(NOW).remove(1).replicas.remove(0).waits_since_ms
    };
    let said = [("closed", 1), ("open", 3), ("probing", 5), ("open", 7), ("closed", 9), ("open", 11)];
    let expected = [None, Some(3), Some(3), Some(3), None, Some(11)];
    assert_eq!(said.map(|(breaker, at_ms)| say(breaker, at_ms)), expected);
}
