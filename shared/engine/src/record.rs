//! Records as the engine sees them: what came in, and what is to go out.

use bytes::Bytes;
use contract::Headers;
use std::sync::Arc;

/// Which of a stage's two topics a record came from. Each has a consumer and a group of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    Main,
    Retry,
}

impl Source {
    pub const ALL: [Self; 2] = [Self::Main, Self::Retry];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Retry => "retry",
        }
    }
}

/// A consumed record.
#[derive(Debug, Clone)]
pub struct Record {
    pub source: Source,
    pub partition: i32,
    pub offset: i64,
    /// The broker's append time, in milliseconds since 1970.
    pub timestamp_ms: i64,
    pub key: Option<Bytes>,
    /// Empty for a tombstone.
    pub value: Bytes,
    pub headers: Headers,
}

/// A record to produce.
#[derive(Debug, Clone)]
pub struct Output {
    pub topic: Arc<str>,
    pub key: String,
    pub headers: Headers,
    pub value: Bytes,
}

/// The time, on the two clocks the engine needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a clock that never steps.
    pub steady_ms: u64,
    /// Milliseconds since 1970, comparable with the broker's append time.
    pub wall_ms: i64,
}

/// A duration on the steady clock.
pub(crate) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
