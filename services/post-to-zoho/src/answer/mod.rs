//! What Zoho's answer to a call means: a pure function of status, `Retry-After` and body.
//!
//! Zoho reuses its code numbers for unrelated failures, so the HTTP status decides first, the message second and
//! the code third.

mod field;
mod meaning;
mod sentence;

use contract::code;
use engine::StageError;
use meaning::{Effect, Meaning};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::time::Duration;

/// An HTTP answer as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

/// A success: the parts of Zoho's JSON object.
#[derive(Debug)]
pub(crate) struct Answer(HashMap<String, Box<RawValue>>);

/// Why a call brought no success, and whether it can have had an effect.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Zoho has done nothing.
    #[error(transparent)]
    Refused(StageError),
    /// Zoho has done nothing, because something of that name or number is there already.
    #[error(transparent)]
    Exists(StageError),
    /// Zoho may have done what it was asked, or may yet do it.
    #[error(transparent)]
    Unknown(StageError),
}

impl CallError {
    pub(crate) fn error(&self) -> &StageError {
        match self {
            Self::Refused(error) | Self::Exists(error) | Self::Unknown(error) => error,
        }
    }
}

impl From<CallError> for StageError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(error) | CallError::Exists(error) | CallError::Unknown(error) => error,
        }
    }
}

impl Answer {
    /// One part of the answer.
    pub(crate) fn part<T: DeserializeOwned>(&self, name: &str) -> Result<T, CallError> {
        let part = self.0.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok());
        part.ok_or_else(|| CallError::Unknown(unreadable(&format!("without a readable `{name}`"))))
    }

    /// Whether a list goes on behind this page.
    pub(crate) fn has_more(&self) -> bool {
        #[derive(serde::Deserialize)]
        struct PageContext {
            has_more_page: bool,
        }
        self.part::<PageContext>("page_context").is_ok_and(|page| page.has_more_page)
    }

    fn code(&self) -> Option<i64> {
        self.0.get("code")?.get().parse().ok()
    }

    fn message(&self) -> String {
        self.part("message").unwrap_or_default()
    }
}

/// Tells a success from a failure, and failures from one another.
pub(crate) fn judge(reply: &Reply) -> Result<Answer, CallError> {
    let answer: Option<Answer> = serde_json::from_slice(&reply.body).ok().map(Answer);
    let code = answer.as_ref().and_then(Answer::code);
    match (reply.status, code, answer) {
        (200..=299, Some(0), Some(answer)) => Ok(answer),
        (200..=299, None, _) => Err(CallError::Unknown(unreadable("that is not of Zoho Books"))),
        (_, code, answer) => {
            let message = answer.map(|answer| answer.message()).unwrap_or_default();
            Err(refusal(reply, code, &message))
        }
    }
}

fn refusal(reply: &Reply, code: Option<i64>, message: &str) -> CallError {
    let meaning = Meaning::of(reply.status, code, message);
    let error = meaning.error(reply, code).with_evidence(&Said { status: reply.status, code, message });
    match meaning.effect() {
        Effect::None => CallError::Refused(error),
        Effect::There => CallError::Exists(error),
        Effect::Unknown => CallError::Unknown(error),
    }
}

/// What Zoho said, for a dead letter's evidence.
#[derive(Debug, Serialize)]
struct Said<'a> {
    status: u16,
    code: Option<i64>,
    message: &'a str,
}

/// The access token was refused.
pub(crate) fn unauthorized() -> StageError {
    StageError::unavailable(
        code::ZOHO_UNAUTHORIZED,
        "Zoho Books refuses the access token, or a scope or the user's role is missing: `invoicectl zoho check` says which",
    )
}

pub(crate) fn unreadable(how: &str) -> StageError {
    StageError::transient(code::ZOHO_BAD_RESPONSE, format!("Zoho Books gave an answer {how}"))
}

#[cfg(test)]
mod tests;
