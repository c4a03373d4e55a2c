//! The decision: which of the active faults hit this call, and in what order they act.

use serde_json::{Value, json};

use super::{
    effect::Strike,
    hold::Keeper,
    plan::{Call, Plan},
    script::Fault,
};

/// The active faults, oldest first.
#[derive(Debug, Default)]
pub struct Faults {
    next_id: u64,
    active: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    id: u64,
    fault: Fault,
    seen: u64,
    fired: u64,
    /// Hits by each of the fault's strikes.
    hits: Vec<u64>,
    keeper: Keeper,
}

impl Faults {
    /// Adds a fault and returns its id.
    pub fn add(&mut self, fault: Fault) -> u64 {
        self.next_id += 1;
        let hits = vec![0; fault.strikes.len()];
        self.active.push(Active { id: self.next_id, fault, seen: 0, fired: 0, hits, keeper: Keeper::new() });
        self.next_id
    }

    /// Removes one fault, and lets go what it holds; `false` if there is none of that id.
    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.active.len();
        self.active.retain(|active| active.id != id);
        self.active.len() < before
    }

    /// Removes all faults; ids are not used again.
    pub fn clear(&mut self) {
        self.active.clear();
    }

    /// What happens to this call. Delays add up; the oldest fault that ends the call wins, and
    /// later ones that would end it too are neither asked nor counted.
    pub fn decide(&mut self, call: Call<'_>) -> Plan {
        let mut plan = Plan::default();
        for active in &mut self.active {
            active.strike(call, &mut plan);
        }
        plan
    }

    /// The answer of `GET /_sandbox/faults`; `hits` are those of each effect that `one_of` draws from, `held` the calls
    /// that stand still now.
    pub fn view(&self) -> Value {
        let rows = self.active.iter().map(|active| {
            json!({
                "id": active.id,
                "seen": active.seen,
                "fired": active.fired,
                "hits": active.hits,
                "held": active.keeper.held(),
                "fault": active.fault.request,
            })
        });
        rows.collect()
    }
}

impl Active {
    fn strike(&mut self, call: Call<'_>, plan: &mut Plan) {
        let request = &self.fault.request;
        let possible = self.fault.possible(call, plan);
        if possible.is_empty() || request.count.is_some_and(|count| self.fired >= count) {
            return;
        }
        self.seen += 1;
        if share(mix(request.seed, self.seen)) >= request.rate {
            return;
        }
        let (at, strike) = possible[pick(request.seed, self.seen, possible.len())];
        self.fired += 1;
        self.hits[at] += 1;
        plan.take(strike, &self.keeper);
    }
}

impl Fault {
    /// What it can do to this call beside what is planned already, with the place of each.
    fn possible(&self, call: Call<'_>, plan: &Plan) -> Vec<(usize, &Strike)> {
        if !self.concerns(call) {
            return Vec::new();
        }
        let is_read = call.method == "GET";
        let strikes = self.strikes.iter().enumerate();
        strikes.filter(|(_, strike)| plan.can_take(&strike.kind) && !(is_read && strike.kind.only_writes())).collect()
    }

    fn concerns(&self, call: Call<'_>) -> bool {
        let request = &self.request;
        let method = request.method.as_deref();
        request.endpoint == call.endpoint
            && request.operation.is_none_or(|operation| operation == call.operation)
            && method.is_none_or(|method| method.eq_ignore_ascii_case(call.method))
            && (request.pattern.as_deref()).is_none_or(|pattern| call.text.contains(pattern))
    }
}

