//! `Retry-After`, in seconds or as a date.

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use std::time::Duration;

/// How long the server asked to wait. A date is measured against the server's own clock when it tells that.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    let now = date(headers, &DATE).unwrap_or(now);
    Some((until.to_utc() - now).to_std().unwrap_or_default())
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(headers.get(name)?.to_str().ok()?).ok()?;
    Some(date.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn read(retry_after_value: &'static str, date: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(retry_after_value));
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_static(date));
        }
        let now = DateTime::parse_from_rfc3339("2026-07-01T10:00:00Z").unwrap().to_utc();
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        let two_past_ten = "Wed, 01 Jul 2026 10:02:00 GMT";
        assert_eq!(read("7", None), Some(7));
        assert_eq!(read(two_past_ten, None), Some(120));
        assert_eq!(read(two_past_ten, Some("Wed, 01 Jul 2026 10:01:30 GMT")), Some(30));
        assert_eq!(read("Wed, 01 Jul 2026 09:00:00 GMT", None), Some(0));
        assert_eq!(read("soon", None), None);
        assert_eq!(read("-1", None), None);
    }
}
