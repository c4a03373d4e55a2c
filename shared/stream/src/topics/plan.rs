//! What each topic must be like; pure.

use contract::{Stage, Topics};
use std::collections::BTreeMap;
use std::time::Duration;

/// How much larger a record that wraps an input may be than the input: the envelope of a dead letter or a command.
pub const ENVELOPE_BYTES: usize = 256 * 1024;

/// How long the status of an ended invoice is kept at least, and with it the memory that its id was used.
const ADMISSION_WINDOW: Duration = Duration::from_hours(24 * 180);

/// What the settings say about topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Of every topic but that of the stages, which has one.
    pub partitions: i32,
    pub replication_factor: i32,
    pub min_insync_replicas: i32,
    pub dead_letter_retention: Duration,
    pub history_retention: Duration,
    pub posted_retention: Duration,
    /// Of what the stages consume; for ever if `None`.
    pub input_retention: Option<Duration>,
    /// The largest input of a stage, in bytes. Topics whose records wrap an input take more.
    pub max_message_bytes: usize,
}

/// One topic as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    pub name: String,
    pub partitions: i32,
    pub replication_factor: i32,
    /// The topic's own settings, as Kafka names and writes them.
    pub config: BTreeMap<&'static str, String>,
}

/// All topics of a pipeline, in the order an invoice passes them.
#[must_use]
pub fn plan(topics: &Topics, layout: &Layout) -> Vec<TopicSpec> {
    let mut specs = Vec::new();
    for stage in Stage::ALL {
        // A replay command carries a stage's input inside an envelope.
        let commands = if stage == Stage::FetchExtract { ENVELOPE_BYTES } else { 0 };
        let limit = layout.max_message_bytes + commands;
        let inputs = layout.input_retention.map_or_else(|| FOR_EVER.to_owned(), millis);
        specs.push(spec(topics.main(stage), layout, limit, [("retention.ms", inputs.clone())]));
        specs.push(spec(topics.retry(stage), layout, limit, [("retention.ms", inputs)]));
        let kept = millis(layout.dead_letter_retention);
        specs.push(spec(topics.dead_letter(stage), layout, limit + ENVELOPE_BYTES, [("retention.ms", kept)]));
    }
    let limit = layout.max_message_bytes;
    specs.push(spec(topics.posted(), layout, limit, [("retention.ms", millis(layout.posted_retention))]));
    specs.push(spec(topics.status(), layout, limit, status_config(layout)));
    specs.push(spec(topics.history(), layout, limit, [("retention.ms", millis(layout.history_retention))]));
    specs.push(TopicSpec { partitions: 1, ..spec(topics.stages(), layout, limit, stages_config()) });
    specs
}

/// The topics that a stage can do without: those of a cluster that an earlier version has made.
pub(super) fn optional(topics: &Topics) -> [String; 1] {
    [topics.stages()]
}

/// The topics whose records of one invoice must meet on one partition number: their counts are always the same. The
/// others are looked up by key, with their own count, and keep the one they were made with: what they hold stays
/// where it is looked for.
pub(super) fn keyed(topics: &Topics) -> Vec<String> {
    let of_stage = |stage| [topics.main(stage), topics.retry(stage)];
    Stage::ALL.into_iter().flat_map(of_stage).chain([topics.status()]).collect()
}

/// A backlog of months must not be deleted, unless the settings say how long one may last.
const FOR_EVER: &str = "-1";

