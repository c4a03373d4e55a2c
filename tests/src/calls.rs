//! The calls that Zoho has had, as the sandbox counts them, and how they were spread over time.

use crate::Sandbox;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(200);

/// Counts of calls to Zoho, whatever became of each. Those for access tokens are no calls of the organisation.
#[derive(Debug, Clone, Default)]
pub struct ZohoCalls {
    pub total: u64,
    /// In any 60 seconds.
    pub peak_per_minute: u64,
    /// For one of the organisation's limits.
    pub refused: u64,
    /// By endpoint and operation, as in `bills.create`.
    pub by_kind: BTreeMap<String, u64>,
}

impl ZohoCalls {
    #[must_use]
    pub fn read(sandbox: &Sandbox) -> Self {
        let calls = sandbox.calls();
        let organization = |name: &str| calls["organization"][name].as_u64().unwrap_or(0);
        Self {
            total: organization("calls"),
            peak_per_minute: organization("peak_per_minute"),
            refused: organization("refused"),
            by_kind: by_kind(&calls["zoho"]["operations"]),
        }
    }

    /// Those for one invoice, as its header says.
    #[must_use]
    pub fn of_invoice(sandbox: &Sandbox, invoice: &str) -> BTreeMap<String, u64> {
        by_kind(&sandbox.calls()["zoho"]["invoices"][invoice])
    }

    #[must_use]
    pub fn of(&self, kind: &str) -> u64 {
        self.by_kind.get(kind).copied().unwrap_or(0)
    }

    /// What came after an earlier reading; the peak stays that of all.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let later = self.by_kind.iter().map(|(kind, count)| (kind.clone(), count - earlier.of(kind)));
        Self {
            total: self.total - earlier.total,
            refused: self.refused - earlier.refused,
            by_kind: later.filter(|(_, count)| *count > 0).collect(),
            ..*self
        }
    }
}

/// Each kind, the most frequent first.
impl fmt::Display for ZohoCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<_> = self.by_kind.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        f.write_str(&kinds.join(", "))
    }
}

fn by_kind(operations: &Value) -> BTreeMap<String, u64> {
    let endpoints = operations.as_object().into_iter().flatten();
    let kinds = endpoints.flat_map(|(endpoint, of_one)| {
        let of_one = of_one.as_object().into_iter().flatten();
        of_one.map(move |(operation, count)| (format!("{endpoint}.{operation}"), count.as_u64().unwrap_or(0)))
    });
    kinds.collect()
}

/// A count that is read again and again.
#[derive(Debug)]
pub struct Meter {
    began: Instant,
    seen: Vec<(Duration, u64)>,
}

impl Meter {
    #[must_use]
    pub fn start(count: u64) -> Self {
        Self { began: Instant::now(), seen: vec![(Duration::ZERO, count)] }
    }

    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Waits a moment and reads the count.
    pub async fn tick(&mut self, count: impl FnOnce() -> u64) {
        tokio::time::sleep(TICK).await;
        let count = count();
        self.seen.push((self.elapsed(), count));
    }

    /// How many a minute, over the whole time.
    ///
    /// # Panics
    /// When no time has passed.
    #[must_use]
    pub fn average(&self) -> u64 {
        let [(_, first), .., (lasted, last)] = self.seen[..] else { panic!("the meter has not run") };
        (last - first) * 1000 * MINUTE.as_secs() / u64::try_from(lasted.as_millis()).expect("a run ends")
    }

    /// How many in the slowest minute.
    ///
    /// # Panics
    /// When no minute has passed.
    #[must_use]
    pub fn slowest(&self) -> u64 {
        let minutes = self.seen.iter().filter_map(|(from, before)| {
            let end = self.seen.iter().find(|(at, _)| *at >= *from + MINUTE)?;
            Some(end.1 - before)
        });
        minutes.min().expect("the meter has run for a minute")
    }
}
