//! Premise: the client knows soundly when only transaction markers are left before its position.
//!
//! A consumer that commits "last record + 1" on a transactional topic shows a lag of one for ever. Committing more is
//! right only if nothing in between is a record: a wrong answer here would lose an invoice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rand::RngExt;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, Producer};
use rdkafka::statistics::{Partition, Statistics};

use crate::lab::{Lab, PATIENCE, Result, commit_offset, offsets, send_all};
use crate::member::lock;
use crate::report::Report;

const PARTITIONS: i32 = 3;
const WRITING: Duration = Duration::from_secs(20);

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    let topic = lab.topic("marked", PARTITIONS)?;
    let group = lab.name("group");
    let mut config = lab.consumer(&group);
    let consumer: BaseConsumer<Snapshots> =
        config.set("statistics.interval.ms", "20").create_with_context(Snapshots::default())?;
    let start: Vec<(i32, i64)> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
    consumer.assign(&offsets(&topic, &start, ""))?;

    let writing = Arc::new(AtomicBool::new(true));
    let (writer, observed) = (lab.producer(&lab.name("writer"))?, Arc::clone(&writing));
    let written = topic.clone();
    let writer = thread::spawn(move || write_at_random(&writer, &written, &observed));
    let mut judge = Judge::default();
    judge.follow(&consumer, &topic, WRITING)?;
    writing.store(false, Ordering::Relaxed);
    let transactions = writer.join().map_err(|_| "the writer panicked")??;
    judge.follow(&consumer, &topic, Duration::from_secs(2))?;

    for (rule, what) in [
        (&judge.position, "position() lies behind markers and before every record to come"),
        (&judge.app_offset, "so does app_offset of the statistics"),
    ] {
        let claim = rule.wrong == 0 && rule.beyond_last > 0;
        report.claim(claim, what, rule.figure(transactions, judge.delivered));
    }
    report.measured("eof_offset of the statistics by itself", judge.eof_offset.figure(transactions, judge.delivered));
    commits(lab, report, &group, &topic, &judge)
}

fn commits(lab: &Lab, report: &mut Report, group: &str, topic: &str, judge: &Judge) -> Result {
    let producer = lab.producer(&lab.name("stage"))?;
    let identity = lab.memberless(group)?;
    let ends: Vec<(i32, i64)> = judge.position.ends.iter().map(|(partition, end)| (*partition, *end)).collect();
    let lasts: Vec<(i32, i64)> = judge.delivered_to.iter().map(|(partition, next)| (*partition, *next)).collect();
    for (what, positions, expected) in [("last record + 1", lasts, false), ("position()", ends, true)] {
        commit_offset(&producer, &identity, &offsets(topic, &positions, ""))?;
        let lags = lags(lab, group, topic)?;
        let none = lags.iter().all(|lag| *lag == 0);
        report.claim(none == expected, &format!("lag after committing {what}"), format!("{lags:?}"));
    }
    producer.begin_transaction()?;
    send_all(&producer, topic, &[(0, "next".to_owned())])?;
    producer.commit_transaction(PATIENCE)?;
    let next = first_record_after_commit(lab, group, topic)?;
    report.claim(next == "next", "the next owner begins with the next record", next);
    Ok(())
}

fn lags(lab: &Lab, group: &str, topic: &str) -> Result<Vec<i64>> {
    let asker: BaseConsumer = lab.consumer(group).create()?;
    let mut lags = Vec::new();
    for partition in 0..PARTITIONS {
        let (_, end) = asker.fetch_watermarks(topic, partition, PATIENCE)?;
        let committed = lab.committed(group, topic, partition)?.0.to_raw().ok_or("no offset")?;
        lags.push(end - committed);
    }
    Ok(lags)
}

fn first_record_after_commit(lab: &Lab, group: &str, topic: &str) -> Result<String> {
    let committed = lab.committed(group, topic, 0)?.0.to_raw().ok_or("no offset")?;
    let heir: BaseConsumer = lab.consumer(group).create()?;
    heir.assign(&offsets(topic, &[(0, committed)], ""))?;
    let record = heir.poll(PATIENCE).ok_or("no record")??;
    Ok(String::from_utf8_lossy(record.payload().unwrap_or_default()).into_owned())
}

