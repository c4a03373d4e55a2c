//! `invoices.stages`: what each replica says of itself every two seconds, and which stages are paused. Compacted.
//!
//! A heartbeat informs and decides nothing. A replica that ends leaves a tombstone under its key; of one that was killed the last
//! heartbeat stays, so whoever shows them looks at their age. A control record decides: a stage whose latest one says so starts
//! nothing.

use crate::{Code, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How often a replica says how it is.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(2);

const CONTROL: &str = "control";

/// The key of a record of `invoices.stages`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// `STAGE/INSTANCE`: the value is a [`Heartbeat`].
    Heartbeat { stage: Stage, instance: String },
    /// `control/STAGE`: the value is a [`Control`].
    Control(Stage),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heartbeat { stage, instance } => write!(f, "{stage}/{instance}"),
            Self::Control(stage) => write!(f, "{CONTROL}/{stage}"),
        }
    }
}

/// The text is no key of `invoices.stages`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key of the stages topic is STAGE/INSTANCE or control/STAGE")]
pub struct InvalidKey;

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let (before, after) = text.split_once('/').ok_or(InvalidKey)?;
        if before == CONTROL {
            return after.parse().map(Self::Control).map_err(|_| InvalidKey);
        }
        let stage = before.parse().map_err(|_| InvalidKey)?;
        Ok(Self::Heartbeat { stage, instance: after.to_owned() })
    }
}

/// How one replica of a stage is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Heartbeat {
    pub stage: Stage,
    /// Unique among the replicas of the stage.
    pub instance: String,
    /// Of the product.
    pub version: String,
    /// In milliseconds since 1970.
    pub at_ms: i64,
    /// The partitions of the main topic that it owns, in order.
    #[serde(default)]
    pub partitions: Vec<i32>,
    /// Those of the retry topic.
    #[serde(default)]
    pub retry_partitions: Vec<i32>,
    /// Attempts that run now.
    #[serde(default)]
    pub in_flight: u64,
    /// Records received and not settled, those in flight and those waiting included.
    #[serde(default)]
    pub open: u64,
    /// Records that wait for the time of their next attempt.
    #[serde(default)]
    pub waiting: u64,
    /// Bytes of record values in memory.
    #[serde(default)]
    pub held_bytes: u64,
    #[serde(default)]
    pub breaker: Breaker,
    /// The dependency asked to be left alone until then, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked_until_ms: Option<i64>,
    /// What it answered when it asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked_because: Option<Code>,
    /// Somebody has paused the stage, and this replica knows.
    #[serde(default)]
    pub paused: bool,
    /// None without a limit by setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<Rate>,
    /// Records on its main partitions that it has not been handed yet; none while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<u64>,
}

/// Whether attempts may start, as far as the dependency is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    #[default]
    Closed,
    /// The dependency is taken to be down, or asked to be left alone.
    Open,
    /// One attempt is on its way to find out whether it is back.
    Probing,
}

/// Use of a limit of calls, in calls per minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rate {
    /// Of all replicas together, by setting.
    pub limit: u32,
    /// What of it this replica may use now: less after refusals.
    pub share: u32,
    /// What it has used in the last minute.
    pub used: u32,
}

/// Whether a stage is to start attempts. The latest one counts, for every replica, also after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Control {
    pub stage: Stage,
    pub paused: bool,
    /// Who asked.
    pub actor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_as_it_was_and_nothing_else_is_one() {
        let heartbeat = Key::Heartbeat { stage: Stage::PostToZoho, instance: "host/a-1".to_owned() };
        for key in [heartbeat, Key::Control(Stage::FetchExtract)] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for text in ["", "control", "control/llm", "llm-structure", "llm/1"] {
            assert_eq!(text.parse::<Key>(), Err(InvalidKey), "{text}");
        }
    }

    #[test]
    fn what_a_later_or_earlier_version_says_is_readable() {
        let least = r#"{"stage":"llm-structure","instance":"a","version":"9","at_ms":1,"mood":"good"}"#;
        let heartbeat: Heartbeat = serde_json::from_str(least).unwrap();
        assert_eq!((heartbeat.breaker, heartbeat.paused, heartbeat.lag), (Breaker::Closed, false, None));
    }
}
