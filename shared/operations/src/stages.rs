//! How the stages are, by what their replicas say of themselves, and pausing them.

use crate::Error;
use contract::stages::{Control, Heartbeat, Key};
use contract::{Stage, Topics};
use serde::Serialize;
use std::collections::BTreeMap;
use stream::client::ClientSettings;
use stream::publish::Publisher;
use stream::read;

/// The latest word of each replica, and of people about each stage.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Stages {
    pub controls: BTreeMap<Stage, Control>,
    /// Of a replica that was killed the last one stays: its age tells.
    pub heartbeats: Vec<Heartbeat>,
}

/// Pure.
#[derive(Debug, Default)]
struct Latest {
    controls: BTreeMap<Stage, Control>,
    heartbeats: BTreeMap<(Stage, String), Heartbeat>,
}

impl Stages {
    /// What is known now.
    ///
    /// # Errors
    /// When the topic cannot be read.
    pub async fn read(kafka: &ClientSettings, topics: &Topics) -> Result<Self, Error> {
        let mut latest = Latest::default();
        let mut feed = read::scan(kafka, &topics.stages()).await?;
        while let Some(record) = feed.next().await.transpose()? {
            latest.take(record.key.as_deref().unwrap_or_default(), record.value.as_deref());
        }
        Ok(Self { controls: latest.controls, heartbeats: latest.heartbeats.into_values().collect() })
    }

    #[must_use]
    pub fn is_paused(&self, stage: Stage) -> bool {
        self.controls.get(&stage).is_some_and(|control| control.paused)
    }
}

impl Latest {
    /// Without a value, what stood under the key is struck out.
    fn take(&mut self, key: &[u8], value: Option<&[u8]>) {
        let Some(key) = std::str::from_utf8(key).ok().and_then(|key| key.parse().ok()) else { return };
        let value = value.filter(|value| !value.is_empty());
        match (key, value) {
            (Key::Control(stage), None) => drop(self.controls.remove(&stage)),
            (Key::Heartbeat { stage, instance }, None) => drop(self.heartbeats.remove(&(stage, instance))),
            (Key::Control(stage), Some(value)) => {
                self.controls.extend(serde_json::from_slice(value).ok().map(|control| (stage, control)));
            }
            (Key::Heartbeat { stage, instance }, Some(value)) => {
                self.heartbeats.extend(serde_json::from_slice(value).ok().map(|beat| ((stage, instance), beat)));
            }
        }
    }
}

/// Tells a stage to start nothing, or to go on. What is in the air is finished.
///
/// # Errors
/// When the cluster does not take the record.
pub async fn control(
    publisher: &Publisher,
    stage: Stage,
    paused: bool,
    actor: &str,
    reason: &str,
    at_ms: i64,
) -> Result<(), Error> {
    let control = Control { stage, paused, actor: actor.to_owned(), reason: Some(reason.to_owned()), at_ms };
    publisher.control(&control).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAT: &[u8] = br#"{"stage":"llm-structure","instance":"a","version":"1","at_ms":1}"#;
    const PAUSED: &[u8] = br#"{"stage":"llm-structure","paused":true,"actor":"asha","at_ms":1}"#;

    #[test]
    fn the_latest_word_counts_and_what_was_struck_out_is_gone() {
        let mut latest = Latest::default();
        for (key, value) in [
            ("llm-structure/a", Some(BEAT)),
            ("llm-structure/b", Some(BEAT)),
            ("llm-structure/a", None),
            ("control/llm-structure", Some(PAUSED)),
            ("control/post-to-zoho", Some(PAUSED)),
            ("control/post-to-zoho", Some(&[])),
            ("control/llm-structure", Some(b"unreadable")),
            ("nonsense", Some(BEAT)),
        ] {
            latest.take(key.as_bytes(), value);
        }
        let stages = Stages { controls: latest.controls, heartbeats: latest.heartbeats.into_values().collect() };
        assert!(stages.is_paused(Stage::LlmStructure) && !stages.is_paused(Stage::PostToZoho));
        assert_eq!(stages.heartbeats.len(), 1);
    }
}
