//! Each law, broken on purpose: a checker that does not find it would prove nothing.

use super::checker::{COMMIT, DOUBT, DRAIN, ONCE, ONCE_PAID, ONE_RUN, OWNERSHIP, PAUSE, SETTLES, find};
use super::setup::{Ending, Entry, Fault, Sabotage, Setup};
use super::worlds::{failing, gate, gate_moves, one_replica, paused, thrown_out, thrown_out_between};
use crate::core::tests::rig::MAIN;

fn with(rule: Sabotage, world: Setup) -> Setup {
    Setup { sabotage: Some(rule), ..world }
}

#[test]
fn the_checker_finds_outputs_committed_without_their_offsets() {
    find(with(Sabotage::OutputsWithoutOffsets, one_replica()), COMMIT);
}

#[test]
fn the_checker_finds_offsets_committed_without_their_outputs() {
    find(with(Sabotage::OffsetsWithoutOutputs, one_replica()), COMMIT);
}

#[test]
fn the_checker_finds_finished_offsets_that_are_forgotten() {
    find(with(Sabotage::NoMetadata, one_replica()), COMMIT);
}

#[test]
fn the_checker_finds_a_late_request_that_commits_the_next_transaction_half_way() {
    find(with(Sabotage::SameProducerEpoch, one_replica()), COMMIT);
}

#[test]
fn the_checker_finds_results_sent_again_although_they_were_committed() {
    find(with(Sabotage::NoReadBack, one_replica()), ONCE);
}

#[test]
fn the_checker_finds_an_abort_that_is_taken_for_a_commit() {
    find(with(Sabotage::AbortsUnsaid, one_replica()), SETTLES);
}

#[test]
fn the_checker_finds_a_transaction_that_never_ends() {
    find(with(Sabotage::EndUnsaid, one_replica()), SETTLES);
}

#[test]
fn the_checker_finds_an_answered_handler_that_is_run_again() {
    find(with(Sabotage::AnswerDropped, one_replica()), ONCE_PAID);
}

#[test]
fn the_checker_finds_commits_of_partitions_that_were_lost() {
    find(with(Sabotage::NoOwnershipGate, thrown_out()), OWNERSHIP);
}

#[test]
fn the_checker_finds_records_fetched_before_an_assignment_that_count_during_it() {
    find(with(Sabotage::EpochlessFetch, thrown_out_between()), COMMIT);
}

#[test]
fn the_checker_finds_offsets_read_while_a_transaction_over_them_is_open() {
    find(with(Sabotage::UnstableReads, thrown_out()), OWNERSHIP);
}

#[test]
fn the_checker_finds_a_revoke_that_is_answered_before_its_drain() {
    let world = || Setup {
        replicas: 2,
        logs: vec![(MAIN, vec![Entry::Input("a"), Entry::Input("b")])],
        faults: &[Fault::Revoke],
        fault_budget: 1,
        ..Setup::of("a revoke")
    };
    find(with(Sabotage::RevokeUnsaid, world()), DRAIN);
    find(with(Sabotage::RevokeUnsaid, world()), OWNERSHIP);
}

#[test]
fn the_checker_finds_a_doubt_that_does_not_travel_with_the_retry() {
    let world = Setup { endings: &[Ending::InDoubt, Ending::Transient], ..failing() };
    find(with(Sabotage::DoubtForgotten, world), DOUBT);
}

#[test]
fn the_checker_finds_a_retry_that_is_lost() {
    find(with(Sabotage::RetryLost, failing()), ONCE);
}

#[test]
fn the_checker_finds_a_gate_that_opens_before_the_status_was_read() {
    find(with(Sabotage::StatusUnread, gate_moves()), ONE_RUN);
}

#[test]
fn the_checker_finds_a_decision_on_a_status_that_was_not_read_again() {
    let world = Setup { fault_budget: 0, ..gate() };
    find(with(Sabotage::FreshUnread, world), SETTLES);
}

#[test]
fn the_checker_finds_a_process_that_starts_what_its_stage_is_paused_for() {
    find(with(Sabotage::PauseForgotten, paused()), PAUSE);
}

#[test]
fn the_checker_finds_a_pause_that_never_ends() {
    find(with(Sabotage::ResumeUnsaid, paused()), SETTLES);
}
