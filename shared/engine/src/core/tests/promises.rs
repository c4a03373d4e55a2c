//! Settling, committing, failing, coming and going.

use super::rig::{MAIN, RETRY, Rig, batch_to, done, is_raw, permanent, record, settings, to, transient, unavailable};
use crate::core::{CommitOutcome, Committed};
use crate::failure::StageError;
use crate::offset_map;
use crate::record::{Record, Source};
use crate::settings::Settings;
use crate::settle::Exit;
use bytes::Bytes;
use contract::{DeadLetter, Headers, Stage, code};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

const NEXT: &str = "invoices.post-to-zoho";
const DLQ: &str = "invoices.llm-structure.dlq";

fn rig_with(delivered: i64) -> Rig {
    let mut rig = Rig::assigned();
    for offset in 0..delivered {
        let record = record(&rig, offset);
        rig.deliver(MAIN, 1, record);
    }
    rig
}

#[test]
fn an_offset_is_committed_only_with_the_outputs_of_its_record() {
    let mut rig = rig_with(3);
    rig.finish(1, done());
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!(batch_to(&batch, NEXT).len(), 1);
    let offset = &batch.offsets[0];
    assert_eq!((offset.partition, offset.position), (MAIN, 0), "offset 0 is open");
    assert_eq!(offset_map::decode(0, &offset.metadata), Ok(BTreeSet::from([1])));
    rig.finish(0, done());
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!((batch.offsets[0].position, batch.offsets[0].metadata.as_str()), (2, ""));
}

#[test]
fn what_was_settled_during_a_transaction_waits_for_the_next_one() {
    let mut rig = rig_with(3);
    rig.finish(0, done());
    rig.finish(1, done());
    rig.finish(2, done());
    assert_eq!((rig.batches.len(), rig.batches[0].len(), rig.batches[0].offsets[0].position), (1, 1, 1));
    rig.end_commit(CommitOutcome::Committed);
    assert_eq!((rig.batches[0].len(), rig.batches[0].offsets[0].position), (2, 3));
}

#[test]
fn an_aborted_transaction_is_sent_again_without_running_the_handler_again() {
    let mut rig = rig_with(2);
    rig.finish(0, done());
    let first = rig.end_commit(CommitOutcome::Aborted);
    let second = rig.end_commit(CommitOutcome::Committed);
    assert_eq!((first.len(), second.len(), second.offsets[0].position), (1, 1, 1));
    assert_eq!(rig.dispatched.len(), 2, "each record was handed out once");
    assert_eq!(rig.settled.len(), 1);
}

#[test]
fn a_transaction_in_doubt_is_sent_again_only_if_it_was_not_committed() {
    for committed in [true, false] {
        let mut rig = rig_with(2);
        rig.finish(1, done());
        let finished = if committed { BTreeSet::from([1]) } else { BTreeSet::new() };
        rig.end_commit(CommitOutcome::Resolved(HashMap::from([(MAIN, Committed { position: 0, finished })])));
        assert_eq!(rig.batches.len(), usize::from(!committed));
        assert_eq!(rig.settled.len(), usize::from(committed));
    }
}

#[test]
fn results_of_a_lost_partition_are_not_committed_but_used_when_it_comes_back() {
    let mut rig = rig_with(2);
    rig.finish(0, done());
    rig.core.lost(Source::Main, &[0]);
    rig.end_commit(CommitOutcome::Aborted);
    assert!(rig.batches.is_empty(), "nothing of a lost partition may be committed");
    rig.finish(1, done());
    assert!(rig.batches.is_empty());
    rig.take_dispatched();
    rig.assign(MAIN, 2, 0, "");
    for offset in 0..2 {
        let record = record(&rig, offset);
        rig.deliver(MAIN, 2, record);
    }
    assert!(rig.take_dispatched().is_empty(), "both results are at hand");
    rig.end_commit(CommitOutcome::Committed);
    rig.end_commit(CommitOutcome::Committed);
    assert_eq!(rig.settled.len(), 2);
}

#[test]
fn a_result_is_used_even_if_its_partition_is_back_before_its_transaction_has_ended() {
    let mut rig = rig_with(1);
    rig.finish(0, done());
    rig.core.lost(Source::Main, &[0]);
    rig.assign(MAIN, 2, 0, "");
    rig.take_dispatched();
    let again = record(&rig, 0);
    rig.deliver(MAIN, 2, again);
    assert!(rig.take_dispatched().is_empty(), "its result is in the transaction under way");
    rig.end_commit(CommitOutcome::Aborted);
    assert_eq!(rig.end_commit(CommitOutcome::Committed).len(), 1);
    assert_eq!(rig.settled.len(), 1);
}

