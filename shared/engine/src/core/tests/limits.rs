//! Rate limits, refusals, and how much is in the air.

use super::rig::{MAIN, RETRY, Rig, done, record, settings, throttled, throttled_for, unavailable};
use crate::core::{CommitOutcome, Outcome, WaitReason};
use crate::failure::StageError;
use crate::rate::{Demand, Limit, Limits};
use crate::record::Source;
use crate::settings::Settings;
use crate::settle::Exit;
use contract::stages::Breaker;
use contract::{Code, Stage, code};
use std::time::Duration;

/// A stage with four partitions, all owned, and one call a second for the whole of it.
fn limited(delivered: i64) -> Rig {
    // 95 % of it are used.
    let limit = Limit { units: 60, window: Duration::from_millis(57_000) };
    let limits = Limits { calls: Some(limit), tokens: None };
    let mut rig = Rig::with(Stage::PostToZoho, Settings { limits, concurrency: 8, ..settings() });
    (0..4).for_each(|partition| rig.assign((Source::Main, partition), 1, 0, ""));
    rig.assign(RETRY, 1, 0, "");
    deliver(&mut rig, delivered);
    rig
}

fn deliver(rig: &mut Rig, count: i64) {
    for offset in 0..count {
        let record = record(rig, offset);
        rig.deliver(MAIN, 1, record);
    }
}

fn ask(rig: &mut Rig, ask: u64, token: u64) {
    rig.core.permit_asked(ask, token, Demand::CALL, rig.now);
    rig.turn();
}

#[test]
fn calls_are_permitted_in_the_order_of_asking_and_no_faster_than_the_limit() {
    let mut rig = limited(8);
    (0..8).for_each(|token| ask(&mut rig, 100 + token, token));
    let mut at = Vec::new();
    for step in 0..200 {
        rig.pass(100);
        at.extend(std::mem::take(&mut rig.permits).into_iter().map(|(ask, granted)| (step, ask, granted)));
    }
    assert_eq!(at.iter().map(|(_, ask, _)| *ask).collect::<Vec<_>>(), (100..108).collect::<Vec<_>>());
    assert!(at.iter().all(|(.., granted)| *granted));
    assert!(at.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 9), "{at:?}");
    assert!(at[7].0 < 130, "{at:?}");
}

#[test]
fn a_partition_that_leaves_does_not_wait_for_permits() {
    let mut rig = limited(8);
    (0..8).for_each(|token| ask(&mut rig, token, token));
    rig.core.revoked(Source::Main, &[0], rig.now);
    rig.turn();
    assert_eq!(rig.permits.len(), 8);
    assert!(rig.permits.iter().all(|(_, granted)| !granted));
    rig.permits.clear();
    rig.pass(10_000);
    ask(&mut rig, 20, 3);
    assert_eq!(rig.permits, [(20, true)], "what is ready at once is used to finish");
    ask(&mut rig, 21, 4);
    assert_eq!(rig.permits.last(), Some(&(21, false)));
}

#[test]
fn who_asks_after_its_partition_was_lost_is_turned_away() {
    let mut rig = limited(1);
    rig.core.lost(Source::Main, &[0]);
    ask(&mut rig, 5, 0);
    assert_eq!(rig.permits, [(5, false)]);
}

#[test]
fn what_a_handler_asked_for_before_it_ended_is_not_spent() {
    let mut rig = limited(2);
    ask(&mut rig, 0, 0);
    ask(&mut rig, 1, 1);
    rig.finish(0, done());
    rig.pass(5_000);
    assert_eq!(rig.permits, [(0, false), (1, true)]);
}

#[test]
fn a_refusal_for_a_rate_limit_is_not_an_attempt() {
    let mut rig = Rig::assigned();
    deliver(&mut rig, 1);
    for _ in 0..4 {
        let dispatch = rig.take_dispatched().pop().expect("it is tried again");
        assert_eq!(dispatch.attempt, 1);
        rig.finish(dispatch.token, throttled());
        assert!(rig.dispatched.is_empty(), "not at once");
        rig.pass(1_000);
    }
    let token = rig.take_dispatched()[0].token;
    rig.finish(token, done());
    rig.end_commit(CommitOutcome::Committed);
    assert_eq!(rig.settled[0].2.exit, Exit::Forwarded);
}

