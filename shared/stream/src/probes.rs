//! Whether the process is alive and ready, as Kubernetes asks.
//!
//! Liveness never depends on anything outside: a fleet that restarts because Kafka is away only makes it worse.

use crate::clock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A loop that has not turned for this long is stuck.
const STUCK_AFTER_MS: u64 = 60_000;
/// What Kafka refuses is tried again more often than that.
const REFUSED_FOR_MS: u64 = 10_000;

/// What the admin server answers with.
#[derive(Debug)]
pub struct Probes {
    /// When the three poll loops and the main loop turned last, in milliseconds since boot; 0 before the first turn.
    turned: [AtomicU64; 4],
    assigned: AtomicBool,
    draining: AtomicBool,
    /// When Kafka last refused to let this process read, in milliseconds since boot; 0 if never.
    refused: AtomicU64,
}

impl Probes {
    #[must_use]
    pub fn new() -> Self {
        Self {
            turned: [const { AtomicU64::new(0) }; 4],
            assigned: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            refused: AtomicU64::new(0),
        }
    }

    /// Whether the process does its own part: the loops turn.
    #[must_use]
    pub fn live(&self) -> bool {
        let now = clock::boot_ms();
        self.turned.iter().all(|turned| {
            let at = turned.load(Ordering::Relaxed);
            at == 0 || now.saturating_sub(at) < STUCK_AFTER_MS
        })
    }

    /// Whether the process is a member of its group, may read, and is not leaving.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.assigned.load(Ordering::Relaxed) && !self.draining.load(Ordering::Relaxed) && self.is_let_in()
    }

    #[must_use]
    pub fn checks(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("loops-turn", self.live()),
            ("joined-group", self.assigned.load(Ordering::Relaxed)),
            ("let-in-by-kafka", self.is_let_in()),
            ("not-draining", !self.draining.load(Ordering::Relaxed)),
        ]
    }

    pub(crate) fn turn(&self, number: usize) {
        self.turned[number].store(clock::boot_ms(), Ordering::Relaxed);
    }

    pub(crate) fn joined(&self) {
        self.assigned.store(true, Ordering::Relaxed);
    }

    /// Kafka refuses to let this process read.
    pub(crate) fn refused(&self) {
        self.refused.store(clock::boot_ms(), Ordering::Relaxed);
    }

    fn is_let_in(&self) -> bool {
        let at = self.refused.load(Ordering::Relaxed);
        at == 0 || clock::boot_ms().saturating_sub(at) > REFUSED_FOR_MS
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}

impl Default for Probes {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ready_from_its_first_assignment_until_it_drains() {
        let probes = Probes::new();
        assert!(probes.live() && !probes.ready());
        probes.joined();
        assert!(probes.ready());
        probes.drain();
        assert!(!probes.ready() && probes.live());
    }

    #[test]
    fn a_member_that_may_not_read_is_alive_and_not_ready() {
        let probes = Probes::new();
        probes.joined();
        probes.refused();
        assert!(probes.live() && !probes.ready());
        assert!(probes.checks().contains(&("let-in-by-kafka", false)));
    }

    #[test]
    fn a_stuck_loop_is_not_alive() {
        let probes = Probes::new();
        probes.turn(0);
        assert!(probes.live());
        probes.turned[1].store(clock::boot_ms().saturating_sub(STUCK_AFTER_MS + 1).max(1), Ordering::Relaxed);
        assert_eq!(probes.live(), clock::boot_ms() <= STUCK_AFTER_MS + 1);
    }
}
