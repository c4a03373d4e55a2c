//! Premise: the rebalance callback marks every generation, and an identity of an older one is refused.
//!
//! The engine must know when to take the group metadata anew. If a generation could begin without a callback for a
//! member whose partitions do not change, its commits would fail with no event to explain it.

use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::producer::FutureProducer;

use crate::lab::{Lab, Result, commit_offset, describe, offsets};
use crate::member::{Call, Member, Revoke};
use crate::report::Report;

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    let scene = Scene::open(lab)?;
    let pinned = scene.first.identity()?;
    let before = scene.calls();
    let third = scene.join()?;
    scene.poll_until_called(&before, Some(&third))?;
    scene.all_were_empty(report, "a third member joins in vain", &before);

    let (accepted, said) = scene.commit_with(&pinned)?;
    report.claim(!accepted && said.contains("abortable"), "the identity of the generation before is refused", said);
    let in_callback = scene.first.identity_of_last_call().ok_or("no identity in the callback")?;
    let (accepted, said) = scene.commit_with(&in_callback)?;
    report.claim(accepted, "the identity taken inside the callback is accepted", said);

    let (before, left) = (scene.calls(), Instant::now());
    drop(third);
    scene.poll_until_called(&before, None)?;
    scene.all_were_empty(report, "it leaves again", &before);
    // With nothing assigned the client ends without a word, so the group waits for the session to run out.
    report.measured("the group noticed its leaving after", format!("{:.1} s", left.elapsed().as_secs_f64()));
    Ok(())
}

/// Two members that keep one partition each while others come and go.
struct Scene<'a> {
    lab: &'a Lab,
    topic: String,
    group: String,
    producer: FutureProducer,
    first: Member,
    second: Member,
}

impl<'a> Scene<'a> {
    fn open(lab: &'a Lab) -> Result<Self> {
        let (topic, group) = (lab.topic("steady", 2)?, lab.name("group"));
        let join = || Member::join(&lab.consumer(&group), &topic, Revoke::AtOnce);
        let (first, second) = (join()?, join()?);
        first.poll_until(|first| {
            // A failing poll shows as the wait that runs out.
            let _ = second.poll(Duration::ZERO);
            first.partitions().len() == 1 && second.partitions().len() == 1
        })?;
        Ok(Self { lab, topic, group, producer: lab.producer(&lab.name("stage"))?, first, second })
    }

    fn join(&self) -> Result<Member> {
        Member::join(&self.lab.consumer(&self.group), &self.topic, Revoke::AtOnce)
    }

    /// How often each member's callback has been called.
    fn calls(&self) -> [usize; 2] {
        [self.first.calls().len(), self.second.calls().len()]
    }

    fn poll_until_called(&self, before: &[usize; 2], third: Option<&Member>) -> Result {
        self.first.poll_until(|_| {
            for other in [Some(&self.second), third].into_iter().flatten() {
                // A failing poll shows as the wait that runs out.
                let _ = other.poll(Duration::ZERO);
            }
            let third_too = third.is_none_or(|third| !third.calls().is_empty());
            third_too && self.calls().iter().zip(before).all(|(now, before)| now > before)
        })?;
        Ok(())
    }

    fn all_were_empty(&self, report: &mut Report, case: &str, before: &[usize; 2]) {
        let new = [&self.first.calls()[before[0]..], &self.second.calls()[before[1]..]].concat();
        let empty = new.iter().all(|call| call.assign && call.partitions.is_empty());
        report.claim(empty, &format!("{case}: each member is called, with an empty list"), lists(&new));
    }

    fn commit_with(&self, identity: &ConsumerGroupMetadata) -> Result<(bool, String)> {
        let mine = *self.first.partitions().first().ok_or("the first member owns nothing")?;
        let outcome = commit_offset(&self.producer, identity, &offsets(&self.topic, &[(mine, 1)], ""));
        Ok((outcome.is_ok(), outcome.as_ref().err().map_or_else(|| "accepted".to_owned(), describe)))
    }
}

fn lists(calls: &[Call]) -> String {
    let calls: Vec<String> = calls
        .iter()
        .map(|call| format!("{} {:?}", if call.assign { "assign" } else { "revoke" }, call.partitions))
        .collect();
    calls.join(", ")
}
