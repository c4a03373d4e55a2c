//! Faults of the outside world: every kind that the sandbox knows, each on a small share of the calls.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// Faults for the whole storm; each draws its calls from a seed of its own.
pub(super) fn weather(rng: &mut StdRng) -> Vec<Value> {
    let mut all = Vec::new();
    for (endpoint, kinds) in [("pdf", pdf()), ("llm", llm()), ("contacts", zoho()), ("bills", zoho())] {
        for (share, mut fault) in kinds {
            fault["endpoint"] = json!(endpoint);
            fault["rate"] = json!(share * rng.random_range(0.5..1.5));
            fault["seed"] = json!(rng.random::<u32>());
            all.push(fault);
        }
    }
    for fault in rare() {
        let mut fault = fault;
        fault["seed"] = json!(rng.random::<u32>());
        all.push(fault);
    }
    all
}

/// A dependency that is away altogether, for some seconds.
pub(super) fn outage(rng: &mut StdRng) -> Value {
    let away = [
        json!({"endpoint": "llm", "kind": "status", "status": 529}),
        json!({"endpoint": "llm", "kind": "reset"}),
        json!({"endpoint": "bills", "kind": "status", "status": 503}),
        json!({"endpoint": "contacts", "kind": "status", "status": 500}),
        json!({"endpoint": "pdf", "kind": "status", "status": 503}),
        json!({"endpoint": "bills", "kind": "list_lag", "delay_ms": 4000}),
    ];
    away[rng.random_range(0..away.len())].clone()
}

fn pdf() -> Vec<(f64, Value)> {
    vec![
        (0.02, json!({"kind": "status", "status": 503})),
        (0.01, json!({"kind": "status", "status": 429, "retry_after": 1})),
        (0.02, json!({"kind": "reset"})),
        (0.005, json!({"kind": "hang"})),
        (0.005, json!({"kind": "garbage"})),
        (0.02, json!({"kind": "delay", "delay_ms": 500})),
    ]
}

fn llm() -> Vec<(f64, Value)> {
    vec![
        (0.02, json!({"kind": "status", "status": 529})),
        (0.02, json!({"kind": "status", "status": 500})),
        (0.01, json!({"kind": "status", "status": 429, "retry_after": 1})),
        (0.01, json!({"kind": "reset"})),
        (0.01, json!({"kind": "reset", "when": "after"})),
        (0.005, json!({"kind": "hang"})),
        (0.01, json!({"kind": "garbage"})),
        (0.01, json!({"kind": "refusal"})),
        (0.01, json!({"kind": "max_tokens"})),
        (0.01, json!({"kind": "misread", "field": "total", "value": "1.00"})),
        (0.05, json!({"kind": "delay", "delay_ms": 1000})),
    ]
}

fn zoho() -> Vec<(f64, Value)> {
    vec![
        (0.01, json!({"kind": "status", "status": 500})),
        (0.02, json!({"kind": "status", "status": 500, "when": "after"})),
        (0.01, json!({"kind": "status", "status": 429, "retry_after": 1})),
        (0.01, json!({"kind": "reset"})),
        (0.02, json!({"kind": "reset", "when": "after"})),
        (0.005, json!({"kind": "hang"})),
        (0.005, json!({"kind": "hang", "when": "after"})),
        (0.02, json!({"kind": "late_commit", "delay_ms": 300})),
        (0.01, json!({"kind": "garbage", "when": "after"})),
        (0.03, json!({"kind": "delay", "delay_ms": 400})),
    ]
}

fn rare() -> Vec<Value> {
    vec![
        json!({"endpoint": "bills", "kind": "expire_token", "rate": 0.01, "count": 4}),
        json!({"endpoint": "token", "kind": "status", "status": 500, "rate": 0.2, "count": 2}),
        json!({"endpoint": "reference", "kind": "status", "status": 503, "rate": 0.1, "count": 4}),
        json!({"endpoint": "attachments", "kind": "reset", "when": "after", "rate": 0.02}),
    ]
}
