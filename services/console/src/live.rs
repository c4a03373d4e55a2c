//! What happens, told to whoever listens: to streams of server-sent events, and to those who wait for the end of an invoice.
//!
//! Ten times a second what has happened is put into one frame, which all streams share; of several changes of an invoice it
//! holds the last. A stream that cannot keep up misses frames, and is told the latest of what it missed. So a change costs the same
//! with one stream as with hundreds, and a slow one costs the others nothing.

use crate::metrics::Metrics;
use crate::stages::Stages;
use crate::view::{Change, Invoice, View};
use axum::body::Bytes;
use contract::InvoiceId;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// How often streams are told.
const FRAME_EVERY: Duration = Duration::from_millis(100);
/// How often streams are told of the stages, at most.
const STAGES_EVERY: Duration = Duration::from_secs(1);
/// Frames that a stream may be behind before it is given the latest of all that it missed.
const FRAMES_KEPT: usize = 16;
/// Invoices whose latest change is kept for streams that are behind; one that is further behind loads its page anew.
const CHANGES_KEPT: usize = 10_000;

/// The hub. Cloning is cheap; all clones are one.
#[derive(Debug, Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    frames: broadcast::Sender<Arc<Frame>>,
    recent: Mutex<Recent>,
    waiters: Mutex<HashMap<InvoiceId, watch::Sender<Option<Arc<Invoice>>>>>,
    metrics: Metrics,
}

/// What happened in a tenth of a second.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Which change of all was the last in it.
    pub(crate) upto: u64,
    /// The events as they go to streams that want all.
    pub(crate) all: Bytes,
    /// The same one by one, with the invoice that each is about.
    pub(crate) events: Vec<Event>,
}

/// One server-sent event, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) about: Subject,
    pub(crate) text: Bytes,
}

/// What an event is about; of several about the same, the last is enough.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Invoice(InvoiceId),
    Letters,
    Stages,
    Everything,
}

/// The latest change of each subject, in the order of the changes.
#[derive(Debug, Default)]
struct Recent {
    next: u64,
    /// Changes before this one may be forgotten.
    complete_from: u64,
    by_place: BTreeMap<u64, Event>,
    place_of: HashMap<Subject, u64>,
    /// What the next frame begins with.
    framed: u64,
}

/// The word that an invoice is watched; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    live: Live,
    id: InvoiceId,
    /// The latest state since the beginning; `None` at first, and when it must be read anew.
    pub(crate) states: watch::Receiver<Option<Arc<Invoice>>>,
}

impl Live {
    /// Begins to tell what the view tells, for as long as the runtime runs.
    #[must_use]
    pub fn start(view: &View, stages: &Stages, metrics: Metrics) -> Self {
        let (frames, _) = broadcast::channel(FRAMES_KEPT);
        let inner = Inner { frames, recent: Mutex::default(), waiters: Mutex::default(), metrics };
        let live = Self { inner: Arc::new(inner) };
        tokio::spawn(live.clone().listen(view.changes()));
        tokio::spawn(live.clone().tell_stages(stages.clone()));
        tokio::spawn(live.clone().frame());
        live
    }

    /// Frames from now on, and the place of the last change before them.
    pub(crate) fn frames(&self) -> (broadcast::Receiver<Arc<Frame>>, u64) {
        let recent = self.recent();
        (self.inner.frames.subscribe(), recent.framed)
    }

    /// Where the last frame ended.
    pub(crate) fn place(&self) -> u64 {
        self.recent().framed
    }

    /// The latest of everything since that place and where that leads to; `None` if not all of it is known any more.
    pub(crate) fn since(&self, place: u64) -> Option<(Vec<Event>, u64)> {
        let recent = self.recent();
        let known = place >= recent.complete_from;
        known.then(|| {
            (recent.by_place.range(place..recent.framed).map(|(_, event)| event.clone()).collect(), recent.framed)
        })
    }

    pub(crate) fn watch(&self, id: &InvoiceId) -> Watch {
        let mut waiters = self.waiters();
        let sender = waiters.entry(id.clone()).or_insert_with(|| watch::Sender::new(None));
        Watch { live: self.clone(), id: id.clone(), states: sender.subscribe() }
    }

