//! What the threads of a proxy share.

use std::collections::HashSet;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::wire::{self, Identity};
use super::{PATIENCE, Step, Trap};

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) upstream: SocketAddr,
    pub(super) port: u16,
    pub(super) changed: Condvar,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) trap: Option<Trap>,
    pub(super) sprung: bool,
    pub(super) down: bool,
    pub(super) paused: bool,
    pub(super) closed: bool,
    pub(super) clients: Vec<TcpStream>,
    pub(super) held: Option<Held>,
    pub(super) late_answer: Option<Vec<u8>>,
    pub(super) last_identity: Option<Identity>,
    pub(super) generations: HashSet<(String, i32)>,
}

/// A request that has left the client and not reached the broker.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) upstream: TcpStream,
    pub(super) request: Vec<u8>,
}

impl Shared {
    pub(super) fn new(upstream: SocketAddr, port: u16) -> Self {
        Self { upstream, port, changed: Condvar::new(), state: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, once traffic may flow.
    pub(super) fn unpaused(&self) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_while(self.lock(), |state| state.paused);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wait(&self, reached: impl Fn(&State) -> bool) -> io::Result<()> {
        let waited = self.changed.wait_timeout_while(self.lock(), PATIENCE, |state| !reached(state));
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        if timeout.timed_out() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }

    /// Breaks every client's connection and refuses new ones.
    pub(super) fn cut_everyone(&self) {
        let mut state = self.lock();
        state.down = true;
        state.clients.drain(..).for_each(|client| close(&client));
        state.sprung = true;
        self.changed.notify_all();
    }

    /// Notes that the trap has sprung on one connection.
    pub(super) fn cut_one(&self) {
        self.lock().sprung = true;
        self.changed.notify_all();
    }
}

impl State {
    /// Takes what a request tells about groups.
    pub(super) fn note(&mut self, request: &[u8]) {
        match wire::api_key(request) {
            wire::TXN_OFFSET_COMMIT => self.last_identity = wire::identity(request).or(self.last_identity.take()),
            wire::SYNC_GROUP => self.generations.extend(wire::generation(request)),
            _ => {}
        }
    }

    /// The trap, if this request springs it.
    pub(super) fn take_trap(&mut self, request: &[u8]) -> Option<Trap> {
        self.trap.take_if(|trap| {
            let is_step = wire::api_key(request) == trap.step.api_key();
            let is_meant = trap.step != Step::Produce || wire::is_transactional(request);
            is_step && is_meant && wire::contains(request, trap.whose.as_bytes())
        })
    }
}

impl Step {
    fn api_key(self) -> i16 {
        match self {
            Self::Produce => wire::PRODUCE,
            Self::OffsetCommit => wire::TXN_OFFSET_COMMIT,
            Self::End => wire::END_TXN,
        }
    }
}

pub(super) fn close(stream: &TcpStream) {
    // An error means that it is closed already.
    let _ = stream.shutdown(Shutdown::Both);
}
