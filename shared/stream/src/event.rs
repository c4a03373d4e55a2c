//! What happens, in the order in which the stage's loop hears of it. One queue, so that a lost partition is heard of
//! before the outcome of a transaction that was refused because of it.

use engine::Demand;
use engine::admission::Known;
use engine::core::{CommitOutcome, Epoch, Outcome, PartitionId, Token};
use engine::record::{Record, Source};
use tokio::sync::{mpsc, oneshot};

/// Something for the stage's loop.
#[derive(Debug)]
pub(crate) enum Event {
    Assigned(Vec<Assigned>),
    Revoked(Source, Vec<i32>),
    Lost(Source, Vec<i32>),
    /// A record, and the assignment during which it was fetched.
    Delivered(Record, Epoch),
    /// There is nothing but control and aborted records between what was delivered and this offset.
    ReachedEnd(PartitionId, Epoch, i64),
    Finished {
        token: Token,
        outcome: Outcome,
        took_ms: u64,
    },
    /// A handler asks for a permit to call.
    PermitAsked {
        token: Token,
        demand: Demand,
        reply: oneshot::Sender<bool>,
    },
    CommitEnded(CommitOutcome),
    /// Records of a partition of `invoices.status`, by the fingerprint of the invoice id.
    StatusRead(i32, Epoch, Vec<(u128, Known)>),
    /// The partition of `invoices.status` was read to its end; for the first time or again.
    StatusEnd {
        partition: i32,
        /// The assignment for which it is read.
        epoch: Epoch,
        first: bool,
    },
    /// Whether somebody wants nothing to be started.
    Paused(bool),
    /// The process cannot go on.
    Fatal(crate::Error),
}

/// A partition that this process now owns, with its committed offset.
#[derive(Debug)]
pub(crate) struct Assigned {
    pub(crate) id: PartitionId,
    pub(crate) epoch: Epoch,
    pub(crate) position: i64,
    pub(crate) metadata: String,
}

/// Into the loop's queue. It is bounded: whoever is faster than the loop waits.
#[derive(Debug, Clone)]
pub(crate) struct Events(mpsc::Sender<Event>);

impl Events {
    pub(crate) fn channel() -> (Self, mpsc::Receiver<Event>) {
        let (sender, receiver) = mpsc::channel(4096);
        (Self(sender), receiver)
    }

    /// From a thread of ours. Once the loop has ended, nobody is left to be told.
    pub(crate) fn send_blocking(&self, event: Event) {
        self.0.blocking_send(event).ok();
    }

    /// From a task.
    pub(crate) async fn send(&self, event: Event) {
        self.0.send(event).await.ok();
    }
}
