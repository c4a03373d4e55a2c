use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::Sandbox;

/// A client's patience; what is delayed by more happens after it has gone.
pub(crate) const TIMEOUT_MS: u64 = 3_000;
const LONGER_MS: u64 = TIMEOUT_MS + 1_500;

/// It comes on top of what happens to the call itself.
const LAG: &str = "lagging list";
const LAG_SHARE: f64 = 0.2;

/// Faults that a sandbox carries out, each with a name for what it does.
pub(crate) struct Mixture(Vec<Scripted>);

struct Scripted {
    id: u64,
    /// In the order of the sandbox's `hits`.
    names: Vec<&'static str>,
}

type Named = (&'static str, Value);

impl Mixture {
    /// Hits `share` of the calls of each kind, whichever they are for.
    pub(crate) fn script(sandbox: &Sandbox, share: f64, seed: u64) -> Self {
        let mut scripted = Vec::new();
        let mut add = |at: Value, rate: f64, kinds: Vec<Named>| {
            let (names, of): (Vec<_>, Vec<_>) = kinds.into_iter().unzip();
            let mut fault = json!({"kind": "one_of", "of": of, "rate": rate, "seed": seed + scripted.len() as u64});
            fault.as_object_mut().unwrap().extend(at.as_object().unwrap().clone());
            scripted.push(Scripted { id: sandbox.fault(&fault), names });
        };
        for endpoint in ["bills", "contacts", "attachments"] {
            add(json!({"endpoint": endpoint, "operation": "create"}), share, writes());
        }
        for (endpoint, operation) in [("bills", "list"), ("bills", "get"), ("contacts", "list"), ("reference", "list")]
        {
            add(json!({"endpoint": endpoint, "operation": operation}), share, reads());
        }
        // Some answers are lost while lists do not show the bill yet.
        for endpoint in ["bills", "contacts"] {
            let lag = vec![(LAG, json!({"kind": "list_lag", "delay_ms": 800}))];
            add(json!({"endpoint": endpoint, "operation": "create"}), LAG_SHARE, lag);
        }
        // A stage slows down for each refusal, and Zoho gives ten tokens: few of these are many.
        for endpoint in ["bills", "attachments"] {
            add(json!({"endpoint": endpoint, "count": 12}), 0.02, refusals());
        }
        let expired = vec![("expired token", json!({"kind": "expire_own_token"}))];
        add(json!({"endpoint": "bills", "count": 5}), 0.004, expired);
        add(
            json!({"endpoint": "token", "count": 2}),
            0.5,
            vec![("no token", json!({"kind": "status", "status": 500}))],
        );
        Self(scripted)
    }

    /// How many calls were hit in each way.
    pub(crate) fn hits(&self, sandbox: &Sandbox) -> BTreeMap<&'static str, u64> {
        let mut hits = BTreeMap::new();
        for fault in &self.0 {
            let view = sandbox.fault_view(fault.id);
            for (name, count) in fault.names.iter().zip(view["hits"].as_array().unwrap()) {
                *hits.entry(*name).or_default() += count.as_u64().unwrap();
            }
        }
        hits
    }
}

/// The share of calls that something happened to, and of those that ended otherwise than asked.
pub(crate) fn shares(hits: &BTreeMap<&str, u64>, calls: u64) -> [f64; 2] {
    let sum = |counts: &dyn Fn(&str) -> bool| -> u64 {
        hits.iter().filter(|(name, _)| counts(name)).map(|(_, count)| count).sum()
    };
    [sum(&|_| true), sum(&|name| name != LAG)].map(|hit| hit as f64 / calls as f64)
}

fn writes() -> Vec<Named> {
    vec![
        ("reset after commit", json!({"kind": "reset", "when": "after"})),
        ("500 after commit", json!({"kind": "status", "status": 500, "when": "after"})),
        ("commit after a reset", json!({"kind": "late_commit", "delay_ms": 300})),
        ("commit after a timeout", json!({"kind": "delay", "delay_ms": LONGER_MS})),
        ("timeout", json!({"kind": "hang"})),
        ("reset", json!({"kind": "reset"})),
        ("503", json!({"kind": "status", "status": 503})),
        ("no JSON, after commit", json!({"kind": "garbage", "when": "after"})),
    ]
}

fn reads() -> Vec<Named> {
    vec![
        ("timeout", json!({"kind": "hang"})),
        ("reset", json!({"kind": "reset"})),
        ("500", json!({"kind": "status", "status": 500})),
        ("503", json!({"kind": "status", "status": 503})),
        ("no JSON", json!({"kind": "garbage"})),
    ]
}

fn refusals() -> Vec<Named> {
    vec![
        ("429 for the minute", json!({"kind": "status", "status": 429, "code": 44, "retry_after": 1})),
        ("429 for calls in process", json!({"kind": "status", "status": 429, "code": 1070})),
    ]
}