#[test]
fn records_fetched_before_a_reassignment_do_not_count_after_it() {
    let mut rig = rig_with(1);
    rig.core.lost(Source::Main, &[0]);
    rig.assign(MAIN, 2, 0, "");
    rig.take_dispatched();
    let late = record(&rig, 7);
    rig.deliver(MAIN, 1, late);
    assert!(rig.take_dispatched().is_empty());
    let again = record(&rig, 0);
    rig.deliver(MAIN, 2, again);
    assert_eq!(rig.take_dispatched().len(), 1);
}

#[test]
fn a_revoked_partition_drains_and_is_given_up_with_its_last_commit_while_others_flow() {
    let mut rig = rig_with(2);
    rig.assign((Source::Main, 1), 2, 0, "");
    rig.core.revoked(Source::Main, &[0], rig.now);
    rig.turn();
    let late = record(&rig, 2);
    rig.deliver(MAIN, 1, late);
    rig.finish(0, done());
    rig.end_commit(CommitOutcome::Committed);
    assert!(rig.unassigned.is_empty(), "offset 1 is in the air");
    let other = record(&rig, 0);
    rig.deliver((Source::Main, 1), 2, other);
    assert_eq!(rig.take_dispatched().len(), 3, "two before the revoke, one on the partition that stays");
    rig.finish(1, done());
    let last = rig.end_commit(CommitOutcome::Committed);
    assert_eq!(last.offsets[0].position, 2);
    assert_eq!(rig.unassigned, vec![(Source::Main, vec![0])]);
}

#[test]
fn a_drain_is_given_up_after_one_attempt_timeout() {
    let mut rig = rig_with(1);
    rig.core.revoked(Source::Main, &[0], rig.now);
    rig.pass(29_999);
    assert!(rig.unassigned.is_empty());
    rig.pass(1);
    assert_eq!(rig.unassigned, vec![(Source::Main, vec![0])]);
    rig.finish(0, done());
    assert!(rig.batches.is_empty(), "the partition is somebody else's");
}

#[test]
fn a_drain_whose_transaction_is_aborted_again_and_again_is_given_up_all_the_same() {
    let mut rig = rig_with(1);
    rig.assign((Source::Main, 1), 2, 0, "");
    let other = record(&rig, 0);
    rig.deliver((Source::Main, 1), 2, other);
    rig.core.revoked(Source::Main, &[0], rig.now);
    rig.finish(0, done());
    rig.finish(1, done());
    rig.pass(30_000);
    rig.end_commit(CommitOutcome::Aborted);
    assert_eq!(rig.unassigned, vec![(Source::Main, vec![0])]);
    rig.end_commit(CommitOutcome::Aborted);
    let last = rig.end_commit(CommitOutcome::Committed);
    assert_eq!(last.offsets.iter().map(|one| one.partition).collect::<Vec<_>>(), [(Source::Main, 1)]);
}

#[test]
fn a_shutdown_settles_what_is_in_the_air_and_starts_nothing() {
    let mut rig = Rig::with(Stage::LlmStructure, Settings { concurrency: 1, ..settings() });
    rig.assign(MAIN, 1, 0, "");
    for offset in 0..2 {
        let record = record(&rig, offset);
        rig.deliver(MAIN, 1, record);
    }
    rig.core.shut_down(rig.now);
    rig.turn();
    assert!(!rig.core.is_drained());
    rig.finish(0, done());
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!((rig.take_dispatched().len(), batch.offsets[0].position), (1, 1));
    assert!(rig.core.is_drained());
}

#[test]
fn a_partition_that_arrives_during_the_shutdown_does_not_hold_it_up() {
    let mut rig = rig_with(0);
    rig.core.shut_down(rig.now);
    rig.assign((Source::Main, 1), 2, 0, "");
    let late = record(&rig, 0);
    rig.deliver((Source::Main, 1), 2, late);
    assert!(rig.take_dispatched().is_empty());
    assert!(rig.core.is_drained());
}

