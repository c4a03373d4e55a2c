//! The book of calls: how many, with which outcome, for which invoice, how many at once.
//!
//! Tests read from it what the pipeline may claim: nothing paid twice, limits kept.

mod operations;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{endpoint::Endpoint, operation::Operation, window::Window, world::World};
use operations::Operations;

/// How a call ended, seen from the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Answered as asked (status below 400).
    Ok,
    /// Refused by the endpoint itself.
    Error,
    /// Ended by a scripted fault.
    Fault,
    /// The client went away before the answer.
    Abandoned,
}

#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Tally {
    ok: u64,
    error: u64,
    fault: u64,
    abandoned: u64,
}

#[derive(Debug)]
struct Traffic {
    tally: Tally,
    in_air: u64,
    peak_in_air: u64,
    minute: Window,
    peak_per_minute: usize,
}

/// Counts since the start or the last reset.
#[derive(Debug)]
pub(crate) struct Calls {
    minute: Duration,
    epoch: u64,
    endpoints: BTreeMap<Endpoint, Traffic>,
    invoices: BTreeMap<Endpoint, BTreeMap<String, Tally>>,
    operations: Operations,
    organization: Window,
    organization_calls: u64,
    organization_peak: usize,
}

/// What a call says of itself when it arrives.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) endpoint: Endpoint,
    pub(crate) operation: Operation,
    /// Its `X-Invoice-Id` header.
    pub(crate) invoice: Option<String>,
    /// What its outcome is booked under.
    pub(crate) key: Option<String>,
}

/// A call in the air; dropping it books its outcome.
#[derive(Debug)]
pub(crate) struct Ticket {
    world: World,
    epoch: u64,
    endpoint: Endpoint,
    key: Option<String>,
    outcome: Outcome,
}

impl Ticket {
    pub(crate) fn open(world: &World, arrival: Arrival, now: Instant) -> Self {
        let Arrival { endpoint, operation, invoice, key } = arrival;
        let mut calls = world.calls();
        calls.operations.count(endpoint, operation, invoice.as_deref());
        let epoch = calls.begin(endpoint, now);
        Self { world: world.clone(), epoch, endpoint, key, outcome: Outcome::Abandoned }
    }

    pub(crate) fn ended(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let key = self.key.take();
        self.world.calls().end(self.epoch, self.endpoint, key, self.outcome);
    }
}

impl Calls {
    pub(crate) fn new(minute: Duration) -> Self {
        Self {
            minute,
            epoch: 0,
            endpoints: BTreeMap::new(),
            invoices: BTreeMap::new(),
            operations: Operations::default(),
            organization: Window::new(minute),
            organization_calls: 0,
            organization_peak: 0,
        }
    }

    /// Forgets everything; calls still in the air are never booked.
    pub(crate) fn reset(&mut self) {
        *self = Self { epoch: self.epoch + 1, ..Self::new(self.minute) };
    }

    fn begin(&mut self, endpoint: Endpoint, now: Instant) -> u64 {
        let minute = self.minute;
        let traffic = self.endpoints.entry(endpoint).or_insert_with(|| Traffic::new(minute));
        traffic.in_air += 1;
        traffic.peak_in_air = traffic.peak_in_air.max(traffic.in_air);
        traffic.peak_per_minute = traffic.peak_per_minute.max(traffic.minute.push(now));
        if endpoint.is_zoho() {
            self.organization_calls += 1;
            self.organization_peak = self.organization_peak.max(self.organization.push(now));
        }
        self.epoch
    }

    fn end(&mut self, epoch: u64, endpoint: Endpoint, key: Option<String>, outcome: Outcome) {
        if epoch != self.epoch {
            return;
        }
        if let Some(traffic) = self.endpoints.get_mut(&endpoint) {
            traffic.in_air -= 1;
            traffic.tally.add(outcome);
        }
        if let Some(key) = key {
            let invoices = self.invoices.entry(endpoint).or_default();
            invoices.entry(key).or_default().add(outcome);
        }
    }

    /// The answer of `GET /_sandbox/calls`.
    pub(crate) fn view(&self) -> Value {
        let endpoints: BTreeMap<_, _> =
            self.endpoints.iter().map(|(endpoint, traffic)| (endpoint, traffic.view())).collect();
        json!({
            "endpoints": endpoints,
            "invoices": self.invoices,
            "llm": {
                "in_air": self.endpoints.get(&Endpoint::Llm).map_or(0, |llm| llm.in_air),
                "answers_completed": self.answers_completed(),
            },
            "organization": { "calls": self.organization_calls, "peak_per_minute": self.organization_peak },
            "zoho": self.operations,
        })
    }

    fn answers_completed(&self) -> BTreeMap<&str, u64> {
        let llm = self.invoices.get(&Endpoint::Llm).into_iter().flatten();
        llm.filter(|(_, tally)| tally.ok > 0).map(|(key, tally)| (key.as_str(), tally.ok)).collect()
    }
}

impl Traffic {
    fn new(minute: Duration) -> Self {
        Self { tally: Tally::default(), in_air: 0, peak_in_air: 0, minute: Window::new(minute), peak_per_minute: 0 }
    }

    fn view(&self) -> Value {
        json!({
            "ok": self.tally.ok,
            "error": self.tally.error,
            "fault": self.tally.fault,
            "abandoned": self.tally.abandoned,
            "in_air": self.in_air,
            "peak_in_air": self.peak_in_air,
            "peak_per_minute": self.peak_per_minute,
        })
    }
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Ok => &mut self.ok,
            Outcome::Error => &mut self.error,
            Outcome::Fault => &mut self.fault,
            Outcome::Abandoned => &mut self.abandoned,
        };
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_begun_before_a_reset_is_not_booked_after_it() {
        let now = Instant::now();
        let mut calls = Calls::new(Duration::from_secs(60));
        let epoch = calls.begin(Endpoint::Llm, now);
        calls.reset();
        calls.end(epoch, Endpoint::Llm, Some("INV-1".to_owned()), Outcome::Ok);

        assert_eq!(calls.view()["endpoints"], json!({}));
        assert_eq!(calls.view()["llm"]["answers_completed"], json!({}));
    }

    #[test]
    fn peaks_are_kept_when_the_load_is_gone() {
        let start = Instant::now();
        let mut calls = Calls::new(Duration::from_secs(60));
        for _ in 0..3 {
            calls.begin(Endpoint::Bills, start);
        }
        for _ in 0..3 {
            calls.end(0, Endpoint::Bills, None, Outcome::Ok);
        }
        calls.begin(Endpoint::Bills, start + Duration::from_secs(61));

        let bills = &calls.view()["endpoints"]["bills"];
        assert_eq!(bills["peak_in_air"], 3);
        assert_eq!(bills["in_air"], 1);
        assert_eq!(bills["peak_per_minute"], 3);
        assert_eq!(calls.view()["organization"]["peak_per_minute"], 3);
    }
}
