//! How many downloads run from one host at once: a burst of links to one small server must not take it down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A turn for each host. Hosts that nobody asks are forgotten.
#[derive(Debug)]
pub(super) struct Hosts {
    at_once: usize,
    known: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Hosts {
    pub(super) fn new(at_once: usize) -> Self {
        Self { at_once, known: Mutex::default() }
    }

    /// Waits for a turn, which ends when the permit is dropped.
    pub(super) async fn turn(&self, host: &str) -> OwnedSemaphorePermit {
        self.of(host).acquire_owned().await.expect("the semaphore is never closed")
    }

    fn of(&self, host: &str) -> Arc<Semaphore> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = known.get(host).and_then(Weak::upgrade) {
            return turns;
        }
        known.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(self.at_once));
        known.insert(host.to_owned(), Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_host_has_so_many_turns_and_others_have_their_own() {
        let hosts = Hosts::new(1);
        let turn = hosts.turn("a").await;
        assert_eq!(hosts.of("a").available_permits(), 0);
        drop(hosts.turn("b").await);
        drop(turn);
        drop(hosts.turn("a").await);
        assert!(hosts.known.lock().unwrap().len() <= 2);
    }

    #[tokio::test]
    async fn hosts_that_nobody_asks_are_forgotten() {
        let hosts = Hosts::new(1);
        for number in 0..100 {
            drop(hosts.turn(&number.to_string()).await);
        }
        assert_eq!(hosts.known.lock().unwrap().len(), 1);
    }
}
