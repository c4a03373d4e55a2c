//! Committed offsets, as Kafka's own tool tells them.

use super::evidence::{Evidence, Position};
use local::kafka;
use std::collections::HashSet;

/// What every group has committed, on all partitions that it has committed anything for.
///
/// # Panics
/// When Kafka's tool cannot be run.
#[must_use]
pub fn positions(brokers: &str) -> Vec<Position> {
    let mut tool = kafka::tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand").expect("Kafka is there");
    tool.args(["--bootstrap-server", brokers, "--describe", "--all-groups", "--offsets"]);
    let said = tool.output().expect("Kafka's tool runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8_lossy(&said.stdout).lines().filter_map(position).collect()
}

/// Nothing that stands in a stage's topic lies at or beyond the group's offset, and no lag is shown for ever.
pub(super) fn committed_offsets_cover_everything(evidence: &Evidence, wrong: &mut Vec<String>) {
    let mut known = HashSet::new();
    for position in &evidence.positions {
        let Position { topic, partition, committed, end } = position;
        known.insert((topic.as_str(), *partition));
        let records = evidence.records.keys().filter(|at| at.topic == *topic && at.partition == *partition);
        let open = records.filter(|at| committed.is_none_or(|committed| at.offset >= committed)).count();
        if open > 0 {
            wrong.push(format!("{topic}:{partition}: {open} records lie beyond the committed offset {committed:?}"));
        } else if *committed != Some(*end) {
            wrong.push(format!("{topic}:{partition}: a lag is left, {committed:?} of {end}"));
        }
    }
    let missing: HashSet<_> = evidence.records.keys().map(|at| (at.topic.as_str(), at.partition)).collect();
    wrong.extend(missing.difference(&known).map(|(topic, partition)| format!("{topic}:{partition}: nobody commits")));
}

/// One row of the tool's table: group, topic, partition, committed, end, lag, …
fn position(row: &str) -> Option<Position> {
    let mut columns = row.split_whitespace().skip(1);
    let topic = columns.next()?.to_owned();
    let partition = columns.next()?.parse().ok()?;
    let committed = columns.next()?.parse().ok();
    let end = columns.next()?.parse().ok()?;
    Some(Position { topic, partition, committed, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_table_is_read_and_its_head_is_not() {
        let row = "t.a  t.a  3  17  19  2  invoices-1f  /127.0.0.1  invoices";
        let read = Position { topic: "t.a".to_owned(), partition: 3, committed: Some(17), end: 19 };
        assert_eq!(position(row), Some(read));
        assert_eq!(position("GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID"), None);
        assert_eq!(position("t.a t.a 3 - 19 - - - -").unwrap().committed, None);
    }
}
