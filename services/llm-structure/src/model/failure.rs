//! A call that brought no answer: code, class and wait.

use contract::{Class, Code, code};
use engine::StageError;
use std::error::Error as StdError;
use std::iter;
use std::time::Duration;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) class: Class,
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(code: Code, class: Class, message: impl Into<String>) -> Self {
        Self { code, class, message: message.into(), retry_after: None }
    }
}

impl From<Failure> for StageError {
    fn from(failure: Failure) -> Self {
        let throttled = failure.code == code::LLM_RATE_LIMITED;
        let error = Self::new(failure.code, failure.class, failure.message).with_retry_after(failure.retry_after);
        Self { throttled, ..error }
    }
}

/// Classes a call that was not answered, or not to the end.
pub(super) fn of_transport(error: &reqwest::Error, timeout: Duration) -> Failure {
    let cause = iter::successors(error.source(), |&link| link.source()).last().map(ToString::to_string);
    let cause = cause.unwrap_or_default();
    let (code, message) = if error.is_connect() {
        (code::LLM_CONNECT, format!("no connection to the model: {cause}"))
    } else if error.is_timeout() {
        (code::LLM_TIMEOUT, format!("the model did not answer within {} ms", timeout.as_millis()))
    } else {
        (code::LLM_UNAVAILABLE, format!("the connection to the model broke: {cause}"))
    };
    Failure::new(code, Class::Unavailable, message)
}

pub(super) fn bad_response(problem: &str) -> Failure {
    let message = format!("what came from the model's URL {problem}");
    Failure::new(code::LLM_BAD_RESPONSE, Class::Transient, message)
}

pub(super) fn too_large() -> Failure {
    Failure::new(code::LLM_TOO_LARGE, Class::Permanent, "the text is larger than the model takes")
}
