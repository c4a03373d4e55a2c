//! Times and durations. The server writes UTC; a script puts the viewer's zone in its place, and without it UTC stays.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// A moment, to the second.
#[must_use]
pub fn at(ms: i64) -> Markup {
    let Some(time) = moment(ms) else {
        return html! {
            "unknown"
        };
    };
    html! {
        time datetime=(time.format("%Y-%m-%dT%H:%M:%S%.3fZ")) title=(time.format("%d %b %Y, %H:%M:%S UTC")) {
            (time.format("%-d %b %Y, %H:%M UTC"))
        }
    }
}

/// A moment of which only the time of day matters.
#[must_use]
pub fn clock(ms: i64) -> Markup {
    let Some(time) = moment(ms) else {
        return html! {
            "unknown"
        };
    };
    html! {
        time
            datetime=(time.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
            data-show="clock"
            title=(time.format("%d %b %Y, %H:%M:%S UTC"))
        { (time.format("%H:%M UTC")) }
    }
}

/// How long until a moment: `in 42 s`, counted down by a script.
#[must_use]
pub fn until(due_ms: i64, now_ms: i64) -> Markup {
    let Some(time) = moment(due_ms) else {
        return html! {
            "soon"
        };
    };
    let left = due_ms - now_ms;
    html! {
        time
            datetime=(time.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
            data-show="until"
            title=(time.format("%d %b %Y, %H:%M:%S UTC"))
        {
            @if left > 0 { "in " (lasting(left.unsigned_abs())) } @else { "any moment" }
        }
    }
}

/// How long something took or will take: `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 days`.
#[must_use]
pub fn lasting(ms: u64) -> String {
    let seconds = ms / 1000;
    let pair = |big: u64, unit: &str, small: u64, part: &str| {
        if small == 0 { format!("{big} {unit}") } else { format!("{big} {unit} {small} {part}") }
    };
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..10_000 if ms % 1_000 >= 100 => format!("{}.{} s", seconds, ms % 1_000 / 100),
        1_000..60_000 => format!("{seconds} s"),
        60_000..3_600_000 => pair(seconds / 60, "min", seconds % 60, "s"),
        3_600_000..172_800_000 => pair(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn moment(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_for_whoever_has_no_script() {
        let shown = at(1_783_245_600_000).into_string();
        assert!(shown.contains("datetime=\"2026-07-05T10:00:00.000Z\"") && shown.contains(">5 Jul 2026, 10:00 UTC<"));
        assert_eq!(at(i64::MAX).into_string(), "unknown");
    }

    #[test]
    fn a_wait_is_said_in_seconds_and_never_below_zero() {
        assert!(until(50_000, 8_000).into_string().contains(">in 42 s<"));
        assert!(until(8_000, 50_000).into_string().contains(">any moment<"));
    }

    #[test]
    fn durations_are_short() {
        let table = [
            (850, "850 ms"),
            (4_250, "4.2 s"),
            (42_000, "42 s"),
            (185_000, "3 min 5 s"),
            (7_800_000, "2 h 10 min"),
            (300_000_000, "3 days"),
        ];
        for (ms, shown) in table {
            assert_eq!(lasting(ms), shown);
        }
    }
}
