//! What of an erased invoice stays in the topics, and for how long; pure.

use contract::{Stage, Topics};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use stream::topics::Layout;

/// What nobody can take out of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remains {
    pub topics: Vec<String>,
    /// In words.
    pub what: String,
    /// From when it was written, in milliseconds; none if it is kept for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_ms: Option<u64>,
}

/// By the settings. The status is not among them: what was erased is struck out when Kafka compacts the topic, within two days.
#[must_use]
pub fn remains(topics: &Topics, layout: &Layout) -> Vec<Remains> {
    let all = |name: fn(&Topics, Stage) -> String| Stage::ALL.map(|stage| name(topics, stage)).to_vec();
    let inputs = [all(Topics::main), all(Topics::retry)].concat();
    vec![
        of(inputs, "the link, the text and the fields", layout.input_retention),
        of(all(Topics::dead_letter), "the input of each failed run", Some(layout.dead_letter_retention)),
        of(vec![topics.posted()], "the bill with its vendor", Some(layout.posted_retention)),
        of(vec![topics.history()], "who asked for what and why", Some(layout.history_retention)),
    ]
}

fn of(topics: Vec<String>, what: &str, kept: Option<Duration>) -> Remains {
    let kept_ms = kept.map(|kept| u64::try_from(kept.as_millis()).unwrap_or(u64::MAX));
    Remains { topics, what: what.to_owned(), kept_ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use stream::topics::plan;

    #[test]
    fn every_topic_is_named_with_its_own_retention() {
        let day = Duration::from_hours(24);
        let layout = Layout {
            partitions: 1,
            replication_factor: 1,
            min_insync_replicas: 1,
            dead_letter_retention: day * 2,
            history_retention: day * 3,
            posted_retention: day * 4,
            input_retention: None,
            max_message_bytes: 1,
        };
        for layout in [Layout { input_retention: Some(day), ..layout.clone() }, layout] {
            let topics = Topics::default();
            let said: BTreeSet<(String, i64)> = remains(&topics, &layout)
                .into_iter()
                .flat_map(|part| part.topics.into_iter().map(move |topic| (topic, kept(part.kept_ms))))
                .collect();
            let made = plan(&topics, &layout).into_iter().filter(|spec| spec.config["cleanup.policy"] == "delete");
            let made = made.map(|spec| (spec.name, spec.config["retention.ms"].parse().unwrap())).collect();
            assert_eq!(said, made);
        }
    }

    fn kept(ms: Option<u64>) -> i64 {
        ms.map_or(-1, |ms| i64::try_from(ms).unwrap())
    }
}
