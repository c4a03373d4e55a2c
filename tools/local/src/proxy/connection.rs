//! A client's connection: two threads that carry frames, and what a sprung trap does to them.

use std::collections::HashSet;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::state::{Held, Shared, close};
use super::wire;
use super::{Cut, Reach, Trap};

/// Takes clients until the proxy is closed.
pub(super) fn accept(shared: &Arc<Shared>, listener: &TcpListener) {
    for client in listener.incoming().flatten() {
        let state = shared.lock();
        if state.closed {
            return;
        }
        let down = state.down;
        drop(state);
        if !down {
            // A client that is dropped here sees its connection closed, as behind a network that is down.
            let _ = connect(shared, client);
        }
    }
}

fn connect(shared: &Arc<Shared>, client: TcpStream) -> io::Result<()> {
    let upstream = TcpStream::connect(shared.upstream)?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    shared.lock().clients.push(client.try_clone()?);
    let connection = Arc::new(Connection { shared: Arc::clone(shared), awaited: Mutex::default() });
    let (requests, answers) = (Arc::clone(&connection), connection);
    let (client_too, upstream_too) = (client.try_clone()?, upstream.try_clone()?);
    // A pump ends with an error when either side is closed; there is nobody to tell.
    thread::spawn(move || requests.pump_requests(client, upstream));
    thread::spawn(move || answers.pump_answers(upstream_too, client_too));
    Ok(())
}

struct Connection {
    shared: Arc<Shared>,
    awaited: Mutex<Awaited>,
}

/// Answers that are not just passed on, by correlation id.
#[derive(Default)]
struct Awaited {
    /// They name the broker's address.
    addresses: HashSet<i32>,
    /// The connection's fate depends on it.
    fateful: Option<Fateful>,
}

#[derive(Clone, Copy)]
struct Fateful {
    correlation: i32,
    late: bool,
    reach: Reach,
}

impl Connection {
    fn pump_requests(&self, mut client: TcpStream, mut upstream: TcpStream) -> io::Result<()> {
        loop {
            let request = wire::read_frame(&mut client).inspect_err(|_| close(&upstream))?;
            let mut state = self.shared.unpaused();
            state.note(&request);
            let trap = state.take_trap(&request);
            drop(state);
            let correlation = wire::request_correlation(&request);
            if wire::asks_for_addresses(&request) {
                self.awaited().addresses.insert(correlation);
            }
            let Some(Trap { cut, reach, .. }) = trap else {
                wire::write_frame(&mut upstream, &request)?;
                continue;
            };
            match cut {
                Cut::RequestLost => {
                    self.sever(reach, &client);
                    close(&upstream);
                    return Ok(());
                }
                Cut::ReplyLost => {
                    self.awaited().fateful = Some(Fateful { correlation, late: false, reach });
                    wire::write_frame(&mut upstream, &request)?;
                }
                Cut::RequestLate => {
                    self.awaited().fateful = Some(Fateful { correlation, late: true, reach });
                    self.shared.lock().held = Some(Held { upstream, request });
                    self.sever(reach, &client);
                    return Ok(());
                }
            }
        }
    }

    fn pump_answers(&self, mut upstream: TcpStream, mut client: TcpStream) -> io::Result<()> {
        loop {
            let mut answer = wire::read_frame(&mut upstream).inspect_err(|_| close(&client))?;
            drop(self.shared.unpaused());
            let correlation = wire::response_correlation(&answer);
            let names_addresses = self.awaited().addresses.remove(&correlation);
            let fateful = self.awaited().fateful;
            match fateful {
                Some(fateful) if fateful.correlation == correlation && fateful.late => {
                    self.shared.lock().late_answer = Some(answer);
                    self.shared.changed.notify_all();
                    close(&upstream);
                    return Ok(());
                }
                Some(fateful) if fateful.correlation == correlation => {
                    self.sever(fateful.reach, &client);
                    close(&upstream);
                    return Ok(());
                }
                // What was under way on the connection of a late request goes nowhere.
                Some(Fateful { late: true, .. }) => {}
                _ => {
                    if names_addresses {
                        wire::redirect(&mut answer, self.shared.upstream.port(), self.shared.port);
                    }
                    wire::write_frame(&mut client, &answer)?;
                }
            }
        }
    }

    fn sever(&self, reach: Reach, client: &TcpStream) {
        match reach {
            Reach::Everyone => self.shared.cut_everyone(),
            Reach::Connection => {
                close(client);
                self.shared.cut_one();
            }
        }
    }

    fn awaited(&self) -> MutexGuard<'_, Awaited> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
