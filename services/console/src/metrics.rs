//! What the console counts, and what its view knows that no stage does: what waits for a person now. Labels are routes, statuses,
//! stages, error codes and fixed words, never an id or a name.

use crate::progress::Progress;
use crate::view::{Group, View};
use instruments::{Held, Registry, hold};
use operations::Selection;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often the dead letters are counted.
const COUNT_EVERY: Duration = Duration::from_secs(5);

instruments::metrics! {
    /// The console's own metrics. Cloning is cheap and shares them.
    pub struct Metrics {
        /// Requests answered, by route, method and status.
        requests: IntCounterVec("invoice_console_requests_total", "route", "method", "status"),
        /// Requests refused before anything was done, by reason.
        refused: IntCounterVec("invoice_console_refused_total", "reason"),
        /// Streams of events that are open.
        streams: IntGauge("invoice_console_streams"),
        /// Changes of invoices that the view has told of.
        changes: IntCounter("invoice_console_changes_total"),
        /// 1 once the console has read the topics to their end, 0 while it reads them anew.
        caught_up: IntGauge("invoice_console_view_caught_up"),
        /// Records of the topics that the view does not show yet, as far as is known.
        view_lag: IntGauge("invoice_console_view_lag_records"),
        /// Dead letters that wait for somebody now, by the stage that wrote them and the error. Not there while the console reads the
        /// topics anew.
        letters: GaugeSet("invoice_dead_letters_open", "stage", "error_code"),
        /// When the oldest of the dead letters that wait for somebody was written, by stage, in seconds since 1970. They are gone
        /// after `topics.dead_letter_retention_days`.
        oldest_letter: GaugeSet("invoice_dead_letters_oldest_timestamp_seconds", "stage"),
    }
}

impl Metrics {
    /// # Errors
    /// When the registry has metrics of these names already.
    pub fn new(registry: &Registry, view: &View, progress: &Progress) -> instruments::Result<Self> {
        let (metrics, view, progress) = (Self::default(), view.clone(), progress.clone());
        instruments::register_fresh(registry, &metrics, move |metrics: &Self| {
            metrics.caught_up.set(view.caught_up().into());
            metrics.view_lag.set(i64::try_from(progress.lag()).unwrap_or(i64::MAX));
        })?;
        Ok(metrics)
    }

    /// Counts the dead letters that wait, for as long as the runtime runs.
    pub(crate) async fn follow(self, view: View) {
        let mut ticks = interval(COUNT_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if !view.caught_up() {
                self.waiting(&[]);
                continue;
            }
            match view.letter_groups(&Selection::default()).await {
                Ok(groups) => self.waiting(&groups),
                Err(error) => tracing::warn!(%error, "the dead letters that wait cannot be counted"),
            }
        }
    }

    fn waiting(&self, groups: &[Group]) {
        let mut oldest: BTreeMap<String, f64> = BTreeMap::new();
        let counts = groups.iter().map(|group| {
            let seconds = Duration::from_millis(u64::try_from(group.oldest_ms).unwrap_or(0)).as_secs_f64();
            let known = oldest.entry(group.stage.to_string()).or_insert(seconds);
            *known = known.min(seconds);
            let count = u32::try_from(group.count).unwrap_or(u32::MAX);
            ([group.stage.to_string(), group.code.clone()], f64::from(count))
        });
        self.letters.set(counts);
        self.oldest_letter.set(oldest.into_iter().map(|(stage, at)| ([stage], at)));
    }

    /// `route` as in the table of routes, so that there are only so many of them.
    pub(crate) fn answered(&self, route: &str, method: &str, status: u16) {
        self.requests.with_label_values(&[route, method, &status.to_string()]).inc();
    }

    pub(crate) fn refused(&self, reason: &str) {
        self.refused.with_label_values(&[reason]).inc();
    }

    pub(crate) fn changed(&self, changes: usize) {
        self.changes.inc_by(changes as u64);
    }

    /// A stream of events that is open for as long as the answer lives.
    pub(crate) fn stream(&self) -> Held {
        hold(&self.streams)
    }

    pub(crate) fn open_streams(&self) -> i64 {
        self.streams.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Stage;
    use prometheus::TextEncoder;

    fn group(stage: Stage, code: &str, count: u64, oldest_ms: i64) -> Group {
        Group { stage, code: code.to_owned(), count, oldest_ms, newest_ms: oldest_ms + 1 }
    }

    #[test]
    fn what_waits_is_shown_by_stage_and_code_and_goes_when_nothing_waits() {
        let (registry, metrics) = (Registry::new(), Metrics::default());
        instruments::register(&registry, &metrics).unwrap();
        let shown = || {
            let text = TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
            text.lines().filter(|line| line.starts_with("invoice_dead")).map(str::to_owned).collect::<Vec<_>>()
        };
        metrics.waiting(&[
            group(Stage::LlmStructure, "check.gstin", 3, 5_000),
            group(Stage::LlmStructure, "llm.timeout", 1, 2_500),
        ]);
        let expected = [
            "invoice_dead_letters_oldest_timestamp_seconds{stage=\"llm-structure\"} 2.5",
            "invoice_dead_letters_open{error_code=\"check.gstin\",stage=\"llm-structure\"} 3",
            "invoice_dead_letters_open{error_code=\"llm.timeout\",stage=\"llm-structure\"} 1",
        ];
        assert_eq!(shown(), expected);
        metrics.waiting(&[]);
        assert!(shown().is_empty());
    }
}