#[test]
fn an_invoice_that_alone_is_always_refused_ends() {
    let mut rig = Rig::assigned();
    deliver(&mut rig, 1);
    while let Some(dispatch) = rig.take_dispatched().pop() {
        rig.finish(dispatch.token, throttled());
        rig.pass(1_000);
    }
    rig.end_commit(CommitOutcome::Committed);
    assert_eq!(rig.settled[0].2.exit, Exit::Retried);
}

#[test]
fn when_most_are_refused_the_stage_rests_as_long_as_it_was_asked_to() {
    let mut rig = Rig::assigned();
    deliver(&mut rig, 20);
    for dispatch in rig.take_dispatched() {
        rig.finish(dispatch.token, super::rig::throttled_for(30));
    }
    for _ in 0..29 {
        rig.pass(1_000);
        assert!(rig.dispatched.is_empty());
    }
    rig.pass(1_500);
    let probe = rig.take_dispatched();
    assert_eq!(probe.len(), 1);
    rig.finish(probe[0].token, done());
    assert!(!rig.take_dispatched().is_empty());
    assert!(rig.settled.is_empty(), "nothing was counted");
}

#[test]
fn after_an_outage_fewer_start_at_once_and_soon_all() {
    let mut rig = Rig::with(Stage::LlmStructure, Settings { concurrency: 64, ..settings() });
    rig.assign(MAIN, 1, 0, "");
    deliver(&mut rig, 300);
    while let Some(dispatch) = rig.dispatched.pop() {
        rig.finish(dispatch.token, unavailable());
    }
    rig.pass(2_000);
    let probe = rig.take_dispatched();
    assert_eq!(probe.len(), 1);
    rig.finish(probe[0].token, done());
    let first = rig.take_dispatched();
    assert_eq!(first.len(), 17);
    first.into_iter().for_each(|dispatch| rig.finish(dispatch.token, done()));
    let second = rig.take_dispatched();
    second.into_iter().for_each(|dispatch| rig.finish(dispatch.token, done()));
    assert_eq!(rig.core.load(rig.now).in_air, 64);
}

#[test]
fn one_partition_cannot_fill_the_memory_of_all() {
    let mut rig = Rig::with(Stage::LlmStructure, Settings { max_held_bytes: 40_000, ..settings() });
    (0..4).for_each(|partition| rig.assign((Source::Main, partition), 1, 0, ""));
    deliver(&mut rig, 12);
    assert_eq!(rig.paused, [MAIN]);
}

#[test]
fn the_watchdog_names_the_record_that_is_stuck_and_what_it_waits_for() {
    let mut rig = Rig::assigned();
    deliver(&mut rig, 2);
    rig.finish(1, done());
    rig.pass(89_000);
    let watch = |rig: &Rig| rig.core.watch(rig.now).into_iter().find(|watch| watch.partition == MAIN).unwrap();
    let seen = watch(&rig);
    assert_eq!((seen.oldest_open_ms, seen.uncommitted_ms, seen.stuck), (89_000, 89_000, None));
    rig.end_commit(CommitOutcome::Committed);
    rig.pass(2_000);
    let seen = watch(&rig);
    assert_eq!(seen.uncommitted_ms, 0);
    let stuck = seen.stuck.unwrap();
    assert_eq!((stuck.offset, stuck.waits_for), (0, "its handler"));
    assert_eq!(stuck.invoice_id.unwrap().as_str(), "invoice-0");
}

#[test]
fn a_retry_that_is_not_due_is_not_stuck() {
    let mut rig = Rig::assigned();
    let mut waiting = record(&rig, 0);
    waiting.headers.delay_ms = Some(500_000);
    rig.deliver(RETRY, 1, waiting);
    rig.pass(400_000);
    assert!(rig.core.watch(rig.now).iter().all(|watch| watch.oldest_open_ms == 0 && watch.stuck.is_none()));
}

#[test]
fn a_replica_says_how_much_of_the_limit_it_may_use_and_has_used() {
    let mut rig = limited(8);
    (0..4).for_each(|token| ask(&mut rig, token, token));
    (0..100).for_each(|_| rig.pass(100));
    let rate = rig.core.standing(rig.now).rate.unwrap();
    assert_eq!((rate.limit, rate.share, rate.used), (63, 60, 4));
    rig.pass(61_000);
    assert_eq!(rig.core.standing(rig.now).rate.unwrap().used, 0, "it is of the last minute");
    rig.core.lost(Source::Main, &[0, 1]);
    rig.turn();
    assert_eq!(rig.core.standing(rig.now).rate.unwrap().share, 30, "half of the partitions, half of the limit");
}

