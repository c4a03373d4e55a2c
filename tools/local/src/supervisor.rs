//! Restarts services that die, as Kubernetes would, and knows where each one listens now.
//!
//! Never judges why a service died, and never kills one that lives: a service that is not ready is its own affair.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::backoff::Backoff;
use crate::error::Result;
use crate::http;
use crate::process::{Launch, Process};

const POLL: Duration = Duration::from_millis(50);
/// A service that dies this often before it was ever ready has a mistake that no restart mends.
const HOPELESS: u32 = 3;

/// Where a supervised service is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    pub name: String,
    /// Of its latest process, which may have ended a moment ago.
    pub pid: u32,
    /// Its admin server; `None` until it has bound the port.
    pub admin: Option<String>,
    /// How often it was started again.
    #[serde(skip)]
    pub restarts: u32,
}

/// Keeps services running until it is stopped or dropped.
#[derive(Debug)]
pub struct Supervisor {
    slots: Arc<Mutex<Vec<Slot>>>,
    stopping: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Starts all services at once. `changed` is called with all of them whenever one has moved, first of all when
    /// they have just been started.
    pub fn start(launches: Vec<Launch>, changed: impl Fn(&[Service]) + Send + 'static) -> Result<Self> {
        let slots = launches.into_iter().map(Slot::start).collect::<Result<Vec<_>>>()?;
        let slots = Arc::new(Mutex::new(slots));
        let stopping = Arc::new(AtomicBool::new(false));
        let watcher = thread::spawn({
            let (slots, stopping) = (Arc::clone(&slots), Arc::clone(&stopping));
            move || watch(&slots, &stopping, changed)
        });
        Ok(Self { slots, stopping, watcher: Some(watcher) })
    }

    pub fn services(&self) -> Vec<Service> {
        snapshot(&lock(&self.slots))
    }

    /// Waits until `/readyz` of every service answers 200.
    ///
    /// # Errors
    /// If that takes longer than `within`, or a service dies again and again; with the end of its log.
    pub fn wait_ready(&self, within: Duration) -> Result<()> {
        let deadline = Instant::now() + within;
        // No lock is held while something is waited for.
        let count = lock(&self.slots).len();
        for index in 0..count {
            while !self.is_ready(index) {
                self.check_hope(index, deadline, within)?;
                thread::sleep(POLL);
            }
        }
        Ok(())
    }

    /// SIGTERM to all at once, SIGKILL to those that still run after `grace`.
    pub fn stop(mut self, grace: Duration) -> Result<()> {
        self.end_watch();
        let deadline = Instant::now() + grace;
        let mut slots = lock(&self.slots);
        for slot in slots.iter_mut() {
            slot.process.request_end()?;
        }
        for slot in slots.iter_mut() {
            slot.process.end_within(deadline.saturating_duration_since(Instant::now()))?;
        }
        Ok(())
    }

    /// Asks without the lock, as an answer may take its time.
    fn is_ready(&self, index: usize) -> bool {
        let admin = lock(&self.slots)[index].admin.clone();
        admin.is_some_and(|admin| http::get(&format!("{admin}/readyz")).is_ok_and(|answer| answer.status == 200))
    }

    fn check_hope(&self, index: usize, deadline: Instant, within: Duration) -> Result<()> {
        let slot = &mut lock(&self.slots)[index];
        let hopeless = slot.is_hopeless() || Instant::now() >= deadline;
        if hopeless { Err(slot.process.missed("200 from /readyz", within)) } else { Ok(()) }
    }

    fn end_watch(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            let _ = watcher.join();
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.end_watch();
    }
}

/// One service over all its processes.
#[derive(Debug)]
struct Slot {
    launch: Launch,
    process: Process,
    admin: Option<String>,
    started: Instant,
    /// When the next process is due; `None` while one runs.
    due: Option<Instant>,
    backoff: Backoff,
    restarts: u32,
}

impl Slot {
    fn start(launch: Launch) -> Result<Self> {
        let process = Process::start(&launch)?;
        let (started, backoff) = (Instant::now(), Backoff::default());
        Ok(Self { launch, process, admin: None, started, due: None, backoff, restarts: 0 })
    }

    /// Notices a bound port, a death, and the end of a wait.
    fn tick(&mut self, now: Instant) {
        match self.due {
            None if self.process.exited().is_some() => {
                self.due = Some(now + self.backoff.next(now.saturating_duration_since(self.started)));
            }
            Some(due) if now >= due => self.restart(now),
            // The log is read only until the line is there: it may grow large.
            None if self.admin.is_none() => self.admin = self.process.printed("admin "),
            _ => {}
        }
    }

    /// If the binary cannot be started now, it is tried again as if it had died at once.
    fn restart(&mut self, now: Instant) {
        match Process::start(&self.launch) {
            Ok(process) => {
                self.process = process;
                self.admin = None;
                self.started = now;
                self.due = None;
                self.restarts += 1;
            }
            Err(_) => self.due = Some(now + self.backoff.next(Duration::ZERO)),
        }
    }

    fn is_hopeless(&self) -> bool {
        self.restarts >= HOPELESS && self.due.is_some()
    }
}

fn watch(slots: &Mutex<Vec<Slot>>, stopping: &AtomicBool, changed: impl Fn(&[Service])) {
    let mut known = Vec::new();
    while !stopping.load(Ordering::Relaxed) {
        let services = {
            let mut slots = lock(slots);
            let now = Instant::now();
            slots.iter_mut().for_each(|slot| slot.tick(now));
            snapshot(&slots)
        };
        if services != known {
            changed(&services);
            known = services;
        }
        thread::sleep(POLL);
    }
}

fn snapshot(slots: &[Slot]) -> Vec<Service> {
    let service = |slot: &Slot| Service {
        name: slot.launch.name.clone(),
        pid: slot.process.pid(),
        admin: slot.admin.clone(),
        restarts: slot.restarts,
    };
    slots.iter().map(service).collect()
}

/// A panic while the lock was held leaves every slot whole: each step above is one assignment.
fn lock(slots: &Mutex<Vec<Slot>>) -> MutexGuard<'_, Vec<Slot>> {
    slots.lock().unwrap_or_else(PoisonError::into_inner)
}
