//! The publishers of a storm: sends what the plan says when it says so, and keeps what was acknowledged.

use super::submissions::Submission;
use crate::audit::Published;
use crate::{Sandbox, World};
use contract::stages::Control;
use contract::{Command, Coordinates, Headers, InvoiceId, Request, Stage, Topics};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use stream::publish::Publisher;
use tokio::task::JoinSet;

/// A publisher's patience outlasts two broker outages in a row on a slow machine: whether a record that was given up
/// is stored, nobody could say.
const PATIENCE: (&str, &str) = ("message.timeout.ms", "120000");

/// Sends, and remembers. Cloning shares the memory.
#[derive(Debug, Clone)]
pub(super) struct Press {
    publisher: Publisher,
    topics: Topics,
    schedule: Arc<[(Duration, Prepared)]>,
    sent: Arc<Mutex<Sent>>,
}

/// What publishers were told is stored.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    pub(super) published: Vec<Published>,
    /// Invoices that somebody asked for.
    pub(super) ids: HashSet<InvoiceId>,
    /// Records that the gate must answer where they stand.
    pub(super) answerable: Vec<Coordinates>,
}

impl Press {
    pub(super) fn new(world: &World, schedule: Vec<(Duration, Submission)>) -> Self {
        let prepared = |(at, submission)| (at, Prepared::of(submission, &world.sandbox));
        let publisher = Publisher::with_properties(&world.kafka, world.topics.clone(), &[PATIENCE]);
        Self {
            publisher: publisher.expect("a publisher can be made"),
            topics: world.topics.clone(),
            schedule: schedule.into_iter().map(prepared).collect(),
            sent: Arc::default(),
        }
    }

    pub(super) fn sent(&self) -> Sent {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends the whole schedule.
    ///
    /// # Panics
    /// When the cluster does not take a record within two minutes.
    pub(super) async fn send_all(self, began: Instant) {
        let mut sending = JoinSet::new();
        for (at, prepared) in self.schedule.iter().cloned() {
            let sender = self.clone();
            sending.spawn(async move {
                tokio::time::sleep_until((began + at).into()).await;
                sender.send(prepared).await;
            });
        }
        sending.join_all().await;
    }

    /// Asks for an invoice as our publisher does.
    pub(super) async fn request(&self, request: Request) {
        self.send(Prepared::Request(request)).await;
    }

    pub(super) async fn command(&self, command: &Command) {
        let at = self.publisher.command(command).await.expect("the cluster takes a command");
        let value = serde_json::to_vec(command).expect("a command is JSON");
        self.note(at, value, None, true);
    }

    /// Pauses a stage or resumes it.
    pub(super) async fn control(&self, stage: Stage, paused: bool) {
        let control = Control { stage, paused, actor: "storm".to_owned(), reason: None, at_ms: 0 };
        self.publisher.control(&control).await.expect("the cluster takes a word about a stage");
    }

    async fn send(&self, prepared: Prepared) {
        match prepared {
            Prepared::Request(request) => {
                let receipt = self.publisher.submit(&request).await.expect("the cluster takes a request");
                let value = serde_json::to_vec(&request).expect("a request is JSON");
                self.note(receipt.record, value, Some(receipt.invoice_id), true);
            }
            Prepared::Raw { key, value, id } => {
                let topic = self.topics.main(Stage::FetchExtract);
                let sent = self.publisher.raw(&topic, key.as_deref(), &value, &Headers::default()).await;
                let at = sent.expect("the cluster takes a record");
                let answerable = id.is_none();
                self.note(at, value, id, answerable);
            }
        }
    }

    fn note(&self, at: Coordinates, value: Vec<u8>, id: Option<InvoiceId>, answerable: bool) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.ids.extend(id);
        if answerable {
            sent.answerable.push(at.clone());
        }
        sent.published.push(Published { at, value });
    }
}

/// A submission with the addresses of this run.
#[derive(Debug, Clone)]
enum Prepared {
    Request(Request),
    Raw { key: Option<Vec<u8>>, value: Vec<u8>, id: Option<InvoiceId> },
}

impl Prepared {
    fn of(submission: Submission, sandbox: &Sandbox) -> Self {
        match submission {
            Submission::Request(wanted) => Self::Request(wanted.request(sandbox)),
            Submission::Foreign(wanted, key) => {
                let request = wanted.request(sandbox);
                let url = contract::url::CanonicalUrl::parse(&request.pdf_url).expect("a URL of the sandbox");
                let id = request.invoice_id.clone().unwrap_or_else(|| url.invoice_id());
                let value = serde_json::to_vec(&request).expect("a request is JSON");
                Self::Raw { key: key.map(|key| key.as_bytes().to_vec()), value, id: Some(id) }
            }
            Submission::Poison { key, value } => {
                Self::Raw { key: key.map(<[u8]>::to_vec), value: value.to_vec(), id: None }
            }
        }
    }
}