/// Short transactions of a few records to random partitions; every fourth is aborted.
fn write_at_random(producer: &FutureProducer, topic: &str, writing: &AtomicBool) -> Result<usize> {
    let mut transactions = 0;
    while writing.load(Ordering::Relaxed) {
        let mut random = rand::rng();
        let records: Vec<(i32, String)> = (0..random.random_range(1..=5))
            .map(|_| (random.random_range(0..PARTITIONS), "record".to_owned()))
            .collect();
        producer.begin_transaction()?;
        send_all(producer, topic, &records)?;
        if random.random_ratio(1, 4) {
            producer.abort_transaction(PATIENCE)?;
        } else {
            producer.commit_transaction(PATIENCE)?;
        }
        transactions += 1;
        thread::sleep(Duration::from_millis(random.random_range(0..30)));
    }
    Ok(transactions)
}

/// Lets each rule say where the partitions end and checks that against every later record.
#[derive(Default)]
struct Judge {
    delivered: usize,
    /// One behind the last record of each partition.
    delivered_to: BTreeMap<i32, i64>,
    position: Rule,
    app_offset: Rule,
    eof_offset: Rule,
}

#[derive(Default)]
struct Rule {
    ends: BTreeMap<i32, i64>,
    beyond_last: usize,
    wrong: usize,
}

impl Judge {
    fn follow(&mut self, consumer: &BaseConsumer<Snapshots>, topic: &str, duration: Duration) -> Result {
        let end = Instant::now() + duration;
        while Instant::now() < end {
            if let Some(record) = consumer.poll(Duration::from_millis(5)).transpose()? {
                self.deliver(record.partition(), record.offset());
            }
            for element in consumer.position()?.elements() {
                let last = self.last(element.partition());
                self.position.conclude(element.partition(), last, element.offset().to_raw().unwrap_or(0));
            }
            if let Some(statistics) = lock(&consumer.context().latest).take()
                && let Some(found) = statistics.topics.get(topic)
            {
                found.partitions.values().filter(|snapshot| snapshot.partition >= 0).for_each(|p| self.conclude(p));
            }
        }
        Ok(())
    }

    fn deliver(&mut self, partition: i32, offset: i64) {
        self.delivered += 1;
        self.delivered_to.insert(partition, offset + 1);
        for rule in [&mut self.position, &mut self.app_offset, &mut self.eof_offset] {
            rule.check(partition, offset);
        }
    }

    fn conclude(&mut self, snapshot: &Partition) {
        let last = self.last(snapshot.partition);
        self.app_offset.conclude(snapshot.partition, last, snapshot.app_offset);
        self.eof_offset.conclude(snapshot.partition, last, snapshot.eof_offset);
    }

    fn last(&self, partition: i32) -> i64 {
        self.delivered_to.get(&partition).copied().unwrap_or(0)
    }
}

impl Rule {
    fn conclude(&mut self, partition: i32, last: i64, end: i64) {
        if end > last {
            self.beyond_last += 1;
            self.ends.insert(partition, end);
        }
    }

    fn check(&mut self, partition: i32, offset: i64) {
        self.wrong += usize::from(self.ends.get(&partition).is_some_and(|end| offset < *end));
    }

    fn figure(&self, transactions: usize, delivered: usize) -> String {
        format!(
            "{} times beyond the last record, {} wrong ({transactions} transactions, {delivered} records)",
            self.beyond_last, self.wrong
        )
    }
}

/// Keeps the latest statistics until the poll thread takes them.
#[derive(Default)]
struct Snapshots {
    latest: Mutex<Option<Statistics>>,
}

impl ClientContext for Snapshots {
    fn stats(&self, statistics: Statistics) {
        *lock(&self.latest) = Some(statistics);
    }
}

impl ConsumerContext for Snapshots {}
