//! Waiting for the end of submitted invoices.
//!
//! A status alone does not do: it may be of an earlier run, before admission has seen the new request. So the
//! history must first say what became of the request itself, and which run it belongs to.

use crate::context::Context;
use contract::history::EventKind;
use contract::{Code, Coordinates, HistoryEvent, InvoiceId, Status};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use stream::publish::Receipt;
use stream::read::{self, Feed, Record, Start};

/// Follows the pipeline; to be opened before anything is submitted.
pub(crate) struct Outcomes {
    statuses: Feed,
    history: Feed,
}

/// How a submitted invoice ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
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
    pub(crate) async fn follow(context: &Context) -> anyhow::Result<Self> {
        let statuses = read::follow(&context.kafka, &context.topics.status(), Start::End).await?;
        let history = read::follow(&context.kafka, &context.topics.history(), Start::End).await?;
        Ok(Self { statuses, history })
    }

    /// Calls `ended` for each invoice as it ends; returns how many have not when `patience` is over.
    pub(crate) async fn until_ended(
        mut self,
        context: &Context,
        receipts: Vec<Receipt>,
        patience: Duration,
        mut ended: impl FnMut(Outcome) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let deadline = tokio::time::Instant::now() + patience;
        let mut waiting = Waiting::new(receipts);
        while waiting.left() > 0 {
            let mut step = tokio::select! {
                record = self.statuses.next() => waiting.on_status(&expect(record)?),
                record = self.history.next() => waiting.on_history(&expect(record)?),
                () = tokio::time::sleep_until(deadline) => break,
            };
            if let Step::Look(id) = step {
                let status = read::latest_status(&context.kafka, &context.topics, &id).await?;
                step = status.map_or(Step::Nothing, |status| waiting.take(id, status));
            }
            if let Step::Outcome(outcome) = step {
                ended(outcome)?;
            }
        }
        Ok(waiting.left())
    }
}

fn expect(record: Option<Result<Record, read::Error>>) -> anyhow::Result<Record> {
    record.ok_or_else(|| anyhow::anyhow!("the connection to Kafka has ended"))?.map_err(Into::into)
}

impl Waiting {
    fn new(receipts: Vec<Receipt>) -> Self {
        let ids = receipts.iter().map(|receipt| receipt.invoice_id.clone()).collect();
        let requests = receipts.into_iter().map(|receipt| (receipt.record, receipt.invoice_id)).collect();
        Self { ids, requests, ..Self::default() }
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
