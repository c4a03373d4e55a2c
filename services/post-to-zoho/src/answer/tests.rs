use super::*;
use contract::Class::{Permanent, Transient, Unavailable};
use contract::{Class, Code};
use std::time::Duration;

const BLOCKED: &str = "For security reasons your organization has been blocked as it have exceeded the maximum \
                       number of requests per minute that can originate from an organization.";
const QUOTA: &str = "The API call for this organization has exceeded the maximum call rate limit of 1000.";
const IN_PROCESS: &str = "You have reached the maximum number of in process requests allowed. Kindly try again.";
const STRANGER: &str = "This user is not associated with the CompanyID/CompanyName:7.";
const NOT_AUTHORIZED: &str = "You are not authorized to perform this operation";
const TOO_LONG: &str = "Please ensure that the \"bill_number\" has less than 100 characters.";
const NOT_JSON: &str = "JSON is not well formed";

/// What Zoho answers, and what becomes of it: what took effect, code, class, seconds to wait, what the sentence says.
type Row = (u16, i64, &'static str, Effect, Code, Class, u64, &'static str);

fn judged(status: u16, code: i64, message: &str) -> (Effect, StageError) {
    let body = serde_json::json!({ "code": code, "message": message }).to_string().into_bytes();
    raw(status, body)
}

fn raw(status: u16, body: Vec<u8>) -> (Effect, StageError) {
    match judge(&Reply { status, retry_after: None, body }).unwrap_err() {
        CallError::Refused(error) => (Effect::None, error),
        CallError::Exists(error) => (Effect::There, error),
        CallError::Unknown(error) => (Effect::Unknown, error),
    }
}

fn hold(rows: &[Row]) {
    for (status, number, message, effect, code, class, wait, sentence) in rows {
        let (had, error) = judged(*status, *number, message);
        let wait = (*wait > 0).then(|| Duration::from_secs(*wait));
        assert_eq!(
            (had, &error.code, error.class, error.retry_after),
            (*effect, code, *class, wait),
            "{status} {number} {message}"
        );
        assert!(error.message.contains(sentence), "{status} {number} {message}: {}", error.message);
    }
}

#[test]
fn a_refusal_of_all_calls_says_what_is_to_be_set_up() {
    let authorized = "`invoicectl zoho check` says which";
    hold(&[
        (401, 57, NOT_AUTHORIZED, Effect::None, code::ZOHO_UNAUTHORIZED, Unavailable, 0, authorized),
        (
            401,
            14,
            "Invalid value passed for authtoken.",
            Effect::None,
            code::ZOHO_UNAUTHORIZED,
            Unavailable,
            0,
            authorized,
        ),
        (
            200,
            14,
            "Invalid value passed for authtoken.",
            Effect::None,
            code::ZOHO_UNAUTHORIZED,
            Unavailable,
            0,
            authorized,
        ),
        (403, 9999, "", Effect::None, code::ZOHO_UNAUTHORIZED, Unavailable, 0, authorized),
        (
            401,
            6041,
            STRANGER,
            Effect::None,
            code::ZOHO_ORGANIZATION,
            Unavailable,
            0,
            "correct the setting or the user's",
        ),
        (403, 9999, STRANGER, Effect::None, code::ZOHO_ORGANIZATION, Unavailable, 0, "zoho.organization_id"),
        (404, 5, "Invalid URL Passed", Effect::None, code::ZOHO_SETUP, Unavailable, 0, "zoho.api_url: correct"),
        (405, 5, "Method Not Allowed", Effect::None, code::ZOHO_SETUP, Unavailable, 0, "zoho.api_url: correct"),
    ]);
}

#[test]
fn the_three_limits_are_told_apart_each_with_its_wait() {
    let (minute, day, busy) = ("lower zoho.calls_per_minute", "take a larger plan", "stages.post_to_zoho.concurrency");
    hold(&[
        (429, 44, BLOCKED, Effect::None, code::ZOHO_RATE_LIMITED, Transient, 60, minute),
        (429, 45, BLOCKED, Effect::None, code::ZOHO_RATE_LIMITED, Transient, 60, minute),
        (429, 9999, "", Effect::None, code::ZOHO_RATE_LIMITED, Transient, 60, minute),
        (429, 45, QUOTA, Effect::None, code::ZOHO_DAILY_QUOTA, Unavailable, 3600, "organisation's 1000 API calls"),
        (429, 45, "", Effect::None, code::ZOHO_DAILY_QUOTA, Unavailable, 3600, day),
        (429, 45, QUOTA, Effect::None, code::ZOHO_DAILY_QUOTA, Unavailable, 3600, "end of Zoho's day"),
        (429, 1070, IN_PROCESS, Effect::None, code::ZOHO_BUSY, Transient, 2, busy),
        (429, 9999, IN_PROCESS, Effect::None, code::ZOHO_BUSY, Transient, 2, busy),
    ]);
    for (code, message) in [(44, BLOCKED), (1070, IN_PROCESS)] {
        assert!(judged(429, code, message).1.throttled, "{code} costs no attempt");
    }
}

