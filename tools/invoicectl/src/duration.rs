//! Durations as people write them: `500ms`, `60s`, `5m`, `2h`, `7d`; a bare number is seconds.

use std::time::Duration;

pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| format!("`{text}` is no duration: write 500ms, 60s, 5m, 2h or 7d"))?;
    let milliseconds = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(format!("`{unit}` is no unit of time: use ms, s, m, h or d")),
    };
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(|| format!("`{text}` is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        let table =
            [("500ms", 500), ("60s", 60_000), ("60", 60_000), ("5m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000)];
        for (text, milliseconds) in table {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for bad in ["", "s", "-1s", "1.5s", "5 m", "1w", "99999999999999999999s", "18446744073709551615h"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
