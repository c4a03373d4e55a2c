//! Which partitions this process owns right now, and as which member of the group.
//!
//! It is written by the rebalance callback, on the thread that polls, so it is never behind the client: the engine
//! hears of a change later, through a queue. The committer and the handlers' leases ask here. Brokers refuse a commit
//! of an earlier generation, but not one of a live member for a partition that it no longer owns; this gate does.

use crate::clock;
use engine::core::{Epoch, PartitionId};
use engine::record::Source;
use rdkafka::consumer::ConsumerGroupMetadata;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// After the poll loop stood still, ownership is uncertain until the client had time to notice a lost session.
const SETTLE_AFTER_GAP_MS: u64 = 2_500;
const LEASE_POLL: Duration = Duration::from_millis(25);

/// The ownership of one process.
#[derive(Debug)]
pub(crate) struct Ownership {
    state: Mutex<State>,
    /// A gap between two turns of the poll loop longer than this may have cost the session.
    tolerated_gap_ms: u64,
    turned: [AtomicU64; 3],
    /// Leases are withheld until then.
    uncertain_until: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    epochs: HashMap<PartitionId, Epoch>,
    next_epoch: Epoch,
    metadata: HashMap<Source, Arc<Member>>,
}

/// The group's generation as this process joined it.
pub(crate) struct Member(pub(crate) ConsumerGroupMetadata);

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Member")
    }
}

impl Ownership {
    pub(crate) fn new(session_timeout: Duration) -> Self {
        Self {
            state: Mutex::default(),
            tolerated_gap_ms: u64::try_from(session_timeout.as_millis()).unwrap_or(u64::MAX) / 2,
            turned: [const { AtomicU64::new(0) }; 3],
            uncertain_until: AtomicU64::new(0),
        }
    }

    /// A new assignment of the partition begins.
    pub(crate) fn assign(&self, id: PartitionId) -> Epoch {
        let mut state = self.lock();
        state.next_epoch += 1;
        let epoch = state.next_epoch;
        state.epochs.insert(id, epoch);
        epoch
    }

    pub(crate) fn remove(&self, ids: impl IntoIterator<Item = PartitionId>) {
        let mut state = self.lock();
        ids.into_iter().for_each(|id| {
            state.epochs.remove(&id);
        });
    }

    /// This process ends without a drain: nothing that is still in the air may go on or be committed.
    pub(crate) fn surrender(&self) {
        self.lock().epochs.clear();
    }

    /// These assignments are drained. One that has come since stays: its callback was faster than the loop.
    pub(crate) fn give_up(&self, source: Source, drained: &[(i32, Option<Epoch>)]) {
        let mut state = self.lock();
        for (partition, epoch) in drained {
            let id = (source, *partition);
            if epoch.is_none() || state.epochs.get(&id) == epoch.as_ref() {
                state.epochs.remove(&id);
            }
        }
    }

    pub(crate) fn owns_any(&self, ids: &[PartitionId]) -> bool {
        let state = self.lock();
        ids.iter().any(|id| state.epochs.contains_key(id))
    }

    /// The group has a new generation, or this process is no longer a member (`None`).
    pub(crate) fn set_member(&self, source: Source, metadata: Option<ConsumerGroupMetadata>) {
        let mut state = self.lock();
        match metadata {
            Some(metadata) => state.metadata.insert(source, Arc::new(Member(metadata))),
            None => state.metadata.remove(&source),
        };
    }

    pub(crate) fn is_member(&self, source: Source) -> bool {
        self.lock().metadata.contains_key(&source)
    }

    /// The membership to commit with, if all these assignments still hold.
    pub(crate) fn member_for(&self, source: Source, assignments: &[(PartitionId, Epoch)]) -> Option<Arc<Member>> {
        let state = self.lock();
        let all_hold = assignments.iter().all(|(id, epoch)| state.epochs.get(id) == Some(epoch));
        all_hold.then(|| state.metadata.get(&source).cloned()).flatten()
    }

