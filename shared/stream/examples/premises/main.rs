//! The engine's premises about Kafka, each checked against a real broker.
//!
//! The design leans on behaviour that no documentation promises: what a client does with a deferred unassign, what
//! a commit in doubt can be asked afterwards, how long a dead process blocks its successor. Each file here is one
//! such premise. This program must never depend on the engine: it speaks to the client library directly, so that a
//! broken premise is never mistaken for a broken engine.
//!
//! `premises [NAME…]` runs the named ones, or all; `KAFKA_BROKERS` names the broker, which must be on loopback. It
//! exits with 1 if a premise fails. `docs/adr/0001-premises-on-a-real-broker.md` holds the figures of record.

mod background;
mod deferred_unassign;
mod end_offset;
mod eof_probe;
mod failover;
mod generations;
mod in_doubt;
mod lab;
mod lost_member;
mod member;
mod report;
mod restore;
mod transactions;
mod two_groups;

use std::process::ExitCode;

use crate::lab::{Lab, Result};
use crate::report::Report;

type Premise = fn(&Lab, &mut Report) -> Result;

const PREMISES: [(&str, Premise); 10] = [
    ("two-groups", two_groups::check),
    ("deferred-unassign", deferred_unassign::check),
    ("generations", generations::check),
    ("lost-member", lost_member::check),
    ("eof-probe", eof_probe::check),
    ("end-offset", end_offset::check),
    ("transactions", transactions::check),
    ("in-doubt", in_doubt::check),
    ("failover", failover::check),
    ("restore", restore::check),
];

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("premises: {error}");
            ExitCode::FAILURE
        }
    }
}

/// True if every premise that was run holds.
fn run(arguments: &[String]) -> Result<bool> {
    let brokers = std::env::var("KAFKA_BROKERS").map_err(|_| "set KAFKA_BROKERS, e.g. 127.0.0.1:9092")?;
    if let [flag, rest @ ..] = arguments
        && flag == failover::VICTIM
    {
        return failover::victim(&Lab::new(brokers), rest).map(|()| true);
    }
    if let Some(unknown) = arguments.iter().find(|name| !PREMISES.iter().any(|(known, _)| known == name)) {
        let known: Vec<&str> = PREMISES.iter().map(|(name, _)| *name).collect();
        return Err(format!("no premise is called {unknown}; there are {}", known.join(", ")).into());
    }
    let mut all_hold = true;
    for (name, check) in PREMISES {
        if !arguments.is_empty() && !arguments.iter().any(|wanted| wanted == name) {
            continue;
        }
        let mut report = Report::new(name);
        check(&Lab::new(brokers.clone()), &mut report)?;
        all_hold &= report.holds();
    }
    Ok(all_hold)
}
