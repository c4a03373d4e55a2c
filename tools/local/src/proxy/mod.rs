//! A TCP proxy in front of one broker that can break a connection at a chosen request.
//!
//! It understands frames, so that it knows which step of which transaction is under way, and it rewrites the broker's
//! address in answers, so that a client never goes around it. It is for one broker on loopback and nothing else: no
//! TLS, and never anything but whole frames, byte for byte, unless a trap says otherwise.

mod connection;
mod state;
mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use state::Shared;
pub use wire::Identity;

/// How long anything that should happen at once is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The step of a transaction that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A record of the transaction is written.
    Produce,
    /// The records are written; offsets are added to the transaction.
    OffsetCommit,
    /// The transaction is ended.
    End,
}

/// What becomes of the request of that step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cut {
    /// The broker never sees the request.
    RequestLost,
    /// The broker has carried it out; the client never sees the answer.
    ReplyLost,
    /// The client's connection breaks, the request is on its way and arrives when it is released.
    RequestLate,
}

/// Whom the cut reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The connection of that request; its client can connect again at once.
    Connection,
    /// All connections; new ones are refused until [`Proxy::restore`].
    Everyone,
}

/// A cut that waits for its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    pub step: Step,
    pub cut: Cut,
    pub reach: Reach,
    /// Only for a transactional id that contains this; empty means any.
    pub whose: String,
}

/// A running proxy. Dropping it closes its connections.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
}

/// Ends an outage while the client is busy with it.
#[derive(Debug)]
pub struct Healer {
    shared: Arc<Shared>,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 in front of `broker` (`host:port`), which need not run yet.
    ///
    /// # Errors
    /// If the broker has no IPv4 address or no port is free.
    pub fn start(broker: &str) -> io::Result<Self> {
        let no_address = || io::Error::other("the broker has no IPv4 address");
        let upstream = broker.to_socket_addrs()?.find(SocketAddr::is_ipv4).ok_or_else(no_address)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let shared = Arc::new(Shared::new(upstream, listener.local_addr()?.port()));
        let accepting = Arc::clone(&shared);
        thread::spawn(move || connection::accept(&accepting, &listener));
        Ok(Self { shared })
    }

    /// `127.0.0.1:PORT`, for clients.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.shared.port)
    }

    /// Breaks the next request that the trap is for.
    pub fn trap(&self, trap: Trap) {
        let mut state = self.shared.lock();
        state.trap = Some(trap);
        state.sprung = false;
    }

    /// Whether the trap that was set last has sprung.
    pub fn has_sprung(&self) -> bool {
        self.shared.lock().sprung
    }

    /// Takes the trap away; returns whether it has sprung before that.
    pub fn disarm(&self) -> bool {
        let mut state = self.shared.lock();
        state.trap = None;
        state.sprung
    }

    /// Something that restores the network from another thread.
    pub fn healer(&self) -> Healer {
        Healer { shared: Arc::clone(&self.shared) }
    }

    /// Lets clients connect again.
    pub fn restore(&self) {
        self.shared.lock().down = false;
    }

    /// Delivers the late request and returns the broker's error code, if it was one that ends a transaction.
    ///
    /// # Errors
    /// If no request is held, or the broker does not answer it.
    pub fn release(&self) -> io::Result<Option<i16>> {
        let held = self.shared.lock().held.take();
        let mut held = held.ok_or_else(|| io::Error::other("no request is held"))?;
        wire::write_frame(&mut held.upstream, &held.request)?;
        self.shared.wait(|state| state.late_answer.is_some())?;
        let answer = self.shared.lock().late_answer.take().unwrap_or_default();
        Ok(if wire::api_key(&held.request) == wire::END_TXN { wire::end_txn_error(&answer) } else { None })
    }

    /// Forgets the late request, as a network that dropped it would.
    pub fn discard(&self) {
        self.shared.lock().held = None;
    }

    /// Holds all traffic back, or lets it flow again; connections stay open.
    pub fn pause(&self, paused: bool) {
        self.shared.lock().paused = paused;
        self.shared.changed.notify_all();
    }

    /// The member behind the latest transactional offset commit.
    pub fn last_identity(&self) -> Option<Identity> {
        self.shared.lock().last_identity.clone()
    }

    /// How many generations all consumer groups together have had.
    pub fn generations(&self) -> usize {
        self.shared.lock().generations.len()
    }
}

impl Healer {
    /// Waits for the trap to spring, then for the outage to have lasted.
    ///
    /// # Errors
    /// If the trap does not spring.
    pub fn heal_after(&self, outage: Duration) -> io::Result<()> {
        self.shared.wait(|state| state.sprung)?;
        thread::sleep(outage);
        self.shared.lock().down = false;
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.pause(false);
        self.shared.lock().closed = true;
        self.shared.cut_everyone();
        // The accepting thread looks at `closed` when the next client comes.
        let _ = TcpStream::connect(self.address());
    }
}
