//! The latest state of each invoice, from what the other topics say of it; pure.
//!
//! Made for the gate: whether an id was used, with which URL, and how its latest run ended. What a status says beyond
//! that (when a retry is due, what a failed run cost) is not in the history and is left out.

use contract::history::EventKind;
use contract::{Bill, Class, Code, Cost, HistoryEvent, InvoiceId, State, Status, code};
use std::collections::HashMap;

/// What is known so far. The history comes last, each partition in its order.
#[derive(Debug, Default)]
pub(crate) struct Rebuild {
    urls: HashMap<InvoiceId, String>,
    bills: HashMap<InvoiceId, (Bill, Cost)>,
    classes: HashMap<(InvoiceId, u32), Class>,
    latest: HashMap<InvoiceId, Latest>,
}

#[derive(Debug)]
struct Latest {
    status: Status,
    /// When the broker took the event, in milliseconds since 1970.
    taken_ms: i64,
}

impl Rebuild {
    /// The first request of an id is the one that claimed it.
    pub(crate) fn request(&mut self, id: InvoiceId, url_hash: String) {
        self.urls.entry(id).or_insert(url_hash);
    }

    pub(crate) fn posted(&mut self, id: InvoiceId, bill: Bill, cost: Cost) {
        self.bills.insert(id, (bill, cost));
    }

    pub(crate) fn dead_letter(&mut self, id: InvoiceId, run: u32, class: Class) {
        self.classes.insert((id, run), class);
    }

    pub(crate) fn event(&mut self, event: &HistoryEvent, taken_ms: i64) {
        let known = self.latest.get(&event.invoice_id);
        if known.is_some_and(|known| (known.status.run, known.taken_ms) > (event.run, taken_ms)) {
            return;
        }
        if let Some(status) = self.after(event, known.map(|known| &known.status)) {
            self.latest.insert(event.invoice_id.clone(), Latest { status, taken_ms });
        }
    }

    /// What is to be written, given the statuses that there are.
    pub(crate) fn finish(self, there: &HashMap<InvoiceId, Status>) -> Vec<(InvoiceId, Status)> {
        let age = |status: &Status| (status.run, status.at_ms);
        let rebuilt = self.latest.into_iter().map(|(id, latest)| (id, latest.status));
        rebuilt.filter(|(id, status)| there.get(id).is_none_or(|there| age(there) < age(status))).collect()
    }

    /// The status that the event's own settlement wrote; `None` when it wrote none.
    fn after(&self, event: &HistoryEvent, before: Option<&Status>) -> Option<Status> {
        let status = Status {
            run: event.run,
            stage: event.stage,
            state: State::Running,
            attempt: event.attempt,
            at_ms: event.at_ms,
            due_ms: None,
            code: event.code.clone(),
            url_hash: self.urls.get(&event.invoice_id).cloned().unwrap_or_default(),
            bill: None,
            cost_usd: None,
            model: None,
        };
        match event.kind {
            EventKind::Forwarded => Some(self.forwarded(event, status)),
            EventKind::Retried => Some(Status { state: State::Retrying, attempt: event.attempt + 1, ..status }),
            EventKind::DeadLettered if is_of_no_invoice(event) => None,
            EventKind::DeadLettered => {
                let class = self.classes.get(&(event.invoice_id.clone(), event.run)).copied();
                let class = class.or_else(|| usual_class(event.code.as_ref()));
                let state = if class == Some(Class::Review) { State::Review } else { State::Dead };
                Some(Status { state, ..status })
            }
            // A replay starts the run after that of the dead letter, where the dead letter stopped.
            EventKind::CommandAccepted => match before.filter(|before| before.run == event.run) {
                Some(before) => Some(Status { state: State::Discarded, stage: before.stage, ..status }),
                None => Some(Status { stage: before.map_or(event.stage, |before| before.stage), ..status }),
            },
            EventKind::Erased => {
                let stage = before.map_or(event.stage, |before| before.stage);
                Some(Status { stage, state: State::Erased, ..status })
            }
            EventKind::Duplicate | EventKind::StaleCommand | EventKind::StagePaused | EventKind::StageResumed => None,
        }
    }

    fn forwarded(&self, event: &HistoryEvent, status: Status) -> Status {
        match event.stage.next() {
            Some(stage) => Status { stage, attempt: 1, ..status },
            None => {
                let (bill, cost) = self.bills.get(&event.invoice_id).cloned().unzip();
                let (cost_usd, model) = cost.map(|cost| (cost.usd, cost.model)).unzip();
                Status { state: State::Posted, bill, cost_usd, model, ..status }
            }
        }
    }
}

/// Records that were refused before they had an invoice id of their own have no status.
fn is_of_no_invoice(event: &HistoryEvent) -> bool {
    event.invoice_id.as_str().starts_with(operations::REJECTED)
}

fn usual_class(code: Option<&Code>) -> Option<Class> {
    code::CATALOGUE.iter().find(|(known, _)| Some(known) == code).map(|(_, class)| *class)
}

#[cfg(test)]
#[path = "rebuild_tests.rs"]
mod tests;
