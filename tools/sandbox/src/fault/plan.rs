//! The decision: which of the active faults hit this call, and in what order they act.

use std::time::Duration;

use serde_json::{Value, json};

use super::script::{Distort, Fault, Kind, StatusAnswer, When};
use crate::endpoint::Endpoint;

/// What a fault may look at to choose its calls.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// Its HTTP method.
    pub method: &'a str,
    /// Path, query, invoice id and body, as one text.
    pub text: &'a str,
}

/// All that is to happen to one call. The default is: nothing.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Plan {
    /// Waiting time before the effect.
    pub delay_before: Duration,
    /// Waiting time between the effect and the answer.
    pub delay_after: Duration,
    /// Access tokens stop working before the effect.
    pub expire_before: bool,
    /// Access tokens stop working after the effect.
    pub expire_after: bool,
    /// How long what is created stays out of lists.
    pub list_lag: Option<Duration>,
    /// How the model's answer is wrong.
    pub distortion: Option<Distortion>,
    /// How the call ends, if not with its answer.
    pub ending: Option<Ending>,
}

/// See [`Distort`]; a name of its own because handlers receive it as a request extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distortion(pub Distort);

/// An end that is not the endpoint's own answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Without the effect.
    Before(Break),
    /// With the effect.
    After(Break),
    /// Reset now, effect after this time.
    LateCommit(Duration),
}

/// What the client gets in place of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// An error answer.
    Status(StatusAnswer),
    /// Silence.
    Hang,
    /// RST.
    Reset,
    /// A 200 that is not what was asked for.
    Garbage,
}

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
}

impl Faults {
    /// Adds a fault and returns its id.
    pub fn add(&mut self, fault: Fault) -> u64 {
        self.next_id += 1;
        self.active.push(Active { id: self.next_id, fault, seen: 0, fired: 0 });
        self.next_id
    }

    /// Removes one fault; `false` if there is none of that id.
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
            if plan.can_take(&active.fault.kind) && active.fires(call) {
                plan.take(&active.fault);
            }
        }
        plan
    }

    /// The answer of `GET /_sandbox/faults`.
    #[must_use]
    pub fn view(&self) -> Value {
        let rows = self.active.iter().map(|active| {
            json!({
                "id": active.id,
                "seen": active.seen,
                "fired": active.fired,
                "fault": active.fault.request,
            })
        });
        rows.collect()
    }
}

impl Active {
    fn fires(&mut self, call: Call<'_>) -> bool {
        if !self.fault.concerns(call) {
            return false;
        }
        let request = &self.fault.request;
        if request.count.is_some_and(|count| self.fired >= count) {
            return false;
        }
        self.seen += 1;
        let hit = draw(request.seed, self.seen) < request.rate;
        self.fired += u64::from(hit);
        hit
    }
}

impl Fault {
    fn concerns(&self, call: Call<'_>) -> bool {
        let request = &self.request;
        let method = request.method.as_deref();
        request.endpoint == call.endpoint
            && method.is_none_or(|method| method.eq_ignore_ascii_case(call.method))
            && !(self.kind.only_writes() && call.method == "GET")
            && (request.pattern.as_deref()).is_none_or(|pattern| call.text.contains(pattern))
    }
}

impl Plan {
    fn can_take(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Delay(_) | Kind::ExpireToken => true,
            Kind::ListLag(_) => self.list_lag.is_none(),
            Kind::Distort(_) => self.distortion.is_none(),
            Kind::Status(_) | Kind::Hang | Kind::Reset | Kind::Garbage | Kind::LateCommit(_) => self.ending.is_none(),
        }
    }

    fn take(&mut self, fault: &Fault) {
        let when = fault.request.when;
        match &fault.kind {
            Kind::Delay(delay) => match when {
                When::Before => self.delay_before += *delay,
                When::After => self.delay_after += *delay,
            },
            Kind::ExpireToken => match when {
                When::Before => self.expire_before = true,
                When::After => self.expire_after = true,
            },
            Kind::ListLag(delay) => self.list_lag = Some(*delay),
            Kind::Distort(distort) => self.distortion = Some(Distortion(distort.clone())),
            Kind::LateCommit(delay) => self.ending = Some(Ending::LateCommit(*delay)),
            Kind::Status(answer) => self.end(when, Break::Status(answer.clone())),
            Kind::Hang => self.end(when, Break::Hang),
            Kind::Reset => self.end(when, Break::Reset),
            Kind::Garbage => self.end(when, Break::Garbage),
        }
    }

    fn end(&mut self, when: When, how: Break) {
        self.ending = Some(match when {
            When::Before => Ending::Before(how),
            When::After => Ending::After(how),
        });
    }
}

/// A number in `0.0..1.0` that depends on nothing but the seed and the position: SplitMix64.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exactly what is kept")]
fn draw(seed: u64, position: u64) -> f64 {
    let mut z = seed.wrapping_add(position.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultRequest;

    fn fault(script: Value) -> Fault {
        let request: FaultRequest = serde_json::from_value(script).unwrap();
        Fault::try_from(request).unwrap()
    }

    fn call<'a>(method: &'a str, text: &'a str) -> Call<'a> {
        Call { endpoint: Endpoint::Bills, method, text }
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
        ];
        for script in table {
            let request: FaultRequest = serde_json::from_value(script.clone()).unwrap();
            assert!(Fault::try_from(request).is_err(), "{script}");
        }
    }
}
