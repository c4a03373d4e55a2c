//! Waiting for the end of submitted invoices.
//!
//! A status alone does not do: it may be of an earlier run, before admission has seen the new request. So the
//! history must first say what became of the request itself, and which run it belongs to.

use crate::Error;
use contract::history::EventKind;
use contract::{Code, Coordinates, HistoryEvent, InvoiceId, Status, Topics};
use std::collections::{HashMap, HashSet};
use stream::client::ClientSettings;
use stream::publish::Receipt;
use stream::read::{self, Feed, Record, Start};
use tokio::time::Instant;

/// Follows the pipeline; to be opened before anything is submitted.
#[derive(Debug)]
pub struct Outcomes {
    kafka: ClientSettings,
    topics: Topics,
    statuses: Feed,
    history: Feed,
    waiting: Waiting,
}

/// How a submitted invoice ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Ended(InvoiceId, Box<Status>),
    /// The request was refused before admission.
    Rejected(InvoiceId, Option<Code>),
}

/// Submitted invoices that have not ended. Pure.
#[derive(Debug, Default)]
struct Waiting {
    ids: HashSet<InvoiceId>,
    requests: HashMap<Coordinates, InvoiceId>,
    /// The run that answers each request.
    runs: HashMap<InvoiceId, u32>,
    latest: HashMap<InvoiceId, Status>,
}

/// What an event meant for the waiting.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Nothing,
    /// The request joined a run that may have ended before we looked.
    Look(InvoiceId),
    Outcome(Outcome),
}

impl Outcomes {
    /// # Errors
    /// When the topics cannot be followed.
    pub async fn follow(kafka: &ClientSettings, topics: &Topics) -> Result<Self, Error> {
        let statuses = read::follow(kafka, &topics.status(), Start::End).await?;
        let history = read::follow(kafka, &topics.history(), Start::End).await?;
        Ok(Self { kafka: kafka.clone(), topics: topics.clone(), statuses, history, waiting: Waiting::default() })
    }

    /// Waits for these, too.
    pub fn expect(&mut self, receipts: impl IntoIterator<Item = Receipt>) {
        for receipt in receipts {
            self.waiting.expect(receipt);
        }
    }

    /// How many have not ended.
    #[must_use]
    pub fn left(&self) -> usize {
        self.waiting.left()
    }

    /// The next of the expected invoices to end; `None` when all have or `deadline` is over.
    ///
    /// # Errors
    /// When the topics cannot be followed any more.
    pub async fn next(&mut self, deadline: Instant) -> Result<Option<Outcome>, Error> {
        while self.waiting.left() > 0 {
            let mut step = tokio::select! {
                record = self.statuses.next() => self.waiting.on_status(&record.ok_or(Error::Ended)??),
                record = self.history.next() => self.waiting.on_history(&record.ok_or(Error::Ended)??),
                () = tokio::time::sleep_until(deadline) => break,
            };
            if let Step::Look(id) = step {
                let status = read::latest_status(&self.kafka, &self.topics, &id).await?;
                step = status.map_or(Step::Nothing, |status| self.waiting.take(id, status));
            }
            if let Step::Outcome(outcome) = step {
                return Ok(Some(outcome));
            }
        }
        Ok(None)
    }
}

impl Waiting {
    fn expect(&mut self, receipt: Receipt) {
        self.ids.insert(receipt.invoice_id.clone());
        self.requests.insert(receipt.record, receipt.invoice_id);
    }

    /// Requests that are not answered, and invoices that have not ended.
    fn left(&self) -> usize {
        self.requests.len() + self.runs.len()
    }

    fn on_status(&mut self, record: &Record) -> Step {
        let status = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
        match (record.invoice_id(), status) {
            (Some(id), Some(status)) => self.take(id, status),
            _ => Step::Nothing,
        }
    }

    fn on_history(&mut self, record: &Record) -> Step {
        match record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok()) {
            Some(event) => self.answer(event),
            None => Step::Nothing,
        }
    }

    fn take(&mut self, id: InvoiceId, status: Status) -> Step {
        if !self.ids.contains(&id) {
            return Step::Nothing;
        }
        if self.latest.get(&id).is_none_or(|have| (have.run, have.at_ms) <= (status.run, status.at_ms)) {
            self.latest.insert(id.clone(), status);
        }
        self.finish(id)
    }

    fn answer(&mut self, event: HistoryEvent) -> Step {
        let Some(id) = self.requests.remove(&event.record) else { return Step::Nothing };
        if event.invoice_id != id {
            return Step::Outcome(Outcome::Rejected(id, event.code));
        }
        // A duplicate joins whatever run there is.
        let run = if event.kind == EventKind::Duplicate { 0 } else { event.run };
        let answered = self.runs.entry(id.clone()).or_default();
        *answered = run.max(*answered);
        match self.finish(id.clone()) {
            Step::Nothing if !self.latest.contains_key(&id) => Step::Look(id),
            step => step,
        }
    }

    fn finish(&mut self, id: InvoiceId) -> Step {
        let (Some(run), Some(status)) = (self.runs.get(&id), self.latest.get(&id)) else { return Step::Nothing };
        if status.run < *run || !status.state.is_terminal() {
            return Step::Nothing;
        }
        let status = Box::new(status.clone());
        self.runs.remove(&id);
        Step::Outcome(Outcome::Ended(id, status))
    }
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