    /// The poll loop of a consumer turned.
    pub(crate) fn turn(&self, consumer: usize) {
        let now = clock::boot_ms();
        let before = self.turned[consumer].swap(now, Ordering::Relaxed);
        if before != 0 && now - before.min(now) > self.tolerated_gap_ms {
            self.uncertain_until.fetch_max(now + SETTLE_AFTER_GAP_MS, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holds(&self, id: PartitionId, epoch: Epoch) -> bool {
        self.lock().epochs.get(&id) == Some(&epoch)
    }

    /// Whether the client had no chance yet to notice that its session ran out.
    fn is_uncertain(&self) -> bool {
        let now = clock::boot_ms();
        let stale = |turned: &AtomicU64| {
            let at = turned.load(Ordering::Relaxed);
            at != 0 && now.saturating_sub(at) > self.tolerated_gap_ms
        };
        self.turned.iter().any(stale) || now < self.uncertain_until.load(Ordering::Relaxed)
    }
}

/// A claim on a partition, as of one assignment.
#[derive(Debug)]
pub(crate) struct PartitionLease {
    pub(crate) ownership: Arc<Ownership>,
    pub(crate) partition: PartitionId,
    pub(crate) epoch: Epoch,
}

impl PartitionLease {
    /// Waits until ownership is certain, or certainly lost; returns which.
    pub(crate) async fn confirm(&self) -> bool {
        while self.ownership.is_uncertain() {
            tokio::time::sleep(LEASE_POLL).await;
        }
        self.ownership.holds(self.partition, self.epoch)
    }

    /// How many partitions of the main topic this process owns.
    pub(crate) fn owned_of_main(&self) -> u32 {
        self.ownership.lock().epochs.keys().map(|(source, _)| u32::from(*source == Source::Main)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: PartitionId = (Source::Main, 0);

    fn lease(ownership: &Arc<Ownership>, epoch: Epoch) -> PartitionLease {
        PartitionLease { ownership: Arc::clone(ownership), partition: ID, epoch }
    }

    #[tokio::test]
    async fn a_lease_ends_with_its_assignment_even_if_the_partition_comes_back() {
        let ownership = Arc::new(Ownership::new(Duration::from_secs(6)));
        let first = ownership.assign(ID);
        assert!(lease(&ownership, first).confirm().await);
        ownership.remove([ID]);
        let second = ownership.assign(ID);
        assert!(!lease(&ownership, first).confirm().await);
        assert!(lease(&ownership, second).confirm().await);
    }

    #[tokio::test]
    async fn nothing_goes_on_once_a_process_has_surrendered() {
        let ownership = Arc::new(Ownership::new(Duration::from_secs(6)));
        let epoch = ownership.assign(ID);
        ownership.surrender();
        assert!(!lease(&ownership, epoch).confirm().await);
    }

    #[test]
    fn a_drain_that_ends_late_does_not_give_up_the_assignment_that_followed() {
        let ownership = Ownership::new(Duration::from_secs(6));
        let first = ownership.assign(ID);
        ownership.remove([ID]);
        ownership.assign(ID);
        ownership.give_up(ID.0, &[(ID.1, Some(first))]);
        assert!(ownership.owns_any(&[ID]));
    }

    #[tokio::test]
    async fn after_the_process_stood_still_a_lease_is_not_confirmed_before_the_client_could_notice() {
        let ownership = Arc::new(Ownership::new(Duration::from_millis(0)));
        let epoch = ownership.assign(ID);
        ownership.turned[0].store(1, Ordering::Relaxed);
        ownership.turn(0);
        assert!(ownership.is_uncertain());
        let lease = lease(&ownership, epoch);
        let confirmed = tokio::time::timeout(Duration::from_millis(100), lease.confirm()).await;
        assert!(confirmed.is_err(), "confirmed although the session may be lost");
    }
}
