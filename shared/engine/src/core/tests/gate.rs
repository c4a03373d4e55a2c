//! The gate of the first stage.

use super::rig::{MAIN, PARTITIONS, Rig, batch_to, done, id_on_partition_zero, is_raw, permanent};
use crate::core::CommitOutcome;
use crate::record::{Record, Source};
use crate::settle::Exit;
use bytes::Bytes;
use contract::{Headers, InvoiceId, Stage, State, Status, code, header, partition};

const DLQ: &str = "invoices.fetch-extract.dlq";

/// Owns partition 0; its status is read.
pub(super) fn open_gate() -> Rig {
    let mut rig = Rig::new(Stage::FetchExtract);
    rig.assign(MAIN, 1, 0, "");
    rig.core.status_restored(0, 1, rig.now);
    rig.status_reads.clear();
    rig
}

fn raw(offset: i64, key: Option<&str>, value: String) -> Record {
    Record {
        source: Source::Main,
        partition: 0,
        offset,
        timestamp_ms: 1,
        key: key.map(|key| Bytes::from(key.to_owned())),
        value: Bytes::from(value),
        headers: Headers::default(),
    }
}

pub(super) fn request(offset: i64, id: &str, url: &str) -> Record {
    raw(offset, Some(id), format!(r#"{{"pdf_url":"{url}","invoice_id":"{id}"}}"#))
}

pub(super) fn replay(offset: i64, id: &str, run: u32, stage: &str) -> Record {
    let command = format!(
        r#"{{"command":{{"replay":{{"stage":"{stage}","input":{{"a": 1}}}}}},"invoice_id":"{id}","run":{run},
            "dead_letter":{{"topic":"t","partition":0,"offset":0}},"actor":"me"}}"#
    );
    raw(offset, Some(id), command)
}

pub(super) fn status(rig: &mut Rig, id: &str, run: u32, state: State) {
    let hash = contract::url::CanonicalUrl::parse("https://h/a.pdf").unwrap().hash();
    let status = Status {
        run,
        stage: Stage::LlmStructure,
        state,
        attempt: 1,
        at_ms: 0,
        due_ms: None,
        code: None,
        url_hash: hash,
        bill: None,
        cost_usd: None,
        model: None,
    };
    rig.core.status_read(0, 1, id.parse::<InvoiceId>().unwrap().fingerprint(), &status);
}

#[test]
fn nothing_is_handed_out_before_the_status_was_read_to_its_end() {
    let id = id_on_partition_zero(1);
    let mut rig = Rig::new(Stage::FetchExtract);
    rig.assign(MAIN, 1, 0, "");
    assert_eq!(rig.status_reads, [0]);
    rig.deliver(MAIN, 1, request(0, &id, "https://h/a.pdf"));
    assert!(rig.dispatched.is_empty());
    status(&mut rig, &id, 1, State::Posted);
    rig.core.status_restored(0, 1, rig.now);
    rig.turn();
    assert!(rig.dispatched.is_empty(), "it is posted already");
    rig.end_commit(CommitOutcome::Committed);
    assert_eq!(rig.settled[0].2.exit, Exit::Duplicate);
}

#[test]
fn the_end_of_the_status_read_for_an_earlier_assignment_does_not_open_the_gate() {
    let id = id_on_partition_zero(1);
    let mut rig = Rig::new(Stage::FetchExtract);
    rig.assign(MAIN, 1, 0, "");
    status(&mut rig, &id, 1, State::Posted);
    rig.core.lost(Source::Main, &[0]);
    rig.assign(MAIN, 2, 0, "");
    rig.core.status_restored(0, 1, rig.now);
    rig.deliver(MAIN, 2, request(0, &id, "https://h/a.pdf"));
    assert!(rig.dispatched.is_empty(), "what was read before belongs to an index that is gone");
}