#[test]
fn a_transient_failure_goes_to_the_retry_topic_with_its_input_byte_for_byte() {
    let mut rig = rig_with(1);
    rig.finish(0, transient());
    let batch = rig.end_commit(CommitOutcome::Committed);
    let copies = batch_to(&batch, "invoices.llm-structure.retry");
    assert_eq!(copies[0].value, record(&rig, 0).value);
    assert_eq!((copies[0].headers.attempt, copies[0].headers.delay_ms), (Some(2), Some(1000)));
    assert_eq!(copies[0].headers.origin.as_ref().unwrap().to_string(), "invoices.llm-structure:0:0");
}

#[test]
fn a_retry_waits_for_its_due_time_without_blocking_those_behind_it() {
    let mut rig = Rig::assigned();
    let headers = |delay| Headers { run: Some(1), attempt: Some(2), delay_ms: Some(delay), ..Headers::default() };
    let late = Record { headers: headers(5000), ..record(&rig, 0) };
    rig.deliver(RETRY, 1, late);
    let due = Record { headers: headers(0), ..record(&rig, 1) };
    rig.deliver(RETRY, 1, due);
    assert_eq!(rig.take_dispatched().iter().map(|one| one.attempt).collect::<Vec<_>>(), [2]);
    rig.pass(4999);
    assert!(rig.take_dispatched().is_empty());
    rig.pass(1);
    assert_eq!(rig.take_dispatched().len(), 1);
}

#[test]
fn a_retry_comes_when_it_is_due_although_the_wall_clock_is_stepped_either_way() {
    for step in [-3_600_000, 3_600_000] {
        let mut rig = Rig::assigned();
        rig.deliver(RETRY, 1, waiting(&rig, 5000));
        rig.now.wall_ms += step;
        rig.pass(4999);
        assert!(rig.take_dispatched().is_empty(), "stepped by {step} ms, it comes too early");
        rig.pass(1);
        assert_eq!(rig.take_dispatched().len(), 1, "stepped by {step} ms, it comes too late");
    }
}

#[test]
fn a_retry_never_waits_longer_than_its_delay_although_the_brokers_clock_is_ahead() {
    let mut rig = Rig::assigned();
    let ahead = Record { timestamp_ms: rig.now.wall_ms + 3_600_000, ..waiting(&rig, 5000) };
    rig.deliver(RETRY, 1, ahead);
    rig.pass(5000);
    assert_eq!(rig.take_dispatched().len(), 1);
}

/// A second attempt that was appended now.
fn waiting(rig: &Rig, delay_ms: u64) -> Record {
    let headers = Headers { run: Some(1), attempt: Some(2), delay_ms: Some(delay_ms), ..Headers::default() };
    Record { headers, ..record(rig, 0) }
}

#[test]
fn the_last_attempt_and_a_permanent_failure_become_dead_letters_with_true_origin() {
    let mut rig = Rig::assigned();
    let origin = contract::Coordinates { topic: "invoices.llm-structure".to_owned(), partition: 3, offset: 77 };
    let headers = Headers { run: Some(2), attempt: Some(3), origin: Some(origin.clone()), ..Headers::default() };
    let third = Record { headers, ..record(&rig, 0) };
    rig.deliver(RETRY, 1, third);
    rig.finish(0, transient());
    let batch = rig.end_commit(CommitOutcome::Committed);
    let letter = batch_to(&batch, DLQ)[0];
    assert_eq!(letter.headers.origin, Some(origin));
    let envelope: DeadLetter = serde_json::from_slice(&letter.value).unwrap();
    assert_eq!((envelope.error.attempts, envelope.error.run), (3, 2));
    assert_eq!(envelope.input.get().as_bytes(), &record(&rig, 0).value[..]);
    let first = record(&rig, 0);
    rig.deliver(MAIN, 1, first);
    rig.finish(1, permanent());
    assert_eq!(batch_to(&rig.batches[0], DLQ).len(), 1);
}

