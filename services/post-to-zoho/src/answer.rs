//! What Zoho's answer to a call means: a pure function of status, `Retry-After` and body.
//!
//! Zoho reuses its code numbers for unrelated failures, so the HTTP status decides first, the message second and
//! the code third.

use contract::code;
use engine::StageError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::time::Duration;

/// The wait after the minute's calls of the organisation are used up.
const MINUTE: Duration = Duration::from_secs(60);
/// The wait after the day's calls are used up: long enough to park the stage, which then asks again each hour.
const HOUR: Duration = Duration::from_secs(3600);

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
    let said = message.to_ascii_lowercase();
    let failure = |error: StageError| error.with_evidence(&Said { status: reply.status, code, message });
    match reply.status {
        408 => CallError::Unknown(failure(StageError::unavailable(code::ZOHO_TIMEOUT, "Zoho Books gave up the call"))),
        429 => CallError::Refused(failure(limited(&said, code, reply.retry_after))),
        500.. => CallError::Unknown(failure(
            StageError::unavailable(code::ZOHO_UNAVAILABLE, format!("Zoho Books answered HTTP {}", reply.status))
                .with_retry_after(reply.retry_after),
        )),
        _ if is_wrong_organization(&said, code) => CallError::Refused(failure(StageError::unavailable(
            code::ZOHO_ORGANIZATION,
            "the Zoho user does not belong to zoho.organization_id: correct the setting or the user's access",
        ))),
        401 | 403 => CallError::Refused(failure(unauthorized())),
        _ if code == Some(14) => CallError::Refused(failure(unauthorized())),
        404 | 405 if code.is_none() || code == Some(5) => CallError::Refused(failure(StageError::unavailable(
            code::ZOHO_SETUP,
            "there is no Zoho Books API at zoho.api_url: correct the setting",
        ))),
        200..=299 | 400..=499 if is_duplicate(&said, code) => {
            CallError::Exists(failure(bad_request(reply.status, code)))
        }
        200..=299 | 400..=499 => CallError::Refused(failure(bad_request(reply.status, code))),
        _ => CallError::Unknown(failure(unreadable(&format!("with HTTP {}", reply.status)))),
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
        "Zoho Books refuses the access token or a scope is missing: check the client's scopes and the user's role",
    )
}

fn limited(said: &str, code: Option<i64>, retry_after: Option<Duration>) -> StageError {
    let per_minute = said.contains("per minute");
    if said.contains("in process") || (!per_minute && code == Some(1070)) {
        return StageError::throttled(code::ZOHO_BUSY, "too many calls of the organisation are in process")
            .with_retry_after(retry_after);
    }
    if !per_minute && (said.contains("call rate limit") || said.contains("day") || code == Some(45)) {
        return StageError::unavailable(
            code::ZOHO_DAILY_QUOTA,
            "the organisation's API calls of the day are used up: posting resumes when Zoho resets them",
        )
        .with_retry_after(retry_after.or(Some(HOUR)));
    }
    StageError::throttled(code::ZOHO_RATE_LIMITED, "the organisation's API calls of the minute are used up")
        .with_retry_after(retry_after.or(Some(MINUTE)))
}

fn bad_request(status: u16, code: Option<i64>) -> StageError {
    let number = code.map(|code| format!(", code {code}")).unwrap_or_default();
    StageError::permanent(
        code::ZOHO_BAD_REQUEST,
        format!("Zoho Books refused the call: HTTP {status}{number}; its words are in the evidence"),
    )
}

pub(crate) fn unreadable(how: &str) -> StageError {
    StageError::transient(code::ZOHO_BAD_RESPONSE, format!("Zoho Books gave an answer {how}"))
}

/// The code that Zoho gives a repeated bill number is not documented, so its words count as well.
fn is_duplicate(said: &str, code: Option<i64>) -> bool {
    const WORDS: [&str; 5] =
        ["already exist", "already been created", "already been taken", "already been used", "already used"];
    code == Some(13011) || WORDS.iter().any(|words| said.contains(words))
}

