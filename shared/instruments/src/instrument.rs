//! How each kind of metric is made of its description, and shown.

use crate::{Described, GaugeSet, Kind};
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{
    CounterVec, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, Result,
};

/// A metric that a struct of [`metrics!`](crate::metrics) may have.
pub trait Instrument: Collector + Clone + Sized + 'static {
    const KIND: Kind;

    /// # Errors
    /// When the name or a label is not one.
    fn make(described: &Described) -> Result<Self>;
}

/// Shows the metrics in the registry.
///
/// # Errors
/// When the registry already has one of these names.
pub fn register(registry: &Registry, metrics: &(impl Collector + Clone + 'static)) -> Result<()> {
    registry.register(Box::new(metrics.clone()))
}

/// As [`register`], for metrics that must be brought up to date whenever somebody looks. `refresh` is called on the thread that
/// looks, and must not wait.
///
/// # Errors
/// As [`register`].
pub fn register_fresh<M: Collector + Clone + 'static>(
    registry: &Registry,
    metrics: &M,
    refresh: impl Fn(&M) + Send + Sync + 'static,
) -> Result<()> {
    registry.register(Box::new(Fresh { metrics: metrics.clone(), refresh }))
}

struct Fresh<M, F> {
    metrics: M,
    refresh: F,
}

impl<M: Collector, F: Fn(&M) + Send + Sync> Collector for Fresh<M, F> {
    fn desc(&self) -> Vec<&Desc> {
        self.metrics.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        (self.refresh)(&self.metrics);
        self.metrics.collect()
    }
}

macro_rules! instruments {
    ($($type:ident: $kind:ident, $of:ident => $make:expr;)*) => {
        $(impl Instrument for $type {
            const KIND: Kind = Kind::$kind;

            fn make($of: &Described) -> Result<Self> {
                $make
            }
        })*
    };
}

instruments! {
    IntCounter: Counter, of => Self::with_opts(opts(of));
    IntCounterVec: Counter, of => Self::new(opts(of), of.labels);
    CounterVec: Counter, of => Self::new(opts(of), of.labels);
    IntGauge: Gauge, of => Self::with_opts(opts(of));
    Gauge: Gauge, of => Self::with_opts(opts(of));
    IntGaugeVec: Gauge, of => Self::new(opts(of), of.labels);
    GaugeVec: Gauge, of => Self::new(opts(of), of.labels);
    GaugeSet: Gauge, of => Ok(Self::of(GaugeVec::make(of)?));
    Histogram: Histogram, of => Self::with_opts(histogram(of));
    HistogramVec: Histogram, of => Self::new(histogram(of), of.labels);
}

fn opts(of: &Described) -> Opts {
    Opts::new(of.name, of.help())
}

fn histogram(of: &Described) -> HistogramOpts {
    HistogramOpts::new(of.name, of.help()).buckets(of.buckets.to_vec())
}
