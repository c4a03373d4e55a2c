//! A day as people write it: `2026-11-01`, or `7d` for seven days ago.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    Date(NaiveDate),
    Ago(u64),
}

/// The farthest that can be meant, in days.
const FARTHEST: u64 = 36_500;

impl Day {
    /// Its first moment.
    pub(crate) fn start(self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.date(now).and_time(NaiveTime::MIN).and_utc()
    }

    /// The first moment after it.
    pub(crate) fn end(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let next = self.date(now).succ_opt().unwrap_or(NaiveDate::MAX);
        next.and_time(NaiveTime::MIN).and_utc()
    }

    fn date(self, now: DateTime<Utc>) -> NaiveDate {
        match self {
            Self::Date(date) => date,
            Self::Ago(days) => now.date_naive().checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN),
        }
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ago = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| *days <= FARTHEST);
        let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        ago.map(Self::Ago)
            .or_else(|| date().map(Self::Date))
            .ok_or_else(|| format!("`{text}` is no day: write 2026-11-01, or 7d for seven days ago"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_date_or_so_many_days_ago() {
        let now = "2026-11-23T20:00:00Z".parse().unwrap();
        let span = |text: &str| {
            let day: Day = text.parse().unwrap();
            (day.start(now).to_rfc3339(), day.end(now).to_rfc3339())
        };
        let day = |start: &str, end: &str| (format!("{start}T00:00:00+00:00"), format!("{end}T00:00:00+00:00"));
        assert_eq!(span("2026-02-28"), day("2026-02-28", "2026-03-01"));
        assert_eq!(span("0d"), day("2026-11-23", "2026-11-24"));
        assert_eq!(span("23d"), day("2026-10-31", "2026-11-01"));
        for bad in ["", "d", "-1d", "7", "2026-02-30", "01.11.2026", "99999999d"] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }
}
