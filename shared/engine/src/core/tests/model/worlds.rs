//! The worlds that are searched. `make models` gives each one more fault.

use super::checker::check;
use super::setup::{Ending, Entry, Fault, Setup};
use crate::core::tests::rig::{MAIN, RETRY};
use contract::{Stage, State};

pub(super) fn one_replica() -> Setup {
    Setup {
        logs: vec![(MAIN, vec![Entry::Input("a"), Entry::Gap, Entry::Input("b")])],
        faults: &[Fault::Crash, Fault::Abort, Fault::Doubt, Fault::LateRequest, Fault::Refuse],
        fault_budget: 2,
        ..Setup::of("one replica")
    }
}

pub(super) fn thrown_out() -> Setup {
    Setup {
        replicas: 2,
        logs: vec![(MAIN, vec![Entry::Input("a")])],
        faults: &[Fault::Expel, Fault::LateFetch, Fault::LateRequest],
        fault_budget: 2,
        ..Setup::of("two replicas, thrown out")
    }
}

/// The same with a record behind the first one.
pub(super) fn thrown_out_between() -> Setup {
    Setup {
        name: "two replicas, thrown out between two records",
        logs: vec![(MAIN, vec![Entry::Input("a"), Entry::Input("b")])],
        fault_budget: 1,
        ..thrown_out()
    }
}

pub(super) fn asked_back() -> Setup {
    Setup {
        replicas: 2,
        logs: vec![(MAIN, vec![Entry::Input("a")])],
        faults: &[Fault::Revoke, Fault::Expel, Fault::Crash, Fault::TimeOut, Fault::Doubt],
        fault_budget: 2,
        ..Setup::of("two replicas, asked back")
    }
}

pub(super) fn failing() -> Setup {
    Setup {
        logs: vec![(MAIN, vec![Entry::Input("a")]), (RETRY, Vec::new())],
        faults: &[Fault::Crash, Fault::Abort],
        fault_budget: 1,
        endings: &[Ending::Transient, Ending::Permanent, Ending::Unavailable, Ending::InDoubt],
        ending_budget: 3,
        clocks: &[(2_000, 0), (1_000, -60_000), (1_000, 3_600_000)],
        clock_budget: 1,
        ..Setup::of("failing handlers")
    }
}

pub(super) fn outage() -> Setup {
    Setup {
        logs: vec![(MAIN, vec![Entry::Input("a"), Entry::Input("b")]), (RETRY, Vec::new())],
        endings: &[Ending::Unavailable],
        ending_budget: 3,
        clocks: &[(2_000, 0)],
        clock_budget: 2,
        ..Setup::of("outage")
    }
}

/// Two replays, a discard and a resubmission of an invoice that is dead already.
pub(super) fn gate() -> Setup {
    Setup {
        stage: Stage::FetchExtract,
        logs: vec![(MAIN, vec![Entry::Replay(1), Entry::Request, Entry::Replay(1), Entry::Discard(1)])],
        statuses: vec![(1, State::Running), (1, State::Dead)],
        faults: &[Fault::Crash, Fault::Abort, Fault::DiesDownstream],
        fault_budget: 1,
        ..Setup::of("gate")
    }
}

/// Erasures of an invoice that has ended in a bill, beside a submission of it.
pub(super) fn erasing() -> Setup {
    Setup {
        name: "erasing a posted invoice",
        logs: vec![(MAIN, vec![Entry::Erase(1), Entry::Request, Entry::Erase(1), Entry::Replay(1)])],
        statuses: vec![(1, State::Running), (1, State::Posted)],
        faults: &[Fault::Crash, Fault::Abort, Fault::Doubt],
        ..gate()
    }
}

/// Everything that can be asked about a dead letter at once.
pub(super) fn erasing_the_dead() -> Setup {
    Setup {
        name: "erasing a dead invoice",
        logs: vec![(MAIN, vec![Entry::Erase(1), Entry::Replay(1), Entry::Discard(1), Entry::Erase(1)])],
        statuses: vec![(1, State::Dead)],
        faults: &[Fault::Crash, Fault::Abort],
        ..gate()
    }
}

/// Somebody pauses and resumes while attempts start and processes come and go.
pub(super) fn paused() -> Setup {
    Setup {
        logs: vec![(MAIN, vec![Entry::Input("a"), Entry::Input("b")])],
        faults: &[Fault::Pause, Fault::Crash, Fault::Revoke, Fault::Abort],
        fault_budget: 2,
        ..Setup::of("paused")
    }
}

/// The same while attempts fail, are retried and become due.
pub(super) fn paused_and_failing() -> Setup {
    Setup {
        name: "paused, with failing handlers",
        logs: vec![(MAIN, vec![Entry::Input("a")]), (RETRY, Vec::new())],
        faults: &[Fault::Pause, Fault::Crash, Fault::Abort],
        endings: &[Ending::Transient, Ending::Unavailable],
        ending_budget: 1,
        clocks: &[(2_000, 0)],
        clock_budget: 1,
        ..paused()
    }
}

/// A gate whose stage is paused.
pub(super) fn paused_gate() -> Setup {
    Setup { name: "a paused gate", faults: &[Fault::Pause, Fault::Crash, Fault::DiesDownstream], ..gate() }
}

/// A gate that goes from one replica to another, and comes back.
pub(super) fn gate_moves() -> Setup {
    Setup {
        stage: Stage::FetchExtract,
        replicas: 2,
        logs: vec![(MAIN, vec![Entry::Request])],
        statuses: vec![(1, State::Dead)],
        faults: &[Fault::Expel, Fault::Revoke],
        fault_budget: 1,
        ..Setup::of("gate on the move")
    }
}

#[test]
fn whatever_happens_to_the_transactions_of_one_replica_every_law_holds() {
    check(one_replica());
}

#[test]
fn whatever_a_replica_does_that_was_thrown_out_every_law_holds() {
    check(thrown_out());
}

#[test]
fn whatever_a_replica_does_that_was_thrown_out_between_two_records_every_law_holds() {
    check(thrown_out_between());
}

#[test]
fn whenever_a_partition_is_asked_back_every_law_holds() {
    check(asked_back());
}

#[test]
fn however_handlers_fail_and_clocks_step_every_law_holds() {
    check(failing());
}

#[test]
fn whenever_the_dependency_is_away_every_law_holds() {
    check(outage());
}

#[test]
fn of_all_submissions_and_commands_at_once_one_starts_a_run() {
    check(gate());
}

#[test]
fn what_is_erased_stays_erased_and_its_id_taken() {
    check(erasing());
    check(erasing_the_dead());
}

#[test]
fn while_a_stage_is_paused_nothing_starts_and_afterwards_everything_is_done() {
    check(paused());
    check(paused_and_failing());
    check(paused_gate());
}

#[test]
fn of_all_submissions_one_starts_a_run_wherever_the_gate_moves() {
    check(gate_moves());
}
