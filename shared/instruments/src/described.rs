//! What is known of a metric without making it.

/// A metric as its struct declares it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Described {
    pub name: &'static str,
    pub kind: Kind,
    /// The labels that the metric itself has; a stage's registry adds `stage`.
    pub labels: &'static [&'static str],
    #[doc(hidden)]
    pub documentation: &'static str,
    /// Upper bounds, of a histogram only.
    pub buckets: &'static [f64],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Described {
    /// One or more sentences, on one line.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.documentation.trim()
    }
}

impl Kind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}
