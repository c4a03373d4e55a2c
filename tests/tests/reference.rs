//! The reference of the metrics is the one that their structs make.

use testkit::reference;

#[test]
fn the_reference_of_the_metrics_is_what_the_structs_declare() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/METRICS.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(written, reference::metrics(), "not current: cargo run -p invoices-tests --example metrics");
}

#[test]
fn counters_end_with_total_and_durations_with_their_unit() {
    assert_eq!(reference::misnamed(), [""; 0]);
}