fn spec(
    name: String,
    layout: &Layout,
    max_message_bytes: usize,
    own: impl IntoIterator<Item = (&'static str, String)>,
) -> TopicSpec {
    let mut config = BTreeMap::from([
        ("cleanup.policy", "delete".to_owned()),
        ("max.message.bytes", max_message_bytes.to_string()),
        // Retry delays and retention count from here; a publisher's clock may be wrong by years.
        ("message.timestamp.type", "LogAppendTime".to_owned()),
        ("min.insync.replicas", layout.min_insync_replicas.to_string()),
        ("retention.bytes", FOR_EVER.to_owned()),
    ]);
    config.extend(own);
    TopicSpec { name, partitions: layout.partitions, replication_factor: layout.replication_factor, config }
}

/// Compacted, so that a restarting reader has little to read; deleted in the end, so that it does not grow for ever.
/// A dead letter can only be replayed while its status is known. Only closed segments are compacted: they are
/// closed daily or at 16 MiB.
fn status_config(layout: &Layout) -> Vec<(&'static str, String)> {
    let day = millis(Duration::from_hours(24));
    vec![
        ("cleanup.policy", "compact,delete".to_owned()),
        ("retention.ms", millis(layout.dead_letter_retention.max(ADMISSION_WINDOW))),
        ("segment.ms", day.clone()),
        ("segment.bytes", (16 * 1024 * 1024).to_string()),
        ("min.cleanable.dirty.ratio", "0.2".to_owned()),
        ("max.compaction.lag.ms", day),
    ]
}

/// Compacted only: a pause must not end by itself. Heartbeats come every two seconds, so it is compacted often; who follows it
/// has a day to see that a replica is gone.
fn stages_config() -> Vec<(&'static str, String)> {
    let soon = millis(Duration::from_mins(10));
    vec![
        ("cleanup.policy", "compact".to_owned()),
        ("retention.ms", FOR_EVER.to_owned()),
        ("segment.ms", soon.clone()),
        ("segment.bytes", (16 * 1024 * 1024).to_string()),
        ("min.cleanable.dirty.ratio", "0.1".to_owned()),
        ("max.compaction.lag.ms", soon),
        ("delete.retention.ms", millis(Duration::from_hours(24))),
    ]
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn layout() -> Layout {
        Layout {
            partitions: 12,
            replication_factor: 3,
            min_insync_replicas: 2,
            dead_letter_retention: Duration::from_secs(180 * DAY),
            history_retention: Duration::from_secs(365 * DAY),
            posted_retention: Duration::from_secs(400 * DAY),
            input_retention: None,
            max_message_bytes: 786_432,
        }
    }

    #[test]
    fn inputs_are_kept_for_ever_unless_the_settings_say_for_how_long() {
        let month = Layout { input_retention: Some(Duration::from_secs(30 * DAY)), ..layout() };
        let kept = |layout: &Layout, name: &str| {
            let specs = plan(&Topics::default(), layout);
            specs.iter().find(|spec| spec.name == name).unwrap().config["retention.ms"].clone()
        };
        for name in ["invoices.llm-structure", "invoices.llm-structure.retry"] {
            assert_eq!((kept(&layout(), name).as_str(), kept(&month, name).as_str()), ("-1", "2592000000"), "{name}");
        }
        assert_eq!(kept(&month, "invoices.llm-structure.dlq"), "15552000000");
    }

    #[test]
    fn each_topic_keeps_its_records_as_long_and_takes_them_as_large_as_designed() {
        let (forever, half_year) = ("-1", "15552000000");
        let table = [
            ("invoices.fetch-extract", "delete", forever, 1_048_576),
            ("invoices.fetch-extract.retry", "delete", forever, 1_048_576),
            ("invoices.fetch-extract.dlq", "delete", half_year, 1_310_720),
            ("invoices.llm-structure", "delete", forever, 786_432),
            ("invoices.llm-structure.retry", "delete", forever, 786_432),
            ("invoices.llm-structure.dlq", "delete", half_year, 1_048_576),
            ("invoices.post-to-zoho", "delete", forever, 786_432),
            ("invoices.post-to-zoho.retry", "delete", forever, 786_432),
            ("invoices.post-to-zoho.dlq", "delete", half_year, 1_048_576),
            ("invoices.posted", "delete", "34560000000", 786_432),
            ("invoices.status", "compact,delete", half_year, 786_432),
            ("invoices.history", "delete", "31536000000", 786_432),
            ("invoices.stages", "compact", forever, 786_432),
        ];
        let specs = plan(&Topics::default(), &layout());
        assert_eq!(specs.len(), table.len());
        for (spec, (name, cleanup, retention, bytes)) in specs.iter().zip(table) {
            assert_eq!(spec.name, name);
            assert_eq!(spec.config["cleanup.policy"], cleanup, "{name}");
            assert_eq!(spec.config["retention.ms"], retention, "{name}");
            assert_eq!(spec.config["max.message.bytes"], bytes.to_string(), "{name}");
        }
    }

    #[test]
    fn every_topic_of_invoices_has_the_same_partitions_and_every_topic_the_brokers_clock() {
        for spec in plan(&Topics::default(), &layout()) {
            let partitions = if spec.name == "invoices.stages" { 1 } else { 12 };
            assert_eq!((spec.partitions, spec.replication_factor), (partitions, 3), "{}", spec.name);
            assert_eq!(spec.config["message.timestamp.type"], "LogAppendTime", "{}", spec.name);
            assert_eq!(spec.config["min.insync.replicas"], "2", "{}", spec.name);
        }
    }

    #[test]
    fn a_status_outlives_the_dead_letter_it_belongs_to() {
        for days in [30, 180, 400] {
            let kept = Duration::from_secs(days * DAY);
            let specs = plan(&Topics::default(), &Layout { dead_letter_retention: kept, ..layout() });
            let status = specs.iter().find(|spec| spec.name == "invoices.status").unwrap();
            assert!(status.config["retention.ms"].parse::<u128>().unwrap() >= kept.as_millis(), "{days} days");
        }
    }
}
