//! With what a child reads and what it may use, and how that is told to it.

use runtime::settings::{Extractor, Fetch};
use std::time::Duration;

/// The limits of a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Memory that the process may write to, in bytes.
    pub memory_bytes: u64,
    /// Time per PDF: by the clock for the parent, who kills, and in whole seconds of processor time for the kernel.
    pub time: Duration,
    /// A longer text loses its middle.
    pub text_cap_chars: usize,
    pub extractor: Extractor,
}

impl Limits {
    /// The arguments that [`Limits::from_arguments`] reads.
    #[must_use]
    pub fn to_arguments(&self) -> [String; 4] {
        let Self { memory_bytes, time, text_cap_chars, extractor } = self;
        [
            extractor.as_str().to_owned(),
            memory_bytes.to_string(),
            time.as_millis().to_string(),
            text_cap_chars.to_string(),
        ]
    }

    #[must_use]
    pub fn from_arguments(arguments: &[&str]) -> Option<Self> {
        let [extractor, memory_bytes, time_ms, text_cap_chars] = arguments else { return None };
        Some(Self {
            memory_bytes: memory_bytes.parse().ok()?,
            time: Duration::from_millis(time_ms.parse().ok()?),
            text_cap_chars: text_cap_chars.parse().ok()?,
            extractor: Extractor::parse(extractor)?,
        })
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 200 << 20,
            time: Duration::from_secs(20),
            text_cap_chars: 60_000,
            extractor: Extractor::default(),
        }
    }
}

impl From<&Fetch> for Limits {
    fn from(settings: &Fetch) -> Self {
        Self {
            memory_bytes: settings.extract_memory_mb << 20,
            time: Duration::from_millis(settings.extract_timeout_ms),
            text_cap_chars: settings.text_cap_chars,
            extractor: settings.extractor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_understands_its_limits() {
        let limits = Limits {
            memory_bytes: 1,
            time: Duration::from_millis(2),
            text_cap_chars: 3,
            extractor: Extractor::PdfExtract,
        };
        let arguments = limits.to_arguments();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert_eq!(Limits::from_arguments(&arguments), Some(limits));
        assert_eq!(Limits::from_arguments(&["1", "2"]), None);
    }
}
