//! The report as Prometheus' text, for a collector that reads files.

use super::Report;
use chrono::{DateTime, Utc};
use post_to_zoho::compare::Kind;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// Every kind has its line, also without a difference: an alert must see it fall back to 0.
pub(super) fn text(report: &Report, now: DateTime<Utc>) -> String {
    let mut text = String::new();
    head(&mut text, "invoices_reconcile_differences", "Differences between what was posted and Zoho Books.");
    for kind in Kind::ALL {
        let count = report.differences.iter().filter(|difference| difference.kind == kind).count();
        let _ = writeln!(text, "invoices_reconcile_differences{{kind=\"{}\"}} {count}", kind.as_str());
    }
    gauge(&mut text, "invoices_reconcile_checked", "Posted bills that were compared.", report.checked);
    gauge(&mut text, "invoices_reconcile_read", "Bills of Zoho Books that were read.", report.read);
    gauge(&mut text, "invoices_reconcile_calls", "Calls to Zoho Books that it took.", report.calls);
    let name = "invoices_reconcile_last_success_timestamp_seconds";
    gauge(&mut text, name, "When the last comparison was complete.", now.timestamp());
    text
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

fn gauge(text: &mut String, name: &str, help: &str, value: impl std::fmt::Display) {
    head(text, name, help);
    let _ = writeln!(text, "{name} {value}");
}

fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

#[cfg(test)]
mod tests {
    use super::*;
    use post_to_zoho::compare::{Difference, Period};

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
        write(&path, &text(&report, now)).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        let values: Vec<&str> = written.lines().filter(|line| !line.starts_with('#')).collect();
        let expected = [
            "invoices_reconcile_differences{kind=\"missing\"} 2",
            "invoices_reconcile_differences{kind=\"doubled\"} 0",
            "invoices_reconcile_differences{kind=\"different\"} 0",
            "invoices_reconcile_differences{kind=\"unknown\"} 0",
            "invoices_reconcile_differences{kind=\"by_hand\"} 1",
            "invoices_reconcile_checked 7",
            "invoices_reconcile_read 9",
            "invoices_reconcile_calls 2",
            "invoices_reconcile_last_success_timestamp_seconds 1795464000",
        ];
        assert_eq!(values, expected);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
