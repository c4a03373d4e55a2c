//! What a premise prints: one line per claim, with the figure it rests on.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// Prints findings as they are made and remembers whether one failed.
pub(crate) struct Report {
    started: Instant,
    holds: bool,
}

impl Report {
    pub(crate) fn new(premise: &str) -> Self {
        println!("\n{premise}");
        Self { started: Instant::now(), holds: true }
    }

    /// A claim the design rests on.
    pub(crate) fn claim(&mut self, holds: bool, claim: &str, figure: impl Display) {
        self.holds &= holds;
        self.line(if holds { "HOLDS" } else { "FAILS" }, claim, &figure);
    }

    /// A figure the design is tuned by; no value of it is wrong.
    pub(crate) fn measured(&self, what: &str, figure: impl Display) {
        self.line("     ", what, &figure);
    }

    pub(crate) fn holds(&self) -> bool {
        self.holds
    }

    fn line(&self, verdict: &str, what: &str, figure: &dyn Display) {
        println!("  [{:6.1} s] {verdict}  {what}: {figure}", self.started.elapsed().as_secs_f64());
    }
}

/// Median, 99th percentile and maximum of a set of durations, in milliseconds.
pub(crate) struct Spread {
    sorted: Vec<Duration>,
}

impl Spread {
    pub(crate) fn of(mut sample: Vec<Duration>) -> Self {
        sample.sort_unstable();
        Self { sorted: sample }
    }

    pub(crate) fn max(&self) -> Duration {
        self.sorted.last().copied().unwrap_or_default()
    }

    fn quantile(&self, q: f64) -> Duration {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get((last as f64 * q).round() as usize).copied().unwrap_or_default()
    }
}

impl Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [p50, p99, max] = [self.quantile(0.5), self.quantile(0.99), self.max()].map(millis);
        write!(f, "p50 {p50:.1} ms, p99 {p99:.1} ms, max {max:.1} ms (n={})", self.sorted.len())
    }
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
