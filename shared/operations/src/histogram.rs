//! What a replay of many dead letters would do, or has done, counted; pure.

use contract::Stage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The word in place of a refusal's for what a limit on the number has left for the next time.
pub const LEFT: &str = "left";

/// Dead letters by where they stopped, why, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Vec<Row>", into = "Vec<Row>")]
#[schemars(with = "Vec<Row>")]
pub struct Histogram {
    rows: BTreeMap<Group, Row>,
}

/// Those that have everything in common that is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    pub stage: Stage,
    pub code: String,
    /// Why they are not replayed: the reason of a refusal, or `left`; none if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    pub letters: u64,
    /// When the first of them was written, in milliseconds since 1970.
    pub oldest_ms: i64,
    pub newest_ms: i64,
}

/// Replayed ones first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    skipped: Option<String>,
    stage: Stage,
    code: String,
}

impl Histogram {
    /// Counts a letter.
    pub fn add(&mut self, stage: Stage, code: &str, at_ms: i64, skipped: Option<&str>) {
        let (code, skipped) = (code.to_owned(), skipped.map(str::to_owned));
        self.merge(Row { stage, code, skipped, letters: 1, oldest_ms: at_ms, newest_ms: at_ms });
    }

    /// Replayed ones first, then by reason.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// How many are replayed.
    #[must_use]
    pub fn replayed(&self) -> u64 {
        self.count(|row| row.skipped.is_none())
    }

    /// How many are not, and for what.
    #[must_use]
    pub fn skipped(&self) -> BTreeMap<&str, u64> {
        let mut reasons = BTreeMap::new();
        for row in self.rows() {
            if let Some(reason) = &row.skipped {
                *reasons.entry(reason.as_str()).or_default() += row.letters;
            }
        }
        reasons
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn count(&self, counts: impl Fn(&Row) -> bool) -> u64 {
        self.rows().filter(|row| counts(row)).map(|row| row.letters).sum()
    }

    fn merge(&mut self, row: Row) {
        let group = Group { skipped: row.skipped.clone(), stage: row.stage, code: row.code.clone() };
        self.rows
            .entry(group)
            .and_modify(|known| {
                known.letters += row.letters;
                known.oldest_ms = known.oldest_ms.min(row.oldest_ms);
                known.newest_ms = known.newest_ms.max(row.newest_ms);
            })
            .or_insert(row);
    }
}

impl From<Vec<Row>> for Histogram {
    fn from(rows: Vec<Row>) -> Self {
        let mut histogram = Self::default();
        rows.into_iter().for_each(|row| histogram.merge(row));
        histogram
    }
}

impl From<Histogram> for Vec<Row> {
    fn from(histogram: Histogram) -> Self {
        histogram.rows.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted_by_stage_code_and_what_becomes_of_them() {
        let mut histogram = Histogram::default();
        histogram.add(Stage::LlmStructure, "llm.timeout", 5, None);
        histogram.add(Stage::LlmStructure, "llm.timeout", 3, None);
        histogram.add(Stage::LlmStructure, "llm.timeout", 9, Some("loop_guard"));
        histogram.add(Stage::FetchExtract, "poison.not_json", 9, Some("poison"));
        assert_eq!((histogram.replayed(), histogram.rows().count()), (2, 3));
        assert_eq!(histogram.skipped(), BTreeMap::from([("loop_guard", 1), ("poison", 1)]));
        let first = histogram.rows().next().unwrap();
        assert_eq!((first.letters, first.oldest_ms, first.newest_ms), (2, 3, 5));
        let json = serde_json::to_string(&histogram).unwrap();
        assert!(json.starts_with('[') && !json.contains("null"), "{json}");
        assert_eq!(serde_json::from_str::<Histogram>(&json).unwrap(), histogram);
    }
}
