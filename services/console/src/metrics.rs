//! What the console counts. Labels are routes, statuses and fixed words, never an id or a name.

use crate::view::View;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

/// The console's own metrics. Cloning is cheap and shares them.
#[derive(Debug, Clone)]
pub struct Metrics {
    requests: IntCounterVec,
    refused: IntCounterVec,
    streams: IntGauge,
    changes: prometheus::IntCounter,
}

/// A stream of events that is open for as long as this lives.
#[derive(Debug)]
pub struct Stream(IntGauge);

impl Metrics {
    /// # Errors
    /// When the registry has metrics of these names already.
    pub fn new(registry: &Registry, view: &View) -> prometheus::Result<Self> {
        let metrics = Self {
            requests: IntCounterVec::new(
                Opts::new("invoice_console_requests_total", "Requests answered, by route, method and status."),
                &["route", "method", "status"],
            )?,
            refused: IntCounterVec::new(
                Opts::new("invoice_console_refused_total", "Requests refused before anything was done, by reason."),
                &["reason"],
            )?,
            streams: IntGauge::new("invoice_console_streams", "Streams of events that are open.")?,
            changes: prometheus::IntCounter::new(
                "invoice_console_changes_total",
                "Changes of invoices that the view has told of.",
            )?,
        };
        registry.register(Box::new(metrics.requests.clone()))?;
        registry.register(Box::new(metrics.refused.clone()))?;
        registry.register(Box::new(metrics.streams.clone()))?;
        registry.register(Box::new(metrics.changes.clone()))?;
        registry.register(Box::new(CaughtUp::new(view.clone())?))?;
        Ok(metrics)
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

    pub(crate) fn stream(&self) -> Stream {
        self.streams.inc();
        Stream(self.streams.clone())
    }

    pub(crate) fn open_streams(&self) -> i64 {
        self.streams.get()
    }
}

/// Whether the view shows all that there was, asked when the metrics are.
#[derive(Debug)]
struct CaughtUp {
    view: View,
    gauge: IntGauge,
}

impl CaughtUp {
    fn new(view: View) -> prometheus::Result<Self> {
        let help = "1 once the console has read the topics to their end, 0 while it reads them anew.";
        Ok(Self { view, gauge: IntGauge::new("invoice_console_view_caught_up", help)? })
    }
}

impl Collector for CaughtUp {
    fn desc(&self) -> Vec<&Desc> {
        self.gauge.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.gauge.set(self.view.caught_up().into());
        self.gauge.collect()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.dec();
    }
}
