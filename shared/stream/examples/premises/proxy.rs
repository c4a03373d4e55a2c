//! A TCP proxy in front of one broker that can break a connection at a chosen request.
//!
//! It understands frames, so that it knows when a transaction is being ended, and it rewrites the broker's address
//! in responses, so that a client never goes around it. It is for one broker on loopback and nothing else.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::lab::{PATIENCE, Result};
use crate::member::lock;
use crate::wire::{self, Identity};

/// Where the connection breaks around the request that ends a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The broker never sees the request.
    RequestLost,
    /// The broker has carried it out; the client never sees the answer.
    ReplyLost,
    /// The client's connection breaks, the request is on its way and arrives when it is released.
    RequestLate,
}

pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: SocketAddr,
    port: u16,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    trap: Option<Cut>,
    sprung: bool,
    down: bool,
    paused: bool,
    closed: bool,
    clients: Vec<TcpStream>,
    held: Option<Held>,
    late_answer: Option<i16>,
    identities: Vec<Identity>,
}

/// A request that has left the client and not reached the broker.
struct Held {
    upstream: TcpStream,
    request: Vec<u8>,
}

impl Proxy {
    pub(crate) fn start(broker: &str) -> Result<Self> {
        let upstream = broker.to_socket_addrs()?.find(SocketAddr::is_ipv4).ok_or("the broker has no IPv4 address")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared { upstream, port, state: Mutex::default(), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accepting.accept(&listener));
        Ok(Self { port, shared })
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Breaks all connections at the next EndTxn, and refuses new ones until `restore`.
    pub(crate) fn trap(&self, cut: Cut) {
        let mut state = self.shared.lock();
        state.trap = Some(cut);
        state.sprung = false;
    }

    /// Something that restores the network from another thread.
    pub(crate) fn healer(&self) -> Healer {
        Healer { shared: Arc::clone(&self.shared) }
    }

    /// Lets clients connect again.
    pub(crate) fn restore(&self) {
        self.shared.lock().down = false;
    }

    /// Delivers the late request and returns the broker's error code for it.
    pub(crate) fn release(&self) -> Result<i16> {
        let mut held = self.shared.lock().held.take().ok_or("no request is held")?;
        wire::write_frame(&mut held.upstream, &held.request)?;
        self.shared.wait(|state| state.late_answer.is_some())?;
        Ok(self.shared.lock().late_answer.take().ok_or("the late request was not answered")?)
    }

    /// Forgets the late request, as a network that dropped it would.
    pub(crate) fn discard(&self) {
        self.shared.lock().held = None;
    }

    /// Holds all traffic back, or lets it flow again; connections stay open.
    pub(crate) fn pause(&self, paused: bool) {
        self.shared.lock().paused = paused;
        self.shared.changed.notify_all();
    }

    /// The member behind the latest transactional offset commit.
    pub(crate) fn last_identity(&self) -> Option<Identity> {
        self.shared.lock().identities.last().cloned()
    }
}

/// Ends an outage while the client is busy with it.
pub(crate) struct Healer {
    shared: Arc<Shared>,
}

impl Healer {
    /// Waits for the trap to spring, then for the outage to have lasted.
    pub(crate) fn heal_after(&self, outage: Duration) -> Result {
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
        self.shared.cut();
        // The accepting thread looks at `closed` when the next client comes.
        let _ = TcpStream::connect(self.address());
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn wait(&self, reached: impl Fn(&State) -> bool) -> Result {
        let waited = self.changed.wait_timeout_while(self.lock(), PATIENCE, |state| !reached(state));
        let (state, timeout) = waited.map_err(|_| "poisoned")?;
        drop(state);
        if timeout.timed_out() { Err("the proxy waited in vain".into()) } else { Ok(()) }
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming().flatten() {
            let state = self.lock();
            if state.closed {
                return;
            }
            let down = state.down;
            drop(state);
            // A client that is dropped here sees its connection closed, as behind a network that is down.
            if !down && let Err(error) = self.connect(client) {
                eprintln!("proxy: {error}");
            }
        }
    }

    fn connect(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        let upstream = TcpStream::connect(self.upstream)?;
        client.set_nodelay(true)?;
        upstream.set_nodelay(true)?;
        self.lock().clients.push(client.try_clone()?);
        let (requests, answers) = (Arc::clone(self), Arc::clone(self));
        let (client_too, upstream_too) = (client.try_clone()?, upstream.try_clone()?);
        let awaited = Arc::new(Mutex::new(None));
        let awaited_too = Arc::clone(&awaited);
        // A pump ends with an error when either side is closed; there is nobody to tell.
        thread::spawn(move || requests.pump_requests(client, upstream, &awaited));
        thread::spawn(move || answers.pump_answers(upstream_too, client_too, &awaited_too));
        Ok(())
    }

    fn pump_requests(
        &self,
        mut client: TcpStream,
        mut upstream: TcpStream,
        awaited: &Mutex<Option<Awaited>>,
    ) -> io::Result<()> {
        loop {
            let request = wire::read_frame(&mut client).inspect_err(|_| close(&upstream))?;
            let mut state = self.unpaused();
            if wire::api_key(&request) == wire::TXN_OFFSET_COMMIT {
                state.identities.extend(wire::identity(&request));
            }
            let cut = if wire::api_key(&request) == wire::END_TXN { state.trap.take() } else { None };
            let correlation = wire::request_correlation(&request);
            drop(state);
            match cut {
                None => wire::write_frame(&mut upstream, &request)?,
                Some(Cut::ReplyLost) => {
                    *lock(awaited) = Some(Awaited { correlation, late: false });
                    wire::write_frame(&mut upstream, &request)?;
                }
                Some(Cut::RequestLost) => {
                    self.cut();
                    close(&upstream);
                    return Ok(());
                }
                Some(Cut::RequestLate) => {
                    *lock(awaited) = Some(Awaited { correlation, late: true });
                    self.lock().held = Some(Held { upstream, request });
                    self.cut();
                    return Ok(());
                }
            }
        }
    }

    fn pump_answers(
        &self,
        mut upstream: TcpStream,
        mut client: TcpStream,
        awaited: &Mutex<Option<Awaited>>,
    ) -> io::Result<()> {
        loop {
            let mut answer = wire::read_frame(&mut upstream).inspect_err(|_| close(&client))?;
            drop(self.unpaused());
            match *lock(awaited) {
                Some(Awaited { correlation, late: false }) if correlation == wire::response_correlation(&answer) => {
                    self.cut();
                    return Ok(());
                }
                Some(Awaited { correlation, late: true }) if correlation == wire::response_correlation(&answer) => {
                    self.lock().late_answer = wire::end_txn_error(&answer);
                    self.changed.notify_all();
                    return Ok(());
                }
                // What was under way on the connection of a late request goes nowhere.
                Some(Awaited { late: true, .. }) => {}
                _ => {
                    wire::redirect(&mut answer, self.upstream.port(), self.port);
                    wire::write_frame(&mut client, &answer)?;
                }
            }
        }
    }

    /// Breaks every client's connection and refuses new ones.
    fn cut(&self) {
        let mut state = self.lock();
        state.down = true;
        state.sprung = true;
        state.clients.drain(..).for_each(|client| close(&client));
        self.changed.notify_all();
    }

    fn unpaused(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        while state.paused {
            state = self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        state
    }
}

/// The answer that a connection's fate depends on.
#[derive(Clone, Copy)]
struct Awaited {
    correlation: i32,
    late: bool,
}

fn close(stream: &TcpStream) {
    // An error means that it is closed already.
    let _ = stream.shutdown(Shutdown::Both);
}