/// A number that depends on nothing but the seed and the position: SplitMix64.
fn mix(seed: u64, position: u64) -> u64 {
    let mut z = seed.wrapping_add(position.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The number as a share in `0.0..1.0`.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exactly what is kept")]
fn share(number: u64) -> f64 {
    (number >> 11) as f64 / (1u64 << 53) as f64
}

/// Which of several, independent of whether the call is hit at all.
#[expect(clippy::cast_possible_truncation, reason = "the remainder is below a length")]
fn pick(seed: u64, position: u64, several: usize) -> usize {
    (mix(!seed, position) % several as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        endpoint::Endpoint,
        fault::{Break, Ending, FaultRequest},
        operation::Operation,
    };
    use std::time::Duration;

    fn fault(script: Value) -> Fault {
        let request: FaultRequest = serde_json::from_value(script).unwrap();
        Fault::try_from(request).unwrap()
    }

    fn call<'a>(method: &'a str, text: &'a str) -> Call<'a> {
        let operation = if method == "GET" { Operation::List } else { Operation::Create };
        Call { endpoint: Endpoint::Bills, operation, method, text }
    }

    fn fired(faults: &mut Faults, calls: usize) -> Vec<bool> {
        let plans = (0..calls).map(|_| faults.decide(call("POST", "")));
        plans.map(|plan| plan != Plan::default()).collect()
    }

    #[test]
    fn the_same_seed_hits_the_same_calls() {
        let script = json!({"endpoint": "bills", "kind": "reset", "rate": 0.3, "seed": 7});
        let run = || {
            let mut faults = Faults::default();
            faults.add(fault(script.clone()));
            fired(&mut faults, 200)
        };
        let first = run();
        assert_eq!(first, run());
        let hits = first.iter().filter(|hit| **hit).count();
        assert!((40..80).contains(&hits), "{hits} of 200 at rate 0.3");
    }

    #[test]
    fn a_fault_is_spent_after_its_count() {
        let mut faults = Faults::default();
        faults.add(fault(json!({"endpoint": "bills", "kind": "hang", "count": 2})));
        assert_eq!(fired(&mut faults, 4), [true, true, false, false]);
        assert_eq!(faults.view()[0]["fired"], 2);
    }

    #[test]
    fn a_fault_hits_only_the_invoice_and_method_it_names() {
        let mut faults = Faults::default();
        faults.add(fault(json!({
            "endpoint": "bills", "kind": "reset", "match": "INV-7", "method": "POST",
        })));
        assert_eq!(faults.decide(call("POST", "INV-8")), Plan::default());
        assert_eq!(faults.decide(call("GET", "INV-7")), Plan::default());
        assert_ne!(faults.decide(call("POST", "INV-7")), Plan::default());
    }

    #[test]
    fn a_late_commit_spares_reads() {
        let mut faults = Faults::default();
        let script = json!({"endpoint": "bills", "kind": "late_commit", "delay_ms": 5, "count": 1});
        faults.add(fault(script));
        assert_eq!(faults.decide(call("GET", "")).ending, None);
        let late = Ending::LateCommit(Duration::from_millis(5));
        assert_eq!(faults.decide(call("POST", "")).ending, Some(late));
    }

    #[test]
    fn delays_add_up_and_the_oldest_ending_wins() {
        let mut faults = Faults::default();
        for script in [
            json!({"endpoint": "bills", "kind": "delay", "delay_ms": 10}),
            json!({"endpoint": "bills", "kind": "delay", "delay_ms": 5}),
            json!({"endpoint": "bills", "kind": "reset", "when": "after"}),
            json!({"endpoint": "bills", "kind": "hang"}),
        ] {
            faults.add(fault(script));
        }
        let plan = faults.decide(call("POST", ""));
        assert_eq!(plan.delay_before, Duration::from_millis(15));
        assert_eq!(plan.ending, Some(Ending::After(Break::Reset)));
        assert_eq!(faults.view()[3]["fired"], 0);
    }

    #[test]
    fn a_fault_that_cannot_happen_is_refused() {
        let table = [
            json!({"endpoint": "llm", "kind": "status"}),
            json!({"endpoint": "llm", "kind": "status", "status": 99}),
            json!({"endpoint": "llm", "kind": "delay"}),
            json!({"endpoint": "llm", "kind": "hang", "rate": 1.5}),
            json!({"endpoint": "llm", "kind": "list_lag", "delay_ms": 1}),
            json!({"endpoint": "pdf", "kind": "expire_token"}),
            json!({"endpoint": "bills", "kind": "misread", "field": "total", "value": "1"}),
            json!({"endpoint": "token", "kind": "expire_own_token"}),
            json!({"endpoint": "bills", "kind": "one_of"}),
            json!({"endpoint": "bills", "kind": "hang", "of": [{"kind": "hang"}]}),
            json!({"endpoint": "bills", "kind": "one_of", "of": [{"kind": "one_of"}]}),
            json!({"endpoint": "bills", "kind": "one_of", "of": [{"kind": "hang", "rate": 0.5}]}),
            json!({"endpoint": "token", "kind": "one_of", "of": [{"kind": "hang"}, {"kind": "late_commit", "delay_ms": 1}]}),
            json!({"endpoint": "bills", "kind": "hang", "probability": 1}),
        ];
        for script in table {
            let request: FaultRequest = serde_json::from_value(script.clone()).unwrap();
            assert!(Fault::try_from(request).is_err(), "{script}");
        }
    }

    #[test]
    fn a_drawn_fault_hits_its_share_of_calls_in_each_of_its_ways_and_in_the_same_order_again() {
        let script = json!({"endpoint": "bills", "kind": "one_of", "rate": 0.2, "seed": 11, "of": [
            {"kind": "reset", "when": "after"}, {"kind": "status", "status": 500, "when": "after"},
            {"kind": "late_commit", "delay_ms": 5}, {"kind": "hang"}, {"kind": "list_lag", "delay_ms": 5},
            {"kind": "status", "status": 429, "code": 44}, {"kind": "expire_own_token"}]});
        let run = || {
            let mut faults = Faults::default();
            faults.add(fault(script.clone()));
            let plans: Vec<_> = (0..1_000).map(|_| faults.decide(call("POST", ""))).collect();
            (plans, faults.view())
        };
        let (plans, view) = run();
        assert_eq!(run().0, plans);
        let fired = view[0]["fired"].as_u64().unwrap();
        assert!((150..250).contains(&fired), "{fired} of 1000 at rate 0.2");
        let hits: Vec<_> = view[0]["hits"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
        assert_eq!(hits.iter().sum::<u64>(), fired);
        assert!(hits.len() == 7 && hits.iter().all(|hits| *hits >= 10), "{hits:?}");
    }

    #[test]
    fn a_drawn_fault_does_to_a_read_only_what_a_read_can_suffer() {
        let mut faults = Faults::default();
        faults.add(fault(json!({"endpoint": "bills", "kind": "one_of", "of": [
            {"kind": "late_commit", "delay_ms": 5}, {"kind": "list_lag", "delay_ms": 5}, {"kind": "reset"}]})));
        for _ in 0..20 {
            assert_eq!(faults.decide(call("GET", "")).ending, Some(Ending::Before(Break::Reset)));
        }
        assert_eq!(faults.view()[0]["hits"], json!([0, 0, 20]));
    }

    #[test]
    fn a_fault_hits_only_the_operation_it_names() {
        let mut faults = Faults::default();
        faults.add(fault(json!({"endpoint": "bills", "operation": "status", "kind": "reset"})));
        assert_eq!(faults.decide(call("POST", "")), Plan::default());
        let step = Call { operation: Operation::Status, ..call("POST", "") };
        assert_ne!(faults.decide(step), Plan::default());
    }
}
