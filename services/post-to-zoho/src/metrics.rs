//! What posting shows. No label is a vendor or an amount.

use instruments::SECONDS;

instruments::metrics! {
    /// Calls to the ledger. Cloning is cheap and shares them.
    pub struct Metrics {
        /// How long calls to Zoho Books took (`system="zoho"`), by what came of them: `ok` or an error code. Their number is what
        /// the organisation's quotas of the minute and of the day count.
        pub(crate) requests: HistogramVec("invoice_external_request_duration_seconds", "system", "code"; SECONDS),
        /// `zoho.calls_per_day`. Not there while that is 0.
        pub(crate) calls_per_day: GaugeSet("invoice_zoho_calls_per_day_limit"),
    }
}