#[test]
fn what_zoho_does_not_take_names_the_field_and_where_to_correct_it() {
    let bad = code::ZOHO_BAD_REQUEST;
    hold(&[
        (
            400,
            1002,
            "Invalid value passed for vendor_id",
            Effect::None,
            bad.clone(),
            Permanent,
            0,
            "the vendor_id that it",
        ),
        (400, 2, "Invalid value passed for tax_id", Effect::None, bad.clone(), Permanent, 0, "reads the lists anew"),
        (
            400,
            2,
            "Invalid value passed for due_date",
            Effect::None,
            bad.clone(),
            Permanent,
            0,
            "value of due_date: correct",
        ),
        (
            400,
            2,
            "Invalid value passed for Asha",
            Effect::None,
            bad.clone(),
            Permanent,
            0,
            "words in the evidence name",
        ),
        (400, 2, "", Effect::None, bad.clone(), Permanent, 0, "does not take a value"),
        (400, 4, "Invalid value/missing mandatory parameter", Effect::None, bad.clone(), Permanent, 0, "custom field"),
        (400, 15, TOO_LONG, Effect::None, bad.clone(), Permanent, 0, "bill_number has too many"),
        (400, 15, TOO_LONG, Effect::None, bad.clone(), Permanent, 0, "fewer than 100; shorten it"),
        (400, 15, "", Effect::None, bad.clone(), Permanent, 0, "field that its words in the evidence name has too"),
        (400, 4, NOT_JSON, Effect::None, bad.clone(), Permanent, 0, "could not read the call as JSON"),
        (400, 1038, "", Effect::None, bad.clone(), Permanent, 0, "could not read the call as JSON"),
        (400, 4711, "No such reason.", Effect::None, bad, Permanent, 0, "(HTTP 400, code 4711): put right"),
    ]);
}

#[test]
fn what_is_there_already_is_not_made_and_says_what_it_is() {
    let bad = code::ZOHO_BAD_REQUEST;
    hold(&[
        (400, 13011, "Bill number X", Effect::There, bad.clone(), Permanent, 0, "a bill of this number"),
        (400, 7, "A bill has already been created.", Effect::There, bad.clone(), Permanent, 0, "a bill of this number"),
        (
            400,
            3062,
            "The customer \"X\" already exists.",
            Effect::There,
            bad.clone(),
            Permanent,
            0,
            "a contact of the vendor's",
        ),
        (
            400,
            1001,
            "Item with the name already exists.",
            Effect::There,
            bad.clone(),
            Permanent,
            0,
            "an item of this name",
        ),
        (
            400,
            8,
            "The value has already been taken",
            Effect::There,
            bad,
            Permanent,
            0,
            "a name or number that was sent",
        ),
    ]);
}

#[test]
fn what_zoho_lost_and_what_it_failed_at_are_not_the_same() {
    let looks = "looks whether";
    hold(&[
        (
            404,
            1002,
            "Bill does not exist.",
            Effect::None,
            code::ZOHO_NOT_FOUND,
            Permanent,
            0,
            "somebody has deleted it",
        ),
        (404, 1002, "Invoice does not exist.", Effect::None, code::ZOHO_NOT_FOUND, Permanent, 0, "replay the invoice"),
        (500, 1000, "Internal error", Effect::Unknown, code::ZOHO_UNAVAILABLE, Unavailable, 0, looks),
        (400, 1000, "Internal error", Effect::Unknown, code::ZOHO_UNAVAILABLE, Unavailable, 0, looks),
        (503, 13011, "already exists", Effect::Unknown, code::ZOHO_UNAVAILABLE, Unavailable, 0, "status page"),
        (408, 0, "", Effect::Unknown, code::ZOHO_TIMEOUT, Unavailable, 0, looks),
        (302, 0, "", Effect::Unknown, code::ZOHO_BAD_RESPONSE, Transient, 0, "HTTP 302"),
    ]);
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
    for (code, message) in [
        (3062, "The customer \"Asha Traders\" already exists."),
        (2, "Invalid value passed for Asha Traders"),
        (15, "Please ensure that the \"Asha Traders\" has less than 100 characters."),
        (4711, "Asha Traders"),
    ] {
        let (_, error) = judged(400, code, message);
        assert!(!error.message.contains("Asha"), "{}", error.message);
        assert!(error.evidence.unwrap().get().contains("Asha"));
    }
}

#[test]
fn a_retry_after_of_zohos_is_honoured() {
    let wait = Some(Duration::from_secs(7));
    for code in [44, 45, 1070] {
        let body = format!("{{\"code\":{code},\"message\":\"\"}}").into_bytes();
        let reply = Reply { status: 429, retry_after: wait, body };
        assert_eq!(StageError::from(judge(&reply).unwrap_err()).retry_after, wait, "{code}");
    }
}
