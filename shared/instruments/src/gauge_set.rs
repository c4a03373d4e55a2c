//! Gauges whose series come and go, such as one for each partition that a replica owns.

use prometheus::GaugeVec;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// A gauge with exactly the series that it was given last. One that is not among them any more is gone from the next scrape on;
/// one that stays is never away in between.
#[derive(Debug, Clone)]
pub struct GaugeSet {
    gauge: GaugeVec,
    known: Arc<Mutex<BTreeSet<Vec<String>>>>,
}

impl GaugeSet {
    pub(crate) fn of(gauge: GaugeVec) -> Self {
        Self { gauge, known: Arc::default() }
    }

    /// Replaces all series: the values of the labels, and what each shows.
    pub fn set<const LABELS: usize>(&self, series: impl IntoIterator<Item = ([String; LABELS], f64)>) {
        self.replace(series, |_| true);
    }

    /// Replaces the series whose first label is `first`, and leaves the others: for a gauge that several parts write.
    pub fn set_for<const LABELS: usize>(&self, first: &str, series: impl IntoIterator<Item = ([String; LABELS], f64)>) {
        self.replace(series, |labels| labels.first().is_some_and(|label| label == first));
    }

    fn replace<const LABELS: usize>(
        &self,
        series: impl IntoIterator<Item = ([String; LABELS], f64)>,
        is_meant: impl Fn(&[String]) -> bool,
    ) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = BTreeSet::new();
        for (labels, value) in series {
            self.gauge.with_label_values(&labels).set(value);
            now.insert(labels.to_vec());
        }
        known.retain(|labels| {
            let stays = !is_meant(labels) || now.contains(labels);
            if !stays {
                // It was set before, so it is there.
                self.gauge.remove_label_values(labels).ok();
            }
            stays
        });
        known.append(&mut now);
    }
}

impl Collector for GaugeSet {
    fn desc(&self) -> Vec<&Desc> {
        self.gauge.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.gauge.collect()
    }
}
