//! docs/METRICS.md, made of the structs that declare the metrics.

use instruments::{Described, Kind};
use std::fmt::Write as _;

const HEAD: &str = "# Metrics

Made of the structs that declare them: `cargo run -p invoices-tests --example metrics`. Each process shows its own at `/metrics` of its
admin port. No label is an invoice, a link, a host or a name.

A stage puts the label `stage` on all that it shows, by its registry; so the metrics themselves need none, and rules and dashboards
hold whatever collects them. The way a record leaves a stage is called `exit`, as in [ARCHITECTURE.md](../ARCHITECTURE.md). Names that begin
with `kafka_` are of the Kafka client. Durations have the buckets of OpenTelemetry's conventions, 5 ms to 10 s, with a tail to two
minutes for PDFs and language models; those of whole invoices reach an hour, as they wait for retries and limits.
";

/// Who shows what.
#[must_use]
pub fn shown() -> [(&'static str, &'static [Described]); 7] {
    [
        ("Every process", runtime::METRICS),
        ("Every stage", stream::METRICS),
        ("fetch-extract", fetch_extract::Metrics::DESCRIBED),
        ("llm-structure", llm_structure::Metrics::DESCRIBED),
        ("post-to-zoho", post_to_zoho::Metrics::DESCRIBED),
        ("The console, with the `invoice_extraction_` metrics of fetch-extract", console::metrics::Metrics::DESCRIBED),
        ("`invoicectl reconcile --metrics`", post_to_zoho::compare::Metrics::DESCRIBED),
    ]
}

/// The text of docs/METRICS.md.
#[must_use]
pub fn metrics() -> String {
    let mut text = HEAD.to_owned();
    for (who, metrics) in shown() {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {who}\n\n| name | kind | labels | what |\n|---|---|---|---|\n");
        for metric in metrics {
            let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            let (name, kind, labels) = (metric.name, metric.kind.as_str(), labels.join(", "));
            let _ = writeln!(text, "| `{name}` | {kind} | {labels} | {} |", metric.help());
        }
    }
    text
}

/// The metrics whose names Prometheus would refuse or its conventions do not know, with what is wrong.
#[must_use]
pub fn misnamed() -> Vec<String> {
    let ends = |name: &str, ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let is_odd = |metric: &&Described| match metric.kind {
        Kind::Counter => !metric.name.ends_with("_total"),
        Kind::Gauge => metric.name.ends_with("_total"),
        Kind::Histogram => !ends(metric.name, &["_seconds", "_bytes"]),
    };
    shown().iter().flat_map(|(_, metrics)| metrics.iter().filter(is_odd)).map(|metric| metric.name.to_owned()).collect()
}
