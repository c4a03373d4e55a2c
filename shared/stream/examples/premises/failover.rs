//! Premise: a process that is killed with a transaction open does not block its successor for long.
//!
//! The victim is this program again, in a process of its own: only a real kill leaves the broker with an open
//! transaction, pending offsets and a member that says nothing.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use rdkafka::admin::{AdminOptions, ResourceSpecifier};
use rdkafka::config::ClientConfig;
use rdkafka::producer::Producer;

use crate::lab::{Lab, PATIENCE, Result, offsets, send_all};
use crate::member::{Member, Revoke};
use crate::report::Report;

/// The argument that makes this program the victim.
pub(crate) const VICTIM: &str = "--victim";
const SCAN: &str = "transaction.abort.timed.out.transaction.cleanup.interval.ms";

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    let scan = scan_interval(lab)?;
    report.measured("the broker looks for timed-out transactions every", format!("{scan} ms"));
    report.measured("transaction.timeout.ms, session.timeout.ms", "6000 ms, 6000 ms");
    for (name, heir) in [
        ("the same transactional id", Heir { same_id: true, same_member: false }),
        ("another transactional id", Heir { same_id: false, same_member: false }),
        ("the same transactional id and group.instance.id", Heir { same_id: true, same_member: true }),
    ] {
        for round in 1..=3 {
            let times = heir.succeed(lab, &format!("{round}-{}-{}", heir.same_id, heir.same_member))?;
            let bound =
                if heir.same_id { Duration::from_secs(2) } else { Duration::from_secs(6 + 3) + scan_time(&scan) };
            let figure = format!(
                "producer ready {:.1} s, offsets stable {:.1} s, partition assigned {:.1} s, next record committed {:.1} s after the kill",
                times.ready.as_secs_f64(),
                times.stable.as_secs_f64(),
                times.assigned.as_secs_f64(),
                times.committed.as_secs_f64()
            );
            report.claim(times.stable < bound, &format!("{name}: offsets are stable within {bound:?}"), figure);
        }
    }
    Ok(())
}

/// Joins the group, opens a transaction that holds its offset, says so, and lives until it is killed.
pub(crate) fn victim(lab: &Lab, arguments: &[String]) -> Result {
    let [id, group, instance, topic, output] = arguments else {
        return Err("five arguments are needed".into());
    };
    let member = Member::join(&membership(lab, group, instance), topic, Revoke::AtOnce)?;
    member.poll_until(|member| !member.partitions().is_empty())?;
    let producer = lab.producer(id)?;
    producer.begin_transaction()?;
    send_all(&producer, output, &[(0, "never".to_owned())])?;
    producer.send_offsets_to_transaction(&offsets(topic, &[(0, 1)], "never"), &member.identity()?, PATIENCE)?;
    println!("open");
    loop {
        member.poll(Duration::from_millis(100))?;
    }
}

/// What the successor has in common with the victim.
struct Heir {
    same_id: bool,
    same_member: bool,
}

/// Since the kill.
struct Times {
    ready: Duration,
    stable: Duration,
    assigned: Duration,
    committed: Duration,
}

impl Heir {
    fn succeed(&self, lab: &Lab, round: &str) -> Result<Times> {
        let (topic, output) = (lab.topic(&format!("input-{round}"), 1)?, lab.topic(&format!("output-{round}"), 1)?);
        let (id, group) = (lab.name(&format!("id-{round}")), lab.name(&format!("group-{round}")));
        let instance = if self.same_member { "replica-0" } else { "" };
        lab.fill(&topic, 0, 1)?;
        let mut victim = spawn_victim(lab, [&id, &group, instance, &topic, &output])?;
        victim.kill()?;
        let killed = Instant::now();
        victim.wait()?;

        let heir_id = if self.same_id { id } else { format!("{id}-heir") };
        let joining = Member::join(&membership(lab, &group, instance), &topic, Revoke::AtOnce)?;
        let joined = joining.clone();
        let assigning = thread::spawn(move || -> Result<Duration> {
            joined.poll_until(|member| !member.partitions().is_empty())?;
            Ok(killed.elapsed())
        });
        let producer = lab.producer(&heir_id)?;
        let ready = killed.elapsed();
        lab.committed(&group, &topic, 0)?;
        let stable = killed.elapsed();
        let assigned = assigning.join().map_err(|_| "the successor panicked")??;
        producer.begin_transaction()?;
        send_all(&producer, &output, &[(0, "heir".to_owned())])?;
        producer.send_offsets_to_transaction(&offsets(&topic, &[(0, 1)], "heir"), &joining.identity()?, PATIENCE)?;
        producer.commit_transaction(PATIENCE)?;
        if lab.visible(&output, 0)? != ["heir"] {
            return Err("the output of the killed process is visible".into());
        }
        Ok(Times { ready, stable, assigned, committed: killed.elapsed() })
    }
}

fn membership(lab: &Lab, group: &str, instance: &str) -> ClientConfig {
    let mut config = lab.consumer(group);
    if !instance.is_empty() {
        config.set("group.instance.id", instance);
    }
    config
}

/// Returns when the victim's transaction is open.
fn spawn_victim(lab: &Lab, arguments: [&str; 5]) -> Result<Child> {
    let mut victim = Command::new(std::env::current_exe()?)
        .arg(VICTIM)
        .args(arguments)
        .env("KAFKA_BROKERS", lab.brokers())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut said = String::new();
    BufReader::new(victim.stdout.take().ok_or("no standard output")?).read_line(&mut said)?;
    if said.trim() != "open" {
        return Err("the victim did not open a transaction".into());
    }
    Ok(victim)
}

fn scan_interval(lab: &Lab) -> Result<String> {
    let admin = lab.admin()?;
    let cluster = admin.inner().fetch_metadata(None, PATIENCE)?;
    let broker = cluster.brokers().first().ok_or("no broker")?.id();
    let (broker, options) = (ResourceSpecifier::Broker(broker), AdminOptions::new());
    let described = block_on(admin.describe_configs([&broker], &options))?.into_iter().next().ok_or("no answer")??;
    Ok(described.get(SCAN).and_then(|entry| entry.value.clone()).unwrap_or_else(|| "unknown".to_owned()))
}

fn scan_time(scan: &str) -> Duration {
    Duration::from_millis(scan.parse().unwrap_or(10_000))
}
