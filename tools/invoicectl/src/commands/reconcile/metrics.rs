//! The report as Prometheus' text, for a collector that reads files.

use super::Report;
use chrono::{DateTime, Utc};
use post_to_zoho::compare::Metrics;
use prometheus::{Registry, TextEncoder};
use std::path::Path;
use std::{fs, io};

/// What the report says, to be read by itself.
///
/// # Errors
/// Never, as long as the metrics are well-formed.
pub(super) fn text(report: &Report, now: DateTime<Utc>) -> prometheus::Result<String> {
    let registry = Registry::new();
    instruments::register(
        &registry,
        &Metrics::of(&report.differences, report.checked, report.read, report.calls, now),
    )?;
    TextEncoder::new().encode_to_string(&registry.gather())
}

/// Replaces the file: whoever reads it meanwhile sees the old one or the new one, whole.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // Collectors read what ends with .prom.
    name.push(".new");
    let next = path.with_file_name(name);
    fs::write(&next, text)?;
    fs::rename(&next, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use post_to_zoho::compare::{Difference, Kind, Period};

    #[test]
    fn every_kind_has_its_line_and_the_file_is_whole() {
        let now = "2026-11-23T20:00:00Z".parse().unwrap();
        let difference = |kind| Difference { kind, invoice_id: None, bill_ids: Vec::new(), message: String::new() };
        let report = Report {
            period: Period { since: now, until: now },
            checked: 7,
            read: 9,
            calls: 2,
            differences: vec![difference(Kind::Missing), difference(Kind::ByHand), difference(Kind::Missing)],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invoices.prom");
        fs::write(&path, "old").unwrap();
        write(&path, &text(&report, now).unwrap()).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        let values: Vec<&str> = written.lines().filter(|line| !line.starts_with('#')).collect();
        let expected = [
            "invoice_reconcile_calls 2",
            "invoice_reconcile_checked 7",
            "invoice_reconcile_differences{kind=\"by_hand\"} 1",
            "invoice_reconcile_differences{kind=\"different\"} 0",
            "invoice_reconcile_differences{kind=\"doubled\"} 0",
            "invoice_reconcile_differences{kind=\"missing\"} 2",
            "invoice_reconcile_differences{kind=\"unknown\"} 0",
            "invoice_reconcile_last_success_timestamp_seconds 1795464000",
            "invoice_reconcile_read 9",
        ];
        assert_eq!(values, expected);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
