//! Promises with a figure: minutes each, on the real broker, with the real binaries. `make proofs` runs them one after
//! another and prints what was measured.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

/// The broker is away for a minute.
mod broker_down;
/// `kill -9` of one of two replicas, again and again.
mod failover;
/// The language model is away for a minute; one invoice always provokes a failure.
mod outage;
/// Three replicas and one limit.
mod rate;
/// A million invoices are known after a restart.
mod restore;
/// One replica, three, one.
mod scale;
/// What one transactional producer carries.
mod transactions;

use contract::InvoiceId;
use std::collections::HashSet;
use testkit::world::id_on;
use testkit::{World, until};

/// Submits numbered samples and returns their ids.
async fn submit(world: &World, numbers: std::ops::Range<u32>) -> HashSet<InvoiceId> {
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in numbers {
        ids.insert(world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{number}")), None).await);
    }
    ids
}
