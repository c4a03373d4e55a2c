//! What a status other than 200 means. The body tells apart a rate limit, which passes, and an account without money, which
//! does not, as both come with 429.

use crate::model::failure::{self, Failure};
use crate::model::headers::{overruled, retry_after};
use contract::{Class, code};
use reqwest::header::HeaderMap;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    error: ApiError,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ApiError {
    message: String,
    r#type: Option<String>,
    /// A word; some servers put the status here.
    code: Option<serde_json::Value>,
}

/// Classes an answer that is no success.
pub(super) fn classify(status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let error = serde_json::from_slice::<ErrorBody>(body).unwrap_or_default().error;
    let code = error.code.as_ref().and_then(|code| code.as_str()).unwrap_or_default();
    let failure = match (status, code) {
        (402, _) => return failure::spend_limit(),
        (_, "insufficient_quota" | "credit_balance_exhausted" | "billing_hard_limit_reached") => {
            return failure::spend_limit();
        }
        (_, code) if code.ends_with("_spend_limit_exceeded") => return failure::spend_limit(),
        (_, "context_length_exceeded") => failure::too_large(),
        (503, "slow_down") => {
            Failure::new(code::LLM_OVERLOADED, Class::Unavailable, "the model is overloaded (503 slow_down)")
        }
        _ => failure::of_status(status, error.r#type.as_deref().unwrap_or_default(), &error.message),
    };
    overruled(Failure { retry_after: retry_after(headers), ..failure }, status, headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Class::{Permanent, Transient, Unavailable};

    fn classified(status: u16, headers: &[(&'static str, &str)], code: &str) -> (String, Class, Option<u64>) {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let body = format!(r#"{{"error":{{"message":"m","type":"t","param":null,"code":{code}}}}}"#);
        let failure = classify(status, &headers, body.as_bytes());
        let wait = failure.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap());
        (failure.code.to_string(), failure.class, wait)
    }

    #[test]
    fn every_error_has_its_meaning() {
        for (status, word, code, class) in [
            (400, "null", "llm.bad_request", Permanent),
            (400, "\"context_length_exceeded\"", "llm.too_large", Permanent),
            (401, "\"invalid_api_key\"", "llm.unauthorized", Unavailable),
            (403, "null", "llm.unauthorized", Unavailable),
            (404, "\"model_not_found\"", "llm.bad_request", Unavailable),
            (422, "422", "llm.bad_request", Permanent),
            (429, "\"rate_limit_exceeded\"", "llm.rate_limited", Transient),
            (500, "null", "llm.unavailable", Unavailable),
            (503, "\"slow_down\"", "llm.overloaded", Unavailable),
            (503, "null", "llm.unavailable", Unavailable),
        ] {
            let (found_code, found_class, _) = classified(status, &[], word);
            assert_eq!((found_code.as_str(), found_class), (code, class), "{status} {word}");
        }
        assert_eq!(classified(429, &[("retry-after", "7")], "null").2, Some(7000));
        assert_eq!(classify(502, &HeaderMap::new(), b"<html>").code.as_str(), "llm.unavailable");
    }

    #[test]
    fn an_account_without_money_parks_the_stage() {
        let hour = Some(3_600_000);
        for word in ["insufficient_quota", "project_spend_limit_exceeded", "credit_balance_exhausted"] {
            let spent = classified(429, &[("retry-after", "3")], &format!("\"{word}\""));
            assert_eq!(spent, ("llm.spend_limit".to_owned(), Unavailable, hour), "{word}");
        }
        assert_eq!(classified(402, &[], "null").0, "llm.spend_limit");
    }
}