fn is_wrong_organization(said: &str, code: Option<i64>) -> bool {
    code == Some(6041) || said.contains("not associated with the company")
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{Class, Code};

    const BLOCKED: &str = "For security reasons your organization has been blocked as it have exceeded the maximum \
                           number of requests per minute that can originate from an organization.";
    const QUOTA: &str = "The API call for this organization has exceeded the maximum call rate limit of 1000.";
    const IN_PROCESS: &str = "You have reached the maximum number of in process requests allowed. Kindly try again.";
    const STRANGER: &str = "This user is not associated with the CompanyID/CompanyName:7.";
    const NOT_AUTHORIZED: &str = "You are not authorized to perform this operation";

    #[derive(Debug, PartialEq)]
    enum Effect {
        None,
        Exists,
        Unknown,
    }

    fn judged(status: u16, code: i64, message: &str) -> (Effect, StageError) {
        let body = serde_json::json!({ "code": code, "message": message }).to_string().into_bytes();
        raw(status, body)
    }

    fn raw(status: u16, body: Vec<u8>) -> (Effect, StageError) {
        match judge(&Reply { status, retry_after: None, body }).unwrap_err() {
            CallError::Refused(error) => (Effect::None, error),
            CallError::Exists(error) => (Effect::Exists, error),
            CallError::Unknown(error) => (Effect::Unknown, error),
        }
    }

    #[test]
    fn every_documented_failure_has_its_code_class_and_wait() {
        use Class::{Permanent, Transient, Unavailable};
        let table: [(u16, i64, &str, Effect, Code, Class, u64); 19] = [
            (429, 44, BLOCKED, Effect::None, code::ZOHO_RATE_LIMITED, Transient, 60),
            (429, 45, QUOTA, Effect::None, code::ZOHO_DAILY_QUOTA, Unavailable, 3600),
            (429, 1070, IN_PROCESS, Effect::None, code::ZOHO_BUSY, Transient, 0),
            (429, 9999, IN_PROCESS, Effect::None, code::ZOHO_BUSY, Transient, 0),
            (429, 45, BLOCKED, Effect::None, code::ZOHO_RATE_LIMITED, Transient, 60),
            (429, 9999, "", Effect::None, code::ZOHO_RATE_LIMITED, Transient, 60),
            (401, 57, NOT_AUTHORIZED, Effect::None, code::ZOHO_UNAUTHORIZED, Unavailable, 0),
            (200, 14, "Invalid value passed for authtoken.", Effect::None, code::ZOHO_UNAUTHORIZED, Unavailable, 0),
            (401, 6041, STRANGER, Effect::None, code::ZOHO_ORGANIZATION, Unavailable, 0),
            (403, 9999, STRANGER, Effect::None, code::ZOHO_ORGANIZATION, Unavailable, 0),
            (404, 5, "Invalid URL Passed", Effect::None, code::ZOHO_SETUP, Unavailable, 0),
            (404, 1002, "Bill does not exist.", Effect::None, code::ZOHO_BAD_REQUEST, Permanent, 0),
            (400, 1002, "Invalid value passed for vendor_id", Effect::None, code::ZOHO_BAD_REQUEST, Permanent, 0),
            (400, 13011, "Bill number X", Effect::Exists, code::ZOHO_BAD_REQUEST, Permanent, 0),
            (400, 7, "A bill has already been created.", Effect::Exists, code::ZOHO_BAD_REQUEST, Permanent, 0),
            (400, 3062, "The customer \"X\" already exists.", Effect::Exists, code::ZOHO_BAD_REQUEST, Permanent, 0),
            (500, 1000, "Internal error", Effect::Unknown, code::ZOHO_UNAVAILABLE, Unavailable, 0),
            (503, 13011, "already exists", Effect::Unknown, code::ZOHO_UNAVAILABLE, Unavailable, 0),
            (302, 0, "", Effect::Unknown, code::ZOHO_BAD_RESPONSE, Transient, 0),
        ];
        for (status, number, message, effect, code, class, wait) in table {
            let (had, error) = judged(status, number, message);
            let wait = (wait > 0).then(|| Duration::from_secs(wait));
            assert_eq!(
                (had, error.code, error.class, error.retry_after),
                (effect, code, class, wait),
                "{status} {number} {message}"
            );
        }
    }

    #[test]
    fn what_is_not_zohos_json_is_never_a_success() {
        for body in ["", "<html>", "{}", "[]", "{\"code\":\"0\"}", "{\"message\":\"success\"}"] {
            let (effect, error) = raw(200, body.as_bytes().to_vec());
            assert_eq!((effect, error.code), (Effect::Unknown, code::ZOHO_BAD_RESPONSE), "{body}");
        }
        assert_eq!(raw(502, b"<html>".to_vec()).1.code, code::ZOHO_UNAVAILABLE);
        assert_eq!(raw(404, b"<html>".to_vec()).1.code, code::ZOHO_SETUP);
    }

    #[test]
    fn what_zoho_wrote_stands_in_the_evidence_and_not_in_the_message() {
        let (_, error) = judged(400, 3062, "The customer \"Asha Traders\" already exists.");
        assert!(!error.message.contains("Asha"));
        assert!(error.evidence.unwrap().get().contains("Asha"));
    }

    #[test]
    fn a_retry_after_of_zohos_is_honoured() {
        let wait = Some(Duration::from_secs(7));
        let reply = Reply { status: 429, retry_after: wait, body: b"{\"code\":44,\"message\":\"\"}".to_vec() };
        assert_eq!(StageError::from(judge(&reply).unwrap_err()).retry_after, wait);
    }
}
