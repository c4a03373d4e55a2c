//! A call that brought no answer: code, class and wait.

use contract::{Class, Code, code};
use engine::StageError;
use std::error::Error as StdError;
use std::iter;
use std::time::Duration;

const SPEND_LIMIT_WAIT: Duration = Duration::from_secs(3600);

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

/// What a status other than 200 means, where both APIs mean the same. `kind` and `said` are the API's own words.
pub(super) fn of_status(status: u16, kind: &str, said: &str) -> Failure {
    match status {
        401 | 403 => {
            let message = format!("the model refuses our key ({status}): check llm.api_key");
            Failure::new(code::LLM_UNAUTHORIZED, Class::Unavailable, message)
        }
        404 => {
            let message = "there is no such model or path (404): check llm.model and llm.base_url";
            Failure::new(code::LLM_BAD_REQUEST, Class::Unavailable, message)
        }
        408 => Failure::new(code::LLM_TIMEOUT, Class::Unavailable, "the model's service timed out (408)"),
        409 => Failure::new(code::LLM_UNAVAILABLE, Class::Transient, "the model's service reports a conflict (409)"),
        413 => too_large(),
        429 => Failure::new(code::LLM_RATE_LIMITED, Class::Transient, "the model's rate limit is reached (429)"),
        400..=499 => {
            let said: String = said.chars().take(160).collect();
            let message = format!("the model's service refuses the request ({status} {kind}): {said}");
            Failure::new(code::LLM_BAD_REQUEST, Class::Permanent, message)
        }
        500.. => {
            let message = format!("the model's service is failing ({status})");
            Failure::new(code::LLM_UNAVAILABLE, Class::Unavailable, message)
        }
        _ => bad_response(&format!("has status {status}: check llm.base_url")),
    }
}

/// The account has no money left: the stage rests before it looks again.
pub(super) fn spend_limit() -> Failure {
    let message = "the account's spending limit is reached: raise it, or wait until it resets";
    let failure = Failure::new(code::LLM_SPEND_LIMIT, Class::Unavailable, message);
    Failure { retry_after: Some(SPEND_LIMIT_WAIT), ..failure }
}

pub(super) fn too_large() -> Failure {
    Failure::new(code::LLM_TOO_LARGE, Class::Permanent, "the text is larger than the model takes")
}