#[test]
fn a_dependency_that_asks_to_be_left_alone_is_named_with_its_time() {
    let mut rig = limited(1);
    rig.finish(0, throttled_for(3_600));
    let standing = rig.core.standing(rig.now);
    let parked = standing.parked.unwrap();
    assert_eq!((parked.until_ms, parked.because), (rig.now.wall_ms + 3_600_000, contract::code::LLM_RATE_LIMITED));
    assert_eq!(standing.breaker, Breaker::Open);
    rig.pass(3_600_000);
    let standing = rig.core.standing(rig.now);
    assert_eq!((standing.parked, standing.breaker), (None, Breaker::Probing));
    assert_eq!(standing.breaker_because, Some(contract::code::LLM_RATE_LIMITED));
}

#[test]
fn an_outage_is_named_with_the_error_that_came_last_until_it_is_over() {
    let mut rig = limited(5);
    let because = |rig: &Rig| rig.core.standing(rig.now).breaker_because;
    rig.finish(0, unavailable());
    assert_eq!(because(&rig), None, "whether it is an outage is not known yet");
    (1..4).for_each(|token| rig.finish(token, unavailable()));
    let timeout = StageError::unavailable(contract::code::LLM_TIMEOUT, "no");
    rig.finish(4, Outcome::Failed(timeout));
    assert_eq!(because(&rig), Some(contract::code::LLM_TIMEOUT));
    rig.take_dispatched();
    rig.pass(2_000);
    let probe = rig.take_dispatched().remove(0);
    rig.finish(probe.token, done());
    assert_eq!(because(&rig), None);
}

fn waits_after(code: Code, seconds: u64) -> Vec<WaitReason> {
    let mut rig = limited(1);
    let error = StageError::throttled(code, "no").with_retry_after(Some(Duration::from_secs(seconds)));
    rig.finish(0, Outcome::Failed(error));
    rig.core.wait_reasons(rig.now)
}

#[test]
fn a_stage_says_for_which_reason_it_waits() {
    let idle = limited(1);
    assert!(idle.core.wait_reasons(idle.now).is_empty());
    for (code, seconds, reason) in [
        (code::ZOHO_DAILY_QUOTA, 3_600, WaitReason::Quota),
        (code::LLM_SPEND_LIMIT, 3_600, WaitReason::Quota),
        (code::LLM_BUDGET, 3_600, WaitReason::Budget),
        (code::LLM_BUDGET, 300, WaitReason::Budget),
        (code::LLM_RATE_LIMITED, 30, WaitReason::RateLimit),
    ] {
        assert_eq!(waits_after(code.clone(), seconds), [reason], "{code} {seconds}");
    }
}

#[test]
fn an_outage_a_pause_and_a_full_memory_are_told_apart() {
    let mut rig = limited(8);
    (0..5).for_each(|token| rig.finish(token, unavailable()));
    assert_eq!(rig.core.wait_reasons(rig.now), [WaitReason::BreakerOpen]);
    rig.core.paused(true, rig.now);
    assert_eq!(rig.core.wait_reasons(rig.now), [WaitReason::Paused, WaitReason::BreakerOpen]);

    let mut full = Rig::with(Stage::LlmStructure, Settings { max_held_bytes: 10, ..settings() });
    (0..4).for_each(|partition| full.assign((Source::Main, partition), 1, 0, ""));
    deliver(&mut full, 2);
    assert_eq!(full.core.wait_reasons(full.now), [WaitReason::Memory]);
}

#[test]
fn calls_that_wait_for_the_limit_are_a_reason_until_they_may_go() {
    let mut rig = limited(8);
    (0..4).for_each(|token| ask(&mut rig, token, token));
    assert_eq!(rig.core.wait_reasons(rig.now), [WaitReason::RateLimit]);
    (0..100).for_each(|_| rig.pass(100));
    assert!(rig.core.wait_reasons(rig.now).is_empty());
}
