//! What fetching and reading PDFs show. No label is a host: strangers choose those.

use instruments::SECONDS;

instruments::metrics! {
    /// Downloads, and the children that read PDFs. Cloning is cheap and shares them.
    pub struct Metrics {
        /// How long downloads took with their redirects (`system="pdf"`), by what came of them: `ok` or an error code.
        pub(crate) requests: HistogramVec("invoice_external_request_duration_seconds", "system", "code"; SECONDS),
        /// Children that read or draw a PDF now, of the `fetch.extract_children` that there may be.
        pub(crate) busy: IntGauge("invoice_extraction_children_busy"),
        /// PDFs that wait for a child.
        pub(crate) waiting: IntGauge("invoice_extraction_waiting"),
        /// Children that were started. One serves up to 200 PDFs; more of them mean that PDFs kill their readers.
        pub(crate) started: IntCounter("invoice_extraction_children_started_total"),
        /// How long children took, by what they were asked for (`text` or `picture`) and what came of it: `ok` or an error code.
        pub(crate) extraction: HistogramVec("invoice_extraction_duration_seconds", "job", "code"; SECONDS),
    }
}
