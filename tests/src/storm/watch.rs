//! What the topics say while the storm goes on: for knowing when it is over, and what a strike put at risk.

use crate::audit;
use contract::{Coordinates, HistoryEvent, InvoiceId, Status, Topics};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use stream::client::ClientSettings;
use stream::read::{self, Record, Start};
use tokio::sync::watch;

/// How soon a reading is begun again that the broker's death has ended.
const AGAIN: Duration = Duration::from_millis(100);

/// A summary that only grows more true.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Invoices whose latest state is an end.
    pub(super) ended: HashSet<InvoiceId>,
    /// Records that have been settled.
    pub(super) settled: HashSet<Coordinates>,
    /// Committed settlements that used an answer of the language model, by invoice.
    pub(super) used: HashMap<InvoiceId, u64>,
}

/// Follows states and history for as long as the answer is kept.
pub(super) fn watch(kafka: &ClientSettings, topics: &Topics) -> watch::Receiver<Seen> {
    let (sender, receiver) = watch::channel(Seen::default());
    let (states, events) = (sender.clone(), sender);
    let (kafka, status, history) = (kafka.clone(), topics.status(), topics.history());
    let settings = kafka.clone();
    tokio::spawn(async move {
        let closed = states.clone();
        tokio::select! {
            () = closed.closed() => {}
            () = follow(&settings, &status, |record| take_state(&states, &record)) => {}
        }
    });
    tokio::spawn(async move {
        let closed = events.clone();
        tokio::select! {
            () = closed.closed() => {}
            () = follow(&kafka, &history, |record| take_event(&events, &record)) => {}
        }
    });
    receiver
}

/// Hands over every committed record of a topic once, over any number of broken readings, without end.
pub(super) async fn follow(kafka: &ClientSettings, topic: &str, mut take: impl FnMut(Record)) {
    let mut next: HashMap<i32, i64> = HashMap::new();
    loop {
        if let Ok(mut feed) = read::follow(kafka, topic, Start::Beginning).await {
            while let Some(Ok(record)) = feed.next().await {
                let expected = next.entry(record.partition).or_default();
                if record.offset >= *expected {
                    *expected = record.offset + 1;
                    take(record);
                }
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

fn take_state(seen: &watch::Sender<Seen>, record: &Record) {
    let id = record.invoice_id().expect("a status is keyed by an invoice id");
    let status: Status = serde_json::from_slice(record.value.as_deref().unwrap_or_default()).expect("a status");
    seen.send_modify(|seen| {
        if status.state.is_terminal() {
            seen.ended.insert(id)
        } else {
            seen.ended.remove(&id)
        };
    });
}

fn take_event(seen: &watch::Sender<Seen>, record: &Record) {
    let event: HistoryEvent = serde_json::from_slice(record.value.as_deref().unwrap_or_default()).expect("an event");
    seen.send_modify(|seen| {
        if audit::used_an_answer(&event) {
            *seen.used.entry(event.invoice_id).or_default() += 1;
        }
        seen.settled.insert(event.record);
    });
}
