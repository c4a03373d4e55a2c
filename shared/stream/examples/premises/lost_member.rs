//! Premise: a member that was thrown out of its group cannot commit in a transaction, whatever it does.
//!
//! The broker lets a transactional commit without generation and member id pass (it takes it for a consumer outside
//! any group). So the client must never hand out that identity between losing the session and saying so.

use std::thread;
use std::time::Duration;

use local::Proxy;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::producer::{FutureProducer, Producer};

use crate::background::Background;
use crate::lab::{Lab, PATIENCE, Result, commit_offset, describe, offsets};
use crate::member::{Member, Revoke};
use crate::report::Report;

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    let consumers = Proxy::start(lab.brokers())?;
    let producers = Proxy::start(lab.brokers())?;
    let mut config = lab.transactional(&lab.name("stage"));
    let producer: FutureProducer = config.set("bootstrap.servers", producers.address()).create()?;
    producer.init_transactions(PATIENCE)?;
    let scene = Scene { lab, consumers, producers, producer };
    scene.before_joining(report)?;
    scene.after_losing_the_session(report)?;
    scene.after_polling_too_late(report)
}

struct Scene<'a> {
    lab: &'a Lab,
    consumers: Proxy,
    producers: Proxy,
    producer: FutureProducer,
}

impl Scene<'_> {
    fn before_joining(&self, report: &mut Report) -> Result {
        let (topic, group) = (self.lab.topic("unjoined", 1)?, self.lab.name("unjoined"));
        let owner = Member::join(&self.lab.consumer(&group), &topic, Revoke::AtOnce)?;
        owner.poll_until(|member| member.partitions().len() == 1)?;
        let outsider = Member::join(&self.lab.consumer(&group), &topic, Revoke::AtOnce)?;
        let (accepted, figure) = self.attempt(&topic, &outsider.identity()?)?;
        report.claim(
            accepted,
            "the hole exists: before joining, a commit into a group with a live owner is ACCEPTED",
            figure,
        );
        Ok(())
    }

    fn after_losing_the_session(&self, report: &mut Report) -> Result {
        let (topic, group) = (self.lab.topic("silenced", 2)?, self.lab.name("silenced"));
        let mut config = self.lab.consumer(&group);
        let lost = Member::join(config.set("bootstrap.servers", self.consumers.address()), &topic, Revoke::AtOnce)?;
        lost.poll_until(|member| member.partitions().len() == 2)?;
        let pinned = lost.identity()?;

        self.consumers.pause(true);
        let heir = succeed(self.lab, &group, &topic, 2)?;
        self.refused(report, &topic, &pinned, "identity from before the loss")?;
        self.refused(
            report,
            &topic,
            &lost.identity()?,
            "identity taken after the session timed out, network still down",
        )?;
        self.consumers.pause(false);
        thread::sleep(Duration::from_secs(2));
        self.refused(report, &topic, &lost.identity()?, "identity taken after the network is back, nothing polled")?;

        lost.poll_until(|member| member.calls().iter().any(|call| !call.assign))?;
        let calls = lost.calls();
        let said = calls.iter().find(|call| !call.assign).is_some_and(|call| call.lost);
        report.claim(
            said,
            "the revoke callback says that the assignment is lost",
            format!("assignment_lost() = {said}"),
        );
        let in_callback = lost.identity_of_last_call().ok_or("no identity in the callback")?;
        self.refused(report, &topic, &in_callback, "identity taken inside that callback")?;
        heir.stop()
    }

    fn after_polling_too_late(&self, report: &mut Report) -> Result {
        let (topic, group) = (self.lab.topic("asleep", 1)?, self.lab.name("asleep"));
        let mut config = self.lab.consumer(&group);
        let asleep = Member::join(config.set("max.poll.interval.ms", "6000"), &topic, Revoke::AtOnce)?;
        asleep.poll_until(|member| member.partitions().len() == 1)?;
        let pinned = asleep.identity()?;
        let heir = succeed(self.lab, &group, &topic, 1)?;
        self.refused(report, &topic, &pinned, "max.poll.interval exceeded: identity from before")?;
        self.refused(
            report,
            &topic,
            &asleep.identity()?,
            "max.poll.interval exceeded: identity taken after, nothing polled",
        )?;
        // Its first poll reports the late poll, the next ones serve the revoke.
        let _ = asleep.poll(Duration::from_millis(100));
        asleep.poll_until(|member| member.calls().iter().any(|call| !call.assign && call.lost))?;
        heir.stop()
    }

    fn refused(&self, report: &mut Report, topic: &str, identity: &ConsumerGroupMetadata, case: &str) -> Result {
        let (accepted, figure) = self.attempt(topic, identity)?;
        report.claim(!accepted, &format!("refused: {case}"), figure);
        Ok(())
    }

    /// Whether a commit with this identity passes, and what it said on the wire.
    fn attempt(&self, topic: &str, identity: &ConsumerGroupMetadata) -> Result<(bool, String)> {
        let outcome = commit_offset(&self.producer, identity, &offsets(topic, &[(0, 1)], ""));
        let sent = self.producers.last_identity().ok_or("no commit passed the proxy")?;
        let member = if sent.member.is_empty() { "no member id" } else { "its member id" };
        let said = outcome.as_ref().err().map_or_else(|| "accepted".to_owned(), describe);
        Ok((outcome.is_ok(), format!("generation {}, {member}: {said}", sent.generation)))
    }
}

/// A second member takes over whatever the first one loses; returns when it owns all `partitions`.
fn succeed(lab: &Lab, group: &str, topic: &str, partitions: usize) -> Result<Background> {
    let heir = Member::join(&lab.consumer(group), topic, Revoke::AtOnce)?;
    heir.poll_until(|member| member.partitions().len() == partitions)?;
    Ok(Background::start(move || heir.poll(Duration::from_millis(50))))
}
