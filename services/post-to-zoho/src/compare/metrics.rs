//! What a comparison shows to whoever watches the books.

use super::{Difference, Kind};
use chrono::{DateTime, Utc};

instruments::metrics! {
    /// One comparison that is complete.
    pub struct Metrics {
        /// Differences between what was posted and Zoho Books, by kind; every kind is there, also without one.
        differences: IntGaugeVec("invoice_reconcile_differences", "kind"),
        /// Posted bills that were compared.
        checked: IntGauge("invoice_reconcile_checked"),
        /// Bills of Zoho Books that were read.
        read: IntGauge("invoice_reconcile_read"),
        /// Calls to Zoho Books that it took.
        calls: IntGauge("invoice_reconcile_calls"),
        /// When the last comparison was complete, in seconds since 1970.
        last_success: IntGauge("invoice_reconcile_last_success_timestamp_seconds"),
    }
}

impl Metrics {
    /// So many of our bills compared, so many of Zoho's read, in so many calls.
    #[must_use]
    pub fn of(differences: &[Difference], checked: usize, read: usize, calls: u32, now: DateTime<Utc>) -> Self {
        let metrics = Self::default();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        for kind in Kind::ALL {
            let count = differences.iter().filter(|difference| difference.kind == kind).count();
            metrics.differences.with_label_values(&[kind.as_str()]).set(number(count));
        }
        metrics.checked.set(number(checked));
        metrics.read.set(number(read));
        metrics.calls.set(calls.into());
        metrics.last_success.set(now.timestamp());
        metrics
    }
}
