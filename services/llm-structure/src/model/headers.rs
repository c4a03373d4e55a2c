//! Headers that both APIs use alike.

use super::failure::Failure;
use contract::Class;
use reqwest::header::{HeaderMap, HeaderValue, InvalidHeaderValue};
use std::time::Duration;

/// A header's value that no log shows.
pub(super) fn secret(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// How long the service asks us to wait, in milliseconds where it says so, else in seconds.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name| text(headers, name)?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// The service has the last word on whether another attempt makes sense.
pub(super) fn overruled(failure: Failure, status: u16, headers: &HeaderMap) -> Failure {
    match text(headers, "x-should-retry") {
        Some("true") if failure.class == Class::Permanent => Failure { class: Class::Transient, ..failure },
        // This request, not the service: an outage would not say that.
        Some("false") if status >= 500 => Failure { class: Class::Permanent, ..failure },
        _ => failure,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
