//! What asking a language model shows. What it costs, by model, the engine counts for every stage.

use instruments::SECONDS;

instruments::metrics! {
    /// Calls, and the budget. Cloning is cheap and shares them.
    pub struct Metrics {
        /// How long calls to the language model took (`system="llm"`), by what came of them: `ok` or an error code.
        pub(crate) requests: HistogramVec("invoice_external_request_duration_seconds", "system", "code"; SECONDS),
        /// What this replica has spent of `llm.usd_per_hour` and `llm.usd_per_day` since the hour or the day (UTC) began, 0 to 1;
        /// the sum over the replicas is what the stage has spent. A replica stops at its share of the partitions. Not there
        /// without a budget; a restart begins anew.
        pub(crate) budget_used: GaugeSet("invoice_llm_budget_used_ratio", "period"),
    }
}
