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

use contract::{InvoiceId, partition};
use std::collections::HashSet;
use std::time::Duration;
use testkit::World;

/// Submits numbered samples and returns their ids.
async fn submit(world: &World, numbers: std::ops::Range<u32>) -> HashSet<InvoiceId> {
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in numbers {
        ids.insert(world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{number}")), None).await);
    }
    ids
}

/// Waits for something outside that cannot be subscribed to.
async fn until(what: &str, within: Duration, mut reached: impl FnMut() -> bool) {
    let look = async {
        while !reached() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(within, look).await.is_ok(), "waited {within:?} in vain until {what}");
}

/// The `n`-th id whose records belong on the partition.
fn id_on(wanted: i32, partitions: i32, n: u32) -> InvoiceId {
    let candidates = (0..).map(|salt| format!("n{n}-p{wanted}-{salt}"));
    let found = candidates.into_iter().find(|id| partition::of_key(id.as_bytes(), partitions) == wanted);
    found.expect("some salt leads there").parse().expect("it is an id")
}
