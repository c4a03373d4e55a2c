//! Calls that stand still until their fault is removed, so that a test can act between two steps of a client.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::watch;

/// What one fault keeps back. Dropping it lets everything go.
#[derive(Debug)]
pub(super) struct Keeper {
    open: watch::Sender<()>,
    held: Arc<AtomicUsize>,
}

/// What one call waits for.
#[derive(Debug, Clone)]
pub struct Hold {
    open: watch::Receiver<()>,
    held: Arc<AtomicUsize>,
}

impl Keeper {
    pub(super) fn new() -> Self {
        Self { open: watch::Sender::default(), held: Arc::default() }
    }

    pub(super) fn hold(&self) -> Hold {
        Hold { open: self.open.subscribe(), held: Arc::clone(&self.held) }
    }

    /// How many calls stand still now.
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }
}

impl Hold {
    /// Returns when the fault is gone.
    pub async fn released(mut self) {
        self.held.fetch_add(1, Ordering::SeqCst);
        // Nothing is ever sent: it fails when the sender is dropped.
        while self.open.changed().await.is_ok() {}
        self.held.fetch_sub(1, Ordering::SeqCst);
    }
}

impl PartialEq for Hold {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.held, &other.held)
    }
}
