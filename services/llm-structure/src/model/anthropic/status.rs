//! What a status other than 200 means. The status decides; the body tells the two traps apart in which a spending
//! limit looks like a mistake of ours (400) or like an ordinary rate limit (429).

use crate::model::failure::{self, Failure};
use crate::model::headers::{overruled, retry_after};
use contract::{Class, code};
use reqwest::header::HeaderMap;
use serde::Deserialize;
use std::time::Duration;

#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    error: ApiError,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ApiError {
    r#type: String,
    message: String,
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    error_code: Option<String>,
}

/// Classes an answer that is no success.
pub(super) fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let error = serde_json::from_slice::<ErrorBody>(body).unwrap_or_default().error;
    let wait = retry_after(headers);
    if is_spend_limit(status, wait, &error) {
        return failure::spend_limit();
    }
    overruled(Failure { retry_after: wait, ..by_status(status, &error) }, status, headers)
}

fn by_status(status: u16, error: &ApiError) -> Failure {
    if status == 529 || error.r#type == "overloaded_error" {
        return Failure::new(code::LLM_OVERLOADED, Class::Unavailable, format!("the model is overloaded ({status})"));
    }
    failure::of_status(status, &error.r#type, &error.message)
}

fn is_spend_limit(status: u16, wait: Option<Duration>, error: &ApiError) -> bool {
    let code = error.details.as_ref().and_then(|details| details.error_code.as_deref());
    match status {
        402 => true,
        429 => wait.is_none() && code == Some("enforced_spend_limit_reached"),
        400 => {
            error.message.starts_with("You have reached your specified API usage limits")
                || error.message.starts_with("Your credit balance is too low")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Class::{Permanent, Transient, Unavailable};

    fn classified(status: u16, headers: &[(&'static str, &str)], body: &str) -> (String, Class, Option<u64>) {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let failure = classify(status, &headers, body.as_bytes());
        let wait = failure.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap());
        (failure.code.to_string(), failure.class, wait)
    }

    fn error(kind: &str, message: &str) -> String {
        format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}},"request_id":"req_1"}}"#)
    }

    #[test]
    fn every_status_has_its_meaning() {
        for (status, code, class) in [
            (302, "llm.bad_response", Transient),
            (400, "llm.bad_request", Permanent),
            (401, "llm.unauthorized", Unavailable),
            (402, "llm.spend_limit", Unavailable),
            (403, "llm.unauthorized", Unavailable),
            (404, "llm.bad_request", Unavailable),
            (408, "llm.timeout", Unavailable),
            (409, "llm.unavailable", Transient),
            (413, "llm.too_large", Permanent),
            (422, "llm.bad_request", Permanent),
            (429, "llm.rate_limited", Transient),
            (500, "llm.unavailable", Unavailable),
            (502, "llm.unavailable", Unavailable),
            (503, "llm.unavailable", Unavailable),
            (504, "llm.unavailable", Unavailable),
            (529, "llm.overloaded", Unavailable),
        ] {
            for body in ["", "<html>", &error("api_error", "m")] {
                let (found_code, found_class, _) = classified(status, &[], body);
                assert_eq!((found_code.as_str(), found_class), (code, class), "{status}");
            }
        }
        assert_eq!(classified(500, &[], &error("overloaded_error", "Overloaded")).0, "llm.overloaded");
    }

    #[test]
    fn the_wait_that_was_asked_for_is_kept() {
        let wait = |headers: &[(&'static str, &str)]| classified(429, headers, "").2;
        assert_eq!(wait(&[("retry-after", "7")]), Some(7000));
        assert_eq!(wait(&[("retry-after", "7"), ("retry-after-ms", "250")]), Some(250));
        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(classified(529, &[("retry-after", "30")], "").2, Some(30_000));
    }

    #[test]
    fn a_spending_limit_is_recognised_in_all_its_disguises() {
        let hour = Some(3_600_000);
        let spent = ("llm.spend_limit".to_owned(), Unavailable, hour);
        let own_limit = "You have reached your specified API usage limits. You will regain access on 2026-12-01.";
        assert_eq!(classified(400, &[], &error("invalid_request_error", own_limit)), spent);
        let balance = "Your credit balance is too low to access the Anthropic API.";
        assert_eq!(classified(400, &[], &error("invalid_request_error", balance)), spent);
        assert_eq!(classified(402, &[], &error("billing_error", "m")), spent);
        let tier = r#"{"error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}"#;
        assert_eq!(classified(429, &[], tier), spent);
        assert_eq!(classified(429, &[("retry-after", "3")], tier).0, "llm.rate_limited");
    }

    #[test]
    fn the_service_has_the_last_word_on_retrying() {
        let class = |status, retry| classified(status, &[("x-should-retry", retry)], "").1;
        assert_eq!(class(400, "true"), Transient);
        assert_eq!(class(500, "false"), Permanent);
        assert_eq!(class(529, "true"), Unavailable);
        assert_eq!(class(401, "false"), Unavailable);
    }
}
