//! What a struct of metrics shows, and when.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use instruments::{Kind, SECONDS, register, register_fresh};
use prometheus::{Registry, TextEncoder};

instruments::metrics! {
    /// One of each.
    struct Metrics {
        /// Loaves that left the oven,
        /// by kind.
        loaves: IntCounterVec("bakery_loaves_total", "kind"),
        /// Loaves in the oven.
        oven: IntGauge("bakery_oven_loaves"),
        /// Who stands where.
        bakers: GaugeSet("bakery_baker_since_seconds", "room", "place"),
        /// How long a loaf was in the oven.
        baking: Histogram("bakery_baking_seconds"; SECONDS),
    }
}

fn shown(registry: &Registry) -> Vec<String> {
    let text = TextEncoder::new().encode_to_string(&registry.gather()).unwrap();
    text.lines().filter(|line| !line.contains("bakery_baking")).map(str::to_owned).collect()
}

fn at(room: &str, place: &str) -> [String; 2] {
    [room.to_owned(), place.to_owned()]
}

#[test]
fn a_fields_documentation_is_the_help_text() {
    let (registry, metrics) = (Registry::new(), Metrics::default());
    metrics.loaves.with_label_values(&["rye"]).inc();
    metrics.oven.set(2);
    register(&registry, &metrics).unwrap();
    let expected = [
        "# HELP bakery_loaves_total Loaves that left the oven, by kind.",
        "# TYPE bakery_loaves_total counter",
        "bakery_loaves_total{kind=\"rye\"} 1",
        "# HELP bakery_oven_loaves Loaves in the oven.",
        "# TYPE bakery_oven_loaves gauge",
        "bakery_oven_loaves 2",
    ];
    assert_eq!(shown(&registry), expected, "what was never set is not shown");
    let described: Vec<_> = Metrics::DESCRIBED.iter().map(|one| (one.name, one.kind, one.labels.len())).collect();
    let expected = [
        ("bakery_loaves_total", Kind::Counter, 1),
        ("bakery_oven_loaves", Kind::Gauge, 0),
        ("bakery_baker_since_seconds", Kind::Gauge, 2),
        ("bakery_baking_seconds", Kind::Histogram, 0),
    ];
    assert_eq!(described, expected);
    assert_eq!(Metrics::DESCRIBED[3].buckets, SECONDS);
    metrics.baking.observe(0.3);
    register(&registry, &metrics).expect_err("a name is there once");
}

#[test]
fn a_set_of_gauges_has_the_series_it_was_given_last_and_no_other() {
    let (registry, metrics) = (Registry::new(), Metrics::default());
    register(&registry, &metrics).unwrap();
    let series = || shown(&registry).into_iter().filter(|line| line.starts_with("bakery_baker")).collect::<Vec<_>>();
    metrics.bakers.set([(at("front", "till"), 1.0), (at("back", "oven"), 2.0)]);
    metrics.bakers.set([(at("front", "till"), 3.0)]);
    assert_eq!(series(), ["bakery_baker_since_seconds{place=\"till\",room=\"front\"} 3"]);
    metrics.bakers.set_for("back", [(at("back", "sink"), 4.0)]);
    assert_eq!(series().len(), 2, "the front is not meant");
    metrics.bakers.set_for::<2>("back", []);
    assert_eq!(series().len(), 1);
    metrics.bakers.set::<2>([]);
    assert!(series().is_empty());
}

#[test]
fn what_must_be_up_to_date_is_asked_for_when_somebody_looks() {
    let (registry, metrics) = (Registry::new(), Metrics::default());
    register_fresh(&registry, &metrics, |metrics: &Metrics| metrics.oven.inc()).unwrap();
    for looks in 1..3 {
        assert!(shown(&registry).contains(&format!("bakery_oven_loaves {looks}")));
    }
}
