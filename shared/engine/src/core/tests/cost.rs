//! What the events say that an attempt has paid.

use super::rig::{MAIN, RETRY, Rig, batch_to, record};
use crate::core::{Batch, CommitOutcome, Outcome};
use crate::failure::StageError;
use crate::settle::Product;
use bytes::Bytes;
use contract::{Cost, HistoryEvent, Stage, code};
use rust_decimal::Decimal;
use std::time::Duration;

fn cents(cents: i64) -> Cost {
    Cost { model: "m".to_owned(), usd: Decimal::new(cents, 2), ..Cost::default() }
}

fn done(paid: i64) -> Outcome {
    Outcome::Done(Product { value: Bytes::from_static(b"{}"), bill: None, cost: Some(cents(paid)) })
}

fn failed(error: StageError, paid: i64) -> Outcome {
    Outcome::Failed(error.with_cost(cents(paid)))
}

fn stage(stage: Stage) -> Rig {
    let mut rig = Rig::new(stage);
    rig.assign(MAIN, 1, 0, "");
    rig.assign(RETRY, 1, 0, "");
    let record = record(&rig, 0);
    rig.deliver(MAIN, 1, record);
    rig
}

fn paid(batch: &Batch) -> Option<Decimal> {
    let event: HistoryEvent = serde_json::from_slice(&batch_to(batch, "invoices.history")[0].value).unwrap();
    event.cost_usd
}

#[test]
fn whatever_becomes_of_an_attempt_its_event_says_what_it_paid() {
    let transient = StageError::transient(code::LLM_BAD_RESPONSE, "no");
    let review = StageError::review(code::CHECK_ARITHMETIC, "no");
    for outcome in [done(5), failed(transient, 5), failed(review, 5)] {
        let mut rig = stage(Stage::LlmStructure);
        rig.finish(0, outcome);
        assert_eq!(paid(&rig.end_commit(CommitOutcome::Committed)), Some(Decimal::new(5, 2)));
    }
}

#[test]
fn what_llm_structure_has_paid_is_not_told_again_by_a_later_stage() {
    let mut rig = stage(Stage::PostToZoho);
    rig.finish(0, done(5));
    assert_eq!(paid(&rig.end_commit(CommitOutcome::Committed)), None);
}

#[test]
fn an_attempt_that_did_not_count_is_told_with_the_one_that_does() {
    let mut rig = stage(Stage::LlmStructure);
    let refused = StageError::throttled(code::LLM_RATE_LIMITED, "no").with_retry_after(Some(Duration::from_secs(1)));
    rig.finish(0, failed(refused, 3));
    rig.pass(1_000);
    rig.finish(0, done(5));
    assert_eq!(paid(&rig.end_commit(CommitOutcome::Aborted)), Some(Decimal::new(8, 2)));
    assert_eq!(paid(&rig.end_commit(CommitOutcome::Committed)), Some(Decimal::new(8, 2)), "once, not twice");
}

#[test]
fn an_answer_that_the_broker_refuses_was_paid_all_the_same() {
    let mut rig = stage(Stage::LlmStructure);
    rig.finish(0, done(5));
    rig.end_commit(CommitOutcome::Refused { settlement: 0, reason: "too large".to_owned() });
    let batch = rig.end_commit(CommitOutcome::Committed);
    assert_eq!((paid(&batch), batch_to(&batch, "invoices.llm-structure.dlq").len()), (Some(Decimal::new(5, 2)), 1));
}
