//! Metrics as documented structs: a field's documentation is the metric's help text, and docs/METRICS.md is made of both.
//!
//! ```
//! instruments::metrics! {
//!     /// What a bakery counts.
//!     pub struct Metrics {
//!         /// Loaves that left the oven, by kind.
//!         pub loaves: IntCounterVec("bakery_loaves_total", "kind"),
//!         /// How long a loaf was in the oven.
//!         pub baking: Histogram("bakery_baking_seconds"; &[60.0, 600.0]),
//!     }
//! }
//!
//! let (registry, metrics) = (prometheus::Registry::new(), Metrics::default());
//! instruments::register(&registry, &metrics).unwrap();
//! metrics.loaves.with_label_values(&["rye"]).inc();
//! assert_eq!(Metrics::DESCRIBED[0].help(), "Loaves that left the oven, by kind.");
//! ```
//!
//! A struct counts from the moment that it is made; a registry only shows it. So a part can count whether or not anybody looks,
//! and a test makes as many of it as it likes.
//!
//! Architecture invariant: there is no global registry, and no label has the id, the address or the name of an invoice or of
//! anybody's: labels are closed sets (stages, topics, partitions, error codes, models by setting).

mod described;
mod gauge_set;
mod held;
mod instrument;
mod macros;

pub use described::{Described, Kind};
pub use gauge_set::GaugeSet;
pub use held::{Held, hold};
pub use instrument::{Instrument, register, register_fresh};
pub use prometheus::Result;
pub use prometheus::core::{Collector, Desc};
pub use prometheus::proto::MetricFamily;
pub use prometheus::{
    CounterVec, Gauge, GaugeVec, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry,
};

/// From 5 ms to 120 s, in seconds: the buckets of OpenTelemetry's conventions, with a tail for PDFs and language models.
pub const SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 30.0, 60.0, 120.0];