#[test]
fn a_record_of_a_foreign_publisher_goes_to_its_own_partition_once() {
    let url = "https://h/a.pdf";
    let own = contract::url::CanonicalUrl::parse(url).unwrap().invoice_id();
    let mut rig = open_gate();
    rig.deliver(MAIN, 1, raw(0, None, format!(r#"{{"pdf_url":"{url}"}}"#)));
    let batch = rig.end_commit(CommitOutcome::Committed);
    let moved = batch_to(&batch, "invoices.fetch-extract")[0].clone();
    assert_eq!((moved.key.as_str(), rig.dispatched.len()), (own.as_str(), 0));
    let home = (Source::Main, partition::of_key(own.as_str().as_bytes(), PARTITIONS));
    rig.assign(home, 2, 0, "");
    rig.core.status_restored(home.1, 2, rig.now);
    rig.deliver(
        home,
        2,
        Record { key: Some(Bytes::from(moved.key)), value: moved.value, ..raw(0, None, String::new()) },
    );
    assert_eq!(rig.dispatched.len(), 1);
}

#[test]
fn the_same_url_twice_is_one_run_even_before_the_first_is_settled() {
    let id = id_on_partition_zero(1);
    let mut rig = open_gate();
    rig.deliver(MAIN, 1, request(0, &id, "https://h/a.pdf"));
    rig.deliver(MAIN, 1, request(1, &id, "https://h/a.pdf"));
    assert_eq!(rig.status_reads, [0], "whether the first is still running is read");
    rig.core.status_fresh(0, 1, rig.now);
    rig.turn();
    assert_eq!(rig.dispatched.len(), 1);
    rig.end_commit(CommitOutcome::Committed);
    assert_eq!(rig.settled[0].2.exit, Exit::Duplicate);
}

#[test]
fn a_resubmission_of_what_died_a_moment_ago_starts_the_next_run() {
    let id = id_on_partition_zero(1);
    let mut rig = open_gate();
    status(&mut rig, &id, 1, State::Running);
    rig.deliver(MAIN, 1, request(0, &id, "https://h/a.pdf"));
    status(&mut rig, &id, 1, State::Dead);
    rig.core.status_fresh(0, 1, rig.now);
    rig.turn();
    assert_eq!(rig.dispatched[0].run, 2);
}

#[test]
fn the_same_id_with_another_url_is_a_conflict_under_a_synthetic_key() {
    let id = id_on_partition_zero(1);
    let mut rig = open_gate();
    rig.deliver(MAIN, 1, request(0, &id, "https://h/a.pdf"));
    rig.deliver(MAIN, 1, request(1, &id, "https://h/b.pdf"));
    let batch = rig.end_commit(CommitOutcome::Committed);
    let letter = batch_to(&batch, DLQ)[0];
    assert_eq!(letter.headers.error_code, Some(code::ADMISSION_ID_CONFLICT));
    assert_eq!(letter.key, "rejected:invoices.fetch-extract:0:1");
    assert!(batch_to(&batch, "invoices.status").is_empty(), "the first run is untouched");
}

#[test]
fn of_two_replays_and_a_resubmission_at_once_one_starts_a_run() {
    let id = id_on_partition_zero(1);
    let mut rig = open_gate();
    status(&mut rig, &id, 1, State::Dead);
    rig.deliver(MAIN, 1, replay(0, &id, 1, "llm-structure"));
    rig.deliver(MAIN, 1, replay(1, &id, 1, "llm-structure"));
    rig.deliver(MAIN, 1, request(2, &id, "https://h/a.pdf"));
    rig.core.status_fresh(0, 1, rig.now);
    rig.turn();
    while !rig.batches.is_empty() {
        rig.end_commit(CommitOutcome::Committed);
    }
    rig.core.status_fresh(0, 1, rig.now);
    rig.turn();
    while !rig.batches.is_empty() {
        rig.end_commit(CommitOutcome::Committed);
    }
    let mut exits: Vec<&str> = rig.settled.iter().map(|one| one.2.exit.as_str()).collect();
    exits.sort_unstable();
    assert_eq!(exits, ["command_accepted", "duplicate", "stale_command"]);
    assert!(rig.dispatched.is_empty());
}

#[test]
fn a_replay_hands_the_stage_its_input_byte_for_byte_as_the_next_run() {
    let id = id_on_partition_zero(1);
    for (stage, topic) in
        [("llm-structure", "invoices.llm-structure"), ("fetch-extract", "invoices.fetch-extract.retry")]
    {
        let mut rig = open_gate();
        status(&mut rig, &id, 1, State::Review);
        rig.deliver(MAIN, 1, replay(0, &id, 1, stage));
        let batch = rig.end_commit(CommitOutcome::Committed);
        let started = batch_to(&batch, topic)[0];
        assert_eq!((&started.value[..], started.headers.run), (&br#"{"a": 1}"#[..], Some(2)));
        let written: Status = serde_json::from_slice(&batch_to(&batch, "invoices.status")[0].value).unwrap();
        assert_eq!((written.run, written.state), (2, State::Running));
    }
}

#[test]
fn what_cannot_be_read_at_the_gate_is_kept_and_the_next_record_is_processed() {
    let id = id_on_partition_zero(1);
    let mut rig = open_gate();
    let bad = ["", "not json", "[1]", r#"{"pdf_url":7}"#, r#"{"pdf_url":"file:///etc/passwd"}"#];
    for (offset, value) in (0..).zip(bad) {
        rig.deliver(MAIN, 1, raw(offset, Some("k"), value.to_owned()));
        let batch = rig.end_commit(CommitOutcome::Committed);
        let letter = batch_to(&batch, DLQ)[0];
        assert!(is_raw(letter) && letter.value == value.as_bytes(), "{value}");
    }
    let key = Record { key: Some(Bytes::from_static(b"\xff")), ..request(9, &id, "https://h/a.pdf") };
    rig.deliver(MAIN, 1, key);
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!(batch_to(&batch, DLQ)[0].headers.error_code, Some(code::POISON_KEY_NOT_UTF8));
    assert_eq!(batch_to(&batch, DLQ)[0].headers.content_type.as_deref(), Some(header::OCTET_STREAM));
    rig.deliver(MAIN, 1, request(10, &id, "https://h/a.pdf"));
    assert_eq!(rig.dispatched.len(), 1);
}

#[test]
fn a_result_kept_over_a_reassignment_still_passes_the_gate_so_that_a_duplicate_stays_one() {
    let id = id_on_partition_zero(1);
    let mut rig = open_gate();
    rig.deliver(MAIN, 1, request(0, &id, "https://h/a.pdf"));
    let token = rig.take_dispatched()[0].token;
    rig.core.lost(Source::Main, &[0]);
    rig.finish(token, done());
    rig.assign(MAIN, 2, 0, "");
    rig.core.status_restored(0, 2, rig.now);
    rig.deliver(MAIN, 2, request(0, &id, "https://h/a.pdf"));
    rig.deliver(MAIN, 2, request(1, &id, "https://h/a.pdf"));
    rig.core.status_fresh(0, 2, rig.now);
    rig.turn();
    assert!(rig.take_dispatched().is_empty());
    rig.end_commit(CommitOutcome::Committed);
    rig.end_commit(CommitOutcome::Committed);
    let exits: Vec<Exit> = rig.settled.iter().map(|one| one.2.exit).collect();
    assert_eq!(exits, [Exit::Forwarded, Exit::Duplicate]);
}

#[test]
fn headers_that_decide_are_not_believed_at_the_gate() {
    let id = id_on_partition_zero(1);
    let mut rig = open_gate();
    let headers = Headers { run: Some(9), attempt: Some(5), ..Headers::default() };
    rig.deliver(MAIN, 1, Record { headers, ..request(0, &id, "https://h/a.pdf") });
    assert_eq!((rig.dispatched[0].run, rig.dispatched[0].attempt), (1, 1));
    let token = rig.dispatched[0].token;
    rig.finish(token, permanent());
    assert_eq!(batch_to(&rig.batches[0], DLQ)[0].headers.run, Some(1));
}

fn erase(offset: i64, id: &str, run: u32) -> Record {
    let command =
        format!(r#"{{"command":"erase","invoice_id":"{id}","run":{run},"actor":"asha","reason":"asked for"}}"#);
    raw(offset, Some(id), command)
}

#[test]
fn an_erasure_leaves_a_state_without_personal_data_and_says_who_asked() {
    let id = id_on_partition_zero(1);
    let mut rig = open_gate();
    status(&mut rig, &id, 3, State::Posted);
    rig.deliver(MAIN, 1, erase(0, &id, 3));
    let batch = rig.end_commit(CommitOutcome::Committed);
    let read = |topic| serde_json::from_slice::<serde_json::Value>(&batch_to(&batch, topic)[0].value).unwrap();
    let (status, event) = (read("invoices.status"), read("invoices.history"));
    let hash = contract::url::CanonicalUrl::parse("https://h/a.pdf").unwrap().hash();
    let left = serde_json::json!({
        "run": 3, "stage": "llm-structure", "state": "erased", "attempt": 1, "at_ms": rig.now.wall_ms, "url_hash": hash
    });
    assert_eq!(status, left);
    assert_eq!((event["kind"].as_str(), event["run"].as_u64()), (Some("erased"), Some(3)));
    assert_eq!((event["actor"].as_str(), event["reason"].as_str()), (Some("asha"), Some("asked for")));
    assert_eq!(batch.outputs().count(), 2, "nothing runs and nothing is copied");
}

#[test]
fn what_was_erased_is_a_duplicate_and_commands_about_it_are_stale() {
    let id = id_on_partition_zero(1);
    let mut rig = open_gate();
    status(&mut rig, &id, 1, State::Review);
    rig.deliver(MAIN, 1, erase(0, &id, 1));
    rig.deliver(MAIN, 1, replay(1, &id, 1, "llm-structure"));
    rig.deliver(MAIN, 1, request(2, &id, "https://h/a.pdf"));
    rig.deliver(MAIN, 1, erase(3, &id, 1));
    while !rig.batches.is_empty() {
        rig.end_commit(CommitOutcome::Committed);
    }
    let exits: Vec<&str> = rig.settled.iter().map(|(.., settlement)| settlement.exit.as_str()).collect();
    assert_eq!(exits, ["command_accepted", "stale_command", "duplicate", "stale_command"]);
    assert!(rig.dispatched.is_empty());
}
