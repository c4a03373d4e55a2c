//! Lines on standard output: text for people, one JSON object per line for programs.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use std::io::{self, Write};

/// Whom the output is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

impl Format {
    pub(crate) const fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }

    /// Writes `value` as JSON, or `text` of it.
    pub(crate) fn write<T: Serialize>(self, value: &T, text: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        match self {
            Self::Text => line(&plain(&text(value))),
            Self::Json => line(&serde_json::to_string(value)?),
        }
    }
}

/// Text of strangers must not steer a terminal: what controls it is shown as a dot.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_directional(c) { '\u{b7}' } else { c }).collect()
}

/// Turns the order in which what follows is shown.
const fn is_directional(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A time span to one figure that people can read.
pub(crate) fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{}.{} s", seconds, ms % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// Unlike `println!`, does not panic when the reader has gone.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// A moment in UTC, to the second.
pub(crate) fn moment(ms: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(ms)
        .map_or_else(|| ms.to_string(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The word by which a value of an enum stands in JSON.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_shown_as_a_dot() {
        assert_eq!(plain("Acme\u{1b}[2J\r\nLtd \u{202e}x é 式"), "Acme·[2J··Ltd ·x é 式");
    }

    #[test]
    fn a_span_is_read_at_a_glance() {
        let table =
            [(7, "7 ms"), (1250, "1.2 s"), (61_000, "1 min 1 s"), (7_260_000, "2 h 1 min"), (90_000_000, "1 d 1 h")];
        for (ms, text) in table {
            assert_eq!(span(ms), text);
        }
    }
}
