//! A paused stage: what stops, and what goes on.

use super::gate::{open_gate, replay, request, status};
use super::rig::{MAIN, RETRY, Rig, done, id_on_partition_zero, record, throttled, transient, unavailable};
use crate::core::{CommitOutcome, Dispatch};
use crate::rate::Demand;
use crate::record::Source;
use contract::{Headers, State};

fn pause(rig: &mut Rig, paused: bool) {
    rig.core.paused(paused, rig.now);
    rig.turn();
}

fn deliver(rig: &mut Rig, offset: i64) {
    let record = record(rig, offset);
    rig.deliver(MAIN, 1, record);
}

fn offsets(dispatched: &[Dispatch]) -> Vec<String> {
    dispatched.iter().map(|one| one.invoice_id.to_string()).collect()
}

#[test]
fn a_paused_stage_starts_nothing_and_settles_what_is_in_the_air() {
    let mut rig = Rig::assigned();
    deliver(&mut rig, 0);
    pause(&mut rig, true);
    deliver(&mut rig, 1);
    rig.pass(60_000);
    assert_eq!(rig.take_dispatched().len(), 1, "only what was handed out before");
    rig.finish(0, done());
    rig.end_commit(CommitOutcome::Committed);
    assert_eq!(rig.settled.len(), 1);
    assert!(rig.take_dispatched().is_empty());
    pause(&mut rig, false);
    assert_eq!(offsets(&rig.take_dispatched()), ["invoice-1"]);
}

#[test]
fn what_becomes_due_or_failed_in_a_pause_waits_for_its_end() {
    let mut rig = Rig::assigned();
    (0..3).for_each(|offset| deliver(&mut rig, offset));
    let delayed = record(&rig, 0);
    let headers = Headers { delay_ms: Some(1_000), attempt: Some(2), ..delayed.headers.clone() };
    rig.deliver(RETRY, 1, crate::record::Record { headers, ..delayed });
    rig.take_dispatched();
    pause(&mut rig, true);
    rig.finish(0, throttled());
    rig.finish(1, unavailable());
    rig.finish(2, transient());
    rig.pass(5_000);
    assert!(rig.take_dispatched().is_empty());
    assert_eq!(rig.core.load(rig.now).waiting, 3, "one was refused, one is suspect, one is due; one was retried");
    pause(&mut rig, false);
    let mut started = offsets(&rig.take_dispatched());
    started.sort();
    assert_eq!(started, ["invoice-0", "invoice-0"], "the refused one and the one that was due");
}

#[test]
fn an_attempt_in_the_air_has_its_permits_in_a_pause() {
    let mut rig = Rig::assigned();
    deliver(&mut rig, 0);
    pause(&mut rig, true);
    rig.core.permit_asked(7, 0, Demand::CALL, rig.now);
    rig.turn();
    assert_eq!(rig.permits, [(7, true)]);
}

#[test]
fn a_paused_stage_gives_its_partitions_up_as_soon_as_nothing_is_in_the_air() {
    let mut rig = Rig::assigned();
    deliver(&mut rig, 0);
    pause(&mut rig, true);
    deliver(&mut rig, 1);
    rig.core.revoked(Source::Main, &[0], rig.now);
    rig.turn();
    assert!(rig.unassigned.is_empty());
    rig.finish(0, done());
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!((rig.unassigned.len(), batch.offsets[0].position), (1, 1), "what has not started is the next owner's");
}

#[test]
fn a_paused_gate_answers_commands_and_repeated_submissions_and_starts_no_run() {
    let mut rig = open_gate();
    pause(&mut rig, true);
    let [dead, posted, new] = [1, 2, 3].map(id_on_partition_zero);
    status(&mut rig, &dead, 1, State::Dead);
    status(&mut rig, &posted, 1, State::Posted);
    rig.deliver(MAIN, 1, request(0, &posted, "https://h/a.pdf"));
    rig.deliver(MAIN, 1, replay(1, &dead, 1, "llm-structure"));
    rig.deliver(MAIN, 1, request(2, &new, "https://h/a.pdf"));
    rig.end_commit(CommitOutcome::Committed);
    rig.end_commit(CommitOutcome::Committed);
    let exits: Vec<&str> = rig.settled.iter().map(|(.., settlement)| settlement.exit.as_str()).collect();
    assert_eq!(exits, ["duplicate", "command_accepted"]);
    assert!(rig.dispatched.is_empty());
    pause(&mut rig, false);
    assert_eq!(offsets(&rig.dispatched), [new]);
}

#[test]
fn nobody_is_told_of_a_record_that_a_pause_holds_back() {
    let mut rig = Rig::assigned();
    deliver(&mut rig, 0);
    pause(&mut rig, true);
    deliver(&mut rig, 1);
    rig.pass(1_000_000);
    let named = |rig: &Rig| rig.core.watch(rig.now).into_iter().find_map(|watch| watch.stuck).map(|stuck| stuck.offset);
    assert_eq!(named(&rig), Some(0), "what is in the air is as stuck as ever");
    rig.finish(0, done());
    rig.end_commit(CommitOutcome::Committed);
    assert_eq!(named(&rig), None);
    pause(&mut rig, false);
    assert_eq!(named(&rig), None, "and its time counts from the end of the pause");
    rig.pass(1_000_000);
    assert_eq!(named(&rig), Some(1));
}
