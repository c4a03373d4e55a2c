//! Premise: the offsets of two consumer groups, each with a full map as metadata, travel in one transaction.

use rdkafka::Offset;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::producer::{FutureProducer, Producer};

use crate::lab::{Lab, PATIENCE, Result, describe, offsets, send_all};
use crate::member::{Member, Revoke};
use crate::report::Report;

/// The broker's default `offset.metadata.max.bytes`.
const METADATA_LIMIT: usize = 4096;

/// One group: its name, its topic and the identity of its live member.
struct Half {
    group: String,
    topic: String,
    member: Member,
}

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    let output = lab.topic("output", 1)?;
    let main = Half::join(lab, "main")?;
    let retry = Half::join(lab, "retry")?;
    let producer = lab.producer(&lab.name("stage"))?;
    let map = "m".repeat(METADATA_LIMIT);

    transaction(&producer, &output, [&main, &retry], 10, &map)?;
    producer.commit_transaction(PATIENCE)?;
    let expected = (Offset::Offset(10), map);
    let after = [main.committed(lab)?, retry.committed(lab)?];
    let intact = after.iter().all(|found| *found == expected);
    report.claim(intact, "both groups' offsets and 4096-byte metadata are committed together", offsets_of(&after));

    transaction(&producer, &output, [&main, &retry], 20, "aborted")?;
    producer.abort_transaction(PATIENCE)?;
    let after = [main.committed(lab)?, retry.committed(lab)?];
    let unchanged = after.iter().all(|found| *found == expected);
    report.claim(unchanged, "after an abort neither has moved", offsets_of(&after));
    let outputs = lab.visible(&output, 0)?;
    report.claim(outputs == ["10"], "only the committed output is visible", format!("{outputs:?}"));

    let refused = transaction(&producer, &output, [&main, &retry], 30, &"m".repeat(METADATA_LIMIT + 1));
    producer.abort_transaction(PATIENCE)?;
    let error = refused.err().map_or_else(|| "accepted".to_owned(), |error| error.to_string());
    report.claim(error.contains("abortable"), "4097 bytes are refused, the producer lives", error);
    Ok(())
}

fn transaction(producer: &FutureProducer, output: &str, groups: [&Half; 2], offset: i64, metadata: &str) -> Result {
    producer.begin_transaction()?;
    send_all(producer, output, &[(0, offset.to_string())])?;
    for half in groups {
        let positions = offsets(&half.topic, &[(0, offset)], metadata);
        producer
            .send_offsets_to_transaction(&positions, &half.identity()?, PATIENCE)
            .map_err(|error| describe(&error))?;
    }
    Ok(())
}

fn offsets_of(found: &[(Offset, String); 2]) -> String {
    let [main, retry] = found.each_ref().map(|(offset, metadata)| format!("{offset:?} with {} bytes", metadata.len()));
    format!("main {main}, retry {retry}")
}

impl Half {
    fn join(lab: &Lab, what: &str) -> Result<Self> {
        let topic = lab.topic(what, 1)?;
        let group = lab.name(&format!("{what}-group"));
        let member = Member::join(&lab.consumer(&group), &topic, Revoke::AtOnce)?;
        member.poll_until(|member| member.partitions().len() == 1)?;
        Ok(Self { group, topic, member })
    }

    fn identity(&self) -> Result<ConsumerGroupMetadata> {
        self.member.identity()
    }

    fn committed(&self, lab: &Lab) -> Result<(Offset, String)> {
        lab.committed(&self.group, &self.topic, 0)
    }
}