#[test]
fn a_doubt_about_an_effect_stays_with_the_invoice_over_its_attempts() {
    let mut rig = Rig::assigned();
    let headers = Headers { run: Some(1), attempt: Some(2), ..Headers::default() };
    let second = Record { headers, ..record(&rig, 0) };
    rig.deliver(RETRY, 1, second);
    let doubtful = StageError::transient(code::ZOHO_TIMEOUT, "no answer").with_effect_in_doubt();
    rig.finish(0, crate::core::Outcome::Failed(doubtful));
    let batch = rig.end_commit(CommitOutcome::Committed);
    let copy = batch_to(&batch, "invoices.llm-structure.retry")[0];
    assert_eq!((copy.headers.attempt, copy.headers.in_doubt), (Some(3), true));
    let third = Record { headers: Headers { delay_ms: Some(0), ..copy.headers.clone() }, ..record(&rig, 1) };
    rig.deliver(RETRY, 1, third);
    rig.finish(1, transient());
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!(batch_to(&batch, "invoices.llm-structure.retry").len(), 1, "the third of three is not the last");
}

#[test]
fn an_outage_counts_no_attempt_and_ends_with_a_successful_probe() {
    let mut rig = rig_with(20);
    for token in 0..20 {
        rig.finish(token, unavailable());
    }
    rig.pass(1999);
    assert!(rig.batches.is_empty() && rig.dispatched.len() == 20, "paused, nothing settled");
    rig.take_dispatched();
    rig.pass(1);
    let probe = rig.take_dispatched();
    assert_eq!((probe.len(), probe[0].attempt), (1, 1));
    rig.finish(probe[0].token, unavailable());
    rig.pass(2000);
    let probe = rig.take_dispatched();
    rig.finish(probe[0].token, done());
    let rest = rig.take_dispatched();
    assert_eq!(rest.len(), 19);
    assert!(rest.iter().all(|one| one.attempt == 1));
}

#[test]
fn one_invoice_that_always_fails_is_retried_alone() {
    let mut rig = rig_with(1);
    rig.finish(0, unavailable());
    rig.pass(9_999);
    assert!(rig.batches.is_empty(), "whether it is an outage is not known yet");
    rig.pass(1);
    assert_eq!(batch_to(&rig.batches[0], "invoices.llm-structure.retry").len(), 1);
}

#[test]
fn a_failure_is_the_invoices_own_as_soon_as_a_later_attempt_succeeds() {
    let mut rig = rig_with(2);
    rig.core.finished(0, unavailable(), 5, rig.now);
    rig.finish(1, done());
    let at_once = rig.end_commit(CommitOutcome::Committed);
    assert!(batch_to(&at_once, "invoices.llm-structure.retry").is_empty(), "both began at the same time");
    let later = record(&rig, 2);
    rig.pass(50);
    rig.deliver(MAIN, 1, later);
    rig.finish(2, done());
    let batch = rig.end_commit(CommitOutcome::Committed);
    let more = rig.batches.first().map_or(0, |batch| batch_to(batch, "invoices.llm-structure.retry").len());
    assert_eq!(batch_to(&batch, "invoices.llm-structure.retry").len() + more, 1);
}

#[test]
fn failures_at_the_end_of_a_good_time_wait_for_the_verdict_that_it_is_over() {
    let mut rig = rig_with(60);
    (0..40).for_each(|token| rig.finish(token, done()));
    rig.pass(1_000);
    (40..50).for_each(|token| rig.core.finished(token, unavailable(), 5, rig.now));
    rig.pass(8_000);
    rig.take_dispatched();
    rig.pass(1_100);
    rig.pass(2_000);
    assert_eq!(rig.take_dispatched().len(), 1, "a probe");
    let retried = rig.batches.iter().map(|batch| batch_to(batch, "invoices.llm-structure.retry").len()).sum::<usize>();
    assert_eq!(retried, 0, "no attempt was counted");
}

#[test]
fn a_quota_that_resets_later_parks_the_stage_and_counts_no_attempt() {
    let mut rig = rig_with(2);
    let hour = Some(Duration::from_secs(3600));
    let parked = StageError::unavailable(code::LLM_SPEND_LIMIT, "spent").with_retry_after(hour);
    rig.take_dispatched();
    rig.finish(0, crate::core::Outcome::Failed(parked));
    rig.pass(3_599_999);
    assert!(rig.take_dispatched().is_empty());
    rig.pass(1);
    assert_eq!(rig.take_dispatched().len(), 1);
}