    async fn listen(self, mut changes: broadcast::Receiver<Change>) {
        loop {
            match changes.recv().await {
                Ok(change) => self.take(change),
                Err(RecvError::Lagged(_)) => self.everything(),
                Err(RecvError::Closed) => break,
            }
        }
    }

    async fn tell_stages(self, stages: Stages) {
        let mut changes = stages.changes();
        while changes.changed().await.is_ok() {
            changes.borrow_and_update();
            let report = stages.report(chrono::Utc::now().timestamp_millis());
            self.note(Subject::Stages, "stages", &report);
            tokio::time::sleep(STAGES_EVERY).await;
        }
    }

    fn take(&self, change: Change) {
        self.inner.metrics.changed(1);
        match change {
            Change::Invoice(invoice) => {
                self.note(Subject::Invoice(invoice.invoice_id.clone()), "invoice", &*invoice);
                if let Some(waiter) = self.waiters().get(&invoice.invoice_id) {
                    waiter.send_replace(Some(Arc::clone(&invoice)));
                }
            }
            Change::Removed(id) => {
                self.note(Subject::Invoice(id.clone()), "removed", &Removed { invoice_id: &id });
                if let Some(waiter) = self.waiters().get(&id) {
                    waiter.send_replace(None);
                }
            }
            Change::Letters => self.note(Subject::Letters, "dead_letters", &Nothing {}),
            Change::CaughtUp | Change::Rebuilding => self.everything(),
        }
    }

    /// What was told may be wrong: whoever shows something reads it anew.
    fn everything(&self) {
        self.recent().note(Event::reload());
        for waiter in self.waiters().values() {
            waiter.send_replace(None);
        }
    }

    fn note(&self, about: Subject, name: &str, data: &impl Serialize) {
        let data = serde_json::to_string(data).unwrap_or_default();
        let text = Bytes::from(format!("event: {name}\ndata: {data}\n\n"));
        self.recent().note(Event { about, text });
    }

    async fn frame(self) {
        let mut ticks = tokio::time::interval(FRAME_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let mut recent = self.recent();
            if let Some(frame) = recent.frame() {
                // Told while nobody can begin to listen, so that every listener has it either as a frame or as what was before.
                self.inner.frames.send(Arc::new(frame)).ok();
            }
        }
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.inner.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiters(&self) -> MutexGuard<'_, HashMap<InvoiceId, watch::Sender<Option<Arc<Invoice>>>>> {
        self.inner.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut waiters = self.live.waiters();
        // This one still counts.
        if waiters.get(&self.id).is_some_and(|sender| sender.receiver_count() <= 1) {
            waiters.remove(&self.id);
        }
    }
}

impl Recent {
    fn note(&mut self, event: Event) {
        if let Some(earlier) = self.place_of.insert(event.about.clone(), self.next) {
            self.by_place.remove(&earlier);
        }
        self.by_place.insert(self.next, event);
        self.next += 1;
        while self.by_place.len() > CHANGES_KEPT {
            let Some((place, event)) = self.by_place.pop_first() else { break };
            self.place_of.remove(&event.about);
            self.complete_from = place + 1;
        }
    }

    /// What has happened since the last frame.
    fn frame(&mut self) -> Option<Frame> {
        let is_whole = self.complete_from <= self.framed;
        let events: Vec<Event> = match is_whole {
            true => self.by_place.range(self.framed..).map(|(_, event)| event.clone()).collect(),
            false => vec![Event::reload()],
        };
        self.framed = self.next;
        let all = events.iter().map(|event| &event.text[..]).collect::<Vec<_>>().concat().into();
        (!events.is_empty()).then_some(Frame { upto: self.next, all, events })
    }
}

impl Event {
    /// Asks whoever shows something to read it anew.
    pub(crate) fn reload() -> Self {
        Self { about: Subject::Everything, text: Bytes::from_static(b"event: reload\ndata: {}\n\n") }
    }
}

#[derive(Serialize)]
struct Removed<'a> {
    invoice_id: &'a InvoiceId,
}

#[derive(Serialize)]
struct Nothing {}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
