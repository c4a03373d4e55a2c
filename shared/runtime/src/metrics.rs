//! What every program of ours shows.

instruments::metrics! {
    /// Of the process itself.
    pub(crate) struct Metrics {
        /// Always 1; the labels say which program this is.
        pub(crate) build_info: IntGaugeVec("invoice_build_info", "service", "version"),
    }
}

/// What every program shows, for its documentation.
pub const METRICS: &[instruments::Described] = Metrics::DESCRIBED;