#[test]
fn poison_is_kept_byte_for_byte_and_the_next_record_is_processed() {
    let mut rig = Rig::assigned();
    let large = Record { value: Bytes::from(vec![b'x'; 10_001]), ..record(&rig, 0) };
    rig.deliver(MAIN, 1, large.clone());
    let batch = rig.end_commit(CommitOutcome::Committed);
    let letter = batch_to(&batch, DLQ)[0];
    assert!(is_raw(letter) && letter.value == large.value);
    assert_eq!(letter.key, "rejected:invoices.llm-structure:0:0");
    assert!(batch_to(&batch, "invoices.status").is_empty(), "no claimed id is touched");
    for (offset, key) in [(1, &b"\xff\xfe"[..]), (2, b"not an id"), (3, b"")] {
        let bad = Record { key: Some(Bytes::from_static(key)), ..record(&rig, offset) };
        rig.deliver(MAIN, 1, bad);
        assert_eq!(batch_to(&rig.end_commit(CommitOutcome::Committed), DLQ).len(), 1, "{key:?}");
    }
    let good = record(&rig, 4);
    rig.deliver(MAIN, 1, good);
    assert_eq!(rig.dispatched.len(), 1);
}

#[test]
fn a_refused_output_becomes_a_dead_letter_and_does_not_hold_up_the_batch() {
    let mut rig = rig_with(3);
    rig.finish(0, done());
    rig.finish(1, done());
    rig.finish(2, done());
    rig.end_commit(CommitOutcome::Committed);
    rig.end_commit(CommitOutcome::Refused { settlement: 1, reason: "too large".to_owned() });
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!(batch_to(&batch, NEXT).len(), 1);
    let letter: DeadLetter = serde_json::from_slice(&batch_to(&batch, DLQ)[0].value).unwrap();
    assert_eq!(letter.error.code, code::ENGINE_OUTPUT_REFUSED);
    assert_eq!(rig.dispatched.len(), 3);
}

#[test]
fn a_waiting_record_that_pins_the_window_is_put_behind_unchanged() {
    let mut rig = Rig::assigned();
    let headers = Headers { run: Some(1), attempt: Some(2), delay_ms: Some(60_000), ..Headers::default() };
    let waiting = Record { headers, ..record(&rig, 0) };
    rig.deliver(RETRY, 1, waiting);
    let far = record(&rig, 600);
    rig.deliver(RETRY, 1, far);
    let batch = rig.end_commit(CommitOutcome::Committed);
    let copy = batch_to(&batch, "invoices.llm-structure.retry")[0];
    assert_eq!((copy.headers.attempt, copy.headers.delay_ms), (Some(2), Some(60_000)));
    assert_eq!(rig.settled[0].2.exit, Exit::Deferred);
    assert!(to(&rig.settled[0].2.outputs, "invoices.status").is_empty());
}

#[test]
fn intake_pauses_at_its_limits_and_resumes_at_half() {
    let mut rig = Rig::with(Stage::LlmStructure, Settings { max_held_bytes: 3_000, ..settings() });
    rig.assign(MAIN, 1, 0, "");
    for offset in 0..3 {
        let record = record(&rig, offset);
        rig.deliver(MAIN, 1, record);
    }
    assert_eq!((rig.paused.len(), rig.resumed.len()), (1, 0), "33 bytes are held");
    rig.finish(0, done());
    assert_eq!(rig.resumed.len(), 0);
    rig.finish(1, done());
    assert_eq!(rig.resumed.len(), 1, "11 bytes are held");
}

#[test]
fn the_end_of_an_idle_partition_is_committed_past_control_records_at_most_every_five_seconds() {
    let mut rig = rig_with(1);
    rig.finish(0, done());
    rig.end_commit(CommitOutcome::Committed);
    rig.core.reached_end(MAIN, 1, 2);
    rig.pass(4999);
    assert!(rig.batches.is_empty());
    rig.pass(1);
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!((batch.len(), batch.offsets[0].position), (0, 2));
}

#[test]
fn an_end_that_was_reached_while_records_were_open_is_committed_once_they_are_done() {
    let mut rig = rig_with(1);
    rig.core.reached_end(MAIN, 1, 2);
    rig.finish(0, done());
    rig.core.reached_end(MAIN, 1, 3);
    rig.end_commit(CommitOutcome::Committed);
    rig.pass(5000);
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!((batch.len(), batch.offsets[0].position), (0, 3));
}

#[test]
fn offsets_of_an_idle_group_are_committed_again_every_day() {
    let mut rig = Rig::assigned();
    rig.pass(24 * 3_600_000);
    assert_eq!(rig.batches[0].offsets.len(), 2);
}
