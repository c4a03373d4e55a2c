//! Why an attempt failed, and what that means for the record.

use contract::{Class, Code, Cost};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;
use std::time::Duration;

/// A failed attempt: a stable code, a class that decides what happens next, and a sentence that says what to do.
///
/// The message must hold neither secrets nor personal data; what a person needs to see of the invoice goes into
/// `candidate` and `evidence`, which stay in the dead letter.
#[derive(Debug, Clone)]
pub struct StageError {
    pub code: Code,
    pub class: Class,
    pub message: String,
    /// How long the dependency asked us to wait.
    pub retry_after: Option<Duration>,
    /// What the stage had made of the input when it stopped.
    pub candidate: Option<Box<RawValue>>,
    /// What was wrong with it, with the numbers involved.
    pub evidence: Option<Box<RawValue>>,
    /// The attempt may have had its effect on the outside world. It is then never the last: a further one looks.
    pub in_doubt: bool,
    /// The dependency refused the call for its rate limit: it has done nothing, and the attempt does not count.
    pub throttled: bool,
    /// What was paid although the attempt failed.
    pub cost: Option<Cost>,
}

impl StageError {
    #[must_use]
    pub fn new(code: Code, class: Class, message: impl Into<String>) -> Self {
        Self {
            code,
            class,
            message: message.into(),
            retry_after: None,
            candidate: None,
            evidence: None,
            in_doubt: false,
            throttled: false,
            cost: None,
        }
    }

    /// A call that the dependency refused for its rate limit.
    #[must_use]
    pub fn throttled(code: Code, message: impl Into<String>) -> Self {
        Self { throttled: true, ..Self::new(code, Class::Transient, message) }
    }

    #[must_use]
    pub fn transient(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Class::Transient, message)
    }

    #[must_use]
    pub fn unavailable(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Class::Unavailable, message)
    }

    #[must_use]
    pub fn permanent(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Class::Permanent, message)
    }

    #[must_use]
    pub fn review(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Class::Review, message)
    }

    /// Longer than ten minutes parks the dependency for that time: quotas and spend limits.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Says that the effect may have taken place.
    #[must_use]
    pub fn with_effect_in_doubt(mut self) -> Self {
        self.in_doubt = true;
        self
    }

    /// Keeps what the stage had made of the input. What cannot be written as JSON is left out.
    #[must_use]
    pub fn with_candidate(mut self, candidate: &impl Serialize) -> Self {
        self.candidate = to_raw_value(candidate).ok();
        self
    }

    /// Keeps why. What cannot be written as JSON is left out.
    #[must_use]
    pub fn with_evidence(mut self, evidence: &impl Serialize) -> Self {
        self.evidence = to_raw_value(evidence).ok();
        self
    }

    #[must_use]
    pub fn with_cost(mut self, cost: Cost) -> Self {
        self.cost = Some(cost);
        self
    }
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for StageError {}
