//! Premise: a follower of `invoices.status` can find out quickly that it has read everything there is as of now.
//!
//! A record must not be dropped as a duplicate on a stale view. The client says the end of a partition as an event, and
//! only after an empty fetch. This compares the ways to provoke that event with asking for the end offset and
//! following until the position has reached it.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, Producer};

use crate::lab::{Lab, PATIENCE, Result, offsets, send_all};
use crate::report::{Report, Spread};

const PARTITIONS: i32 = 12;
const PROBES: usize = 200;
/// Where one probe takes a second.
const FEW_PROBES: usize = 40;
/// The partition that is probed; the follower holds all of them.
const PROBED: i32 = 5;

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    let status = Status { lab, topic: lab.topic("status", PARTITIONS)?, producer: lab.producer(&lab.name("writer"))? };
    for wait in ["500", "100", "10"] {
        let follower = status.consumer(wait)?;
        let everything: Vec<(i32, i64)> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
        follower.assign(&offsets(&status.topic, &everything, ""))?;
        let way = format!("follower assigned anew, fetch.wait.max.ms={wait}");
        let probes = if wait == "500" { FEW_PROBES } else { PROBES };
        status.probe(report, &way, probes, |position| {
            follower.incremental_unassign(&status.at(position))?;
            follower.incremental_assign(&status.at(position))?;
            next_end(&follower)
        })?;
    }
    for wait in ["500", "100"] {
        status.follow_to_the_end(report, wait)?;
    }
    for wait in ["100", "10", "1"] {
        let prober = status.consumer(wait)?;
        prober.fetch_metadata(Some(&status.topic), PATIENCE)?;
        let way = format!("a client of its own, idle between probes, fetch.wait.max.ms={wait}");
        status.probe(report, &way, PROBES, |position| {
            prober.incremental_assign(&status.at(position))?;
            let found = next_end(&prober)?;
            prober.incremental_unassign(&status.at(position))?;
            Ok(found)
        })?;
    }
    status.watermarks(report)
}

/// A topic as the engine writes it: transactions only.
struct Status<'a> {
    lab: &'a Lab,
    topic: String,
    producer: FutureProducer,
}

impl Status<'_> {
    fn consumer(&self, wait: &str) -> Result<BaseConsumer> {
        let mut config = self.lab.consumer(&self.lab.name("follower"));
        Ok(config.set("fetch.wait.max.ms", wait).set("enable.partition.eof", "true").create()?)
    }

    fn at(&self, position: i64) -> rdkafka::TopicPartitionList {
        offsets(&self.topic, &[(PROBED, position)], "")
    }

    fn write(&self) -> Result {
        self.producer.begin_transaction()?;
        send_all(&self.producer, &self.topic, &[(PROBED, "state".to_owned())])?;
        Ok(self.producer.commit_transaction(PATIENCE)?)
    }

    /// Probes again and again; before every fourth probe a record is committed, which must be found, if not by this
    /// probe then by the next: the broker writes the markers after it has answered the commit.
    fn probe(
        &self,
        report: &mut Report,
        way: &str,
        probes: usize,
        mut probe: impl FnMut(i64) -> Result<Vec<i64>>,
    ) -> Result {
        self.write()?;
        let mut position = probe(0)?.last().ok_or("nothing before the end")? + 1;
        let (mut times, mut late, mut owed) = (Vec::with_capacity(probes), 0, 0);
        for round in 0..probes {
            if round % 4 == 0 {
                self.write()?;
                owed += 1;
            }
            let start = Instant::now();
            let found = probe(position)?;
            times.push(start.elapsed());
            owed -= found.len();
            late += owed;
            position = found.last().map_or(position, |last| last + 1);
        }
        let figure = format!("{}; {late} of {} records came with the next probe only", Spread::of(times), probes / 4);
        report.claim(owed == 0, way, figure);
        Ok(())
    }

    /// No event at all: the end offset is asked for, then the follower polls until its position has reached it.
    fn follow_to_the_end(&self, report: &mut Report, wait: &str) -> Result {
        let (follower, asker) = (self.consumer(wait)?, self.consumer(wait)?);
        let everything: Vec<(i32, i64)> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
        follower.assign(&offsets(&self.topic, &everything, ""))?;
        let way = format!("the end offset asked for, then followed to it, fetch.wait.max.ms={wait}");
        let mut known = -1;
        self.probe(report, &way, PROBES, |_| {
            let (_, end) = asker.fetch_watermarks(&self.topic, PROBED, PATIENCE)?;
            let mut found = Vec::new();
            while position(&follower, &self.topic)? < end {
                // A marker moves the position without ending the poll, hence its short timeout.
                if let Some(Ok(record)) = follower.poll(Duration::from_millis(2))
                    && record.offset() > known
                {
                    known = record.offset();
                    found.push(record.offset());
                }
            }
            Ok(found)
        })
    }

    /// Asking for the end offset is quick, and it is the end of what is committed.
    fn watermarks(&self, report: &mut Report) -> Result {
        let asker = self.consumer("10")?;
        asker.fetch_watermarks(&self.topic, PROBED, PATIENCE)?;
        let mut times = Vec::with_capacity(PROBES);
        let mut end = 0;
        for _ in 0..PROBES {
            let start = Instant::now();
            (_, end) = asker.fetch_watermarks(&self.topic, PROBED, PATIENCE)?;
            times.push(start.elapsed());
        }
        report.measured("fetch_watermarks", Spread::of(times));
        self.how_late_markers_are(report, &asker, end)?;
        let (_, end) = asker.fetch_watermarks(&self.topic, PROBED, PATIENCE)?;
        self.producer.begin_transaction()?;
        send_all(&self.producer, &self.topic, &[(PROBED, "open".to_owned())])?;
        let (_, during) = asker.fetch_watermarks(&self.topic, PROBED, PATIENCE)?;
        self.producer.abort_transaction(PATIENCE)?;
        let figure = format!("{end} before, {during} with a transaction open");
        report.claim(during == end, "under read_committed it is the last stable offset", figure);
        Ok(())
    }
}

impl Status<'_> {
    /// How long after a commit has returned its record still lies behind the last stable offset.
    fn how_late_markers_are(&self, report: &Report, asker: &BaseConsumer, mut end: i64) -> Result {
        let (mut delays, mut late) = (Vec::with_capacity(PROBES), 0);
        for _ in 0..PROBES {
            self.write()?;
            let start = Instant::now();
            let mut asked = 0;
            loop {
                let (_, now) = asker.fetch_watermarks(&self.topic, PROBED, PATIENCE)?;
                asked += 1;
                // The record and its marker.
                if now >= end + 2 {
                    end = now;
                    break;
                }
            }
            late += usize::from(asked > 1);
            delays.push(start.elapsed());
        }
        let figure = format!("{}; {late} of {PROBES} were not visible to the first question", Spread::of(delays));
        report.measured("from commit_transaction's return until the record is visible", figure);
        Ok(())
    }
}

/// Where the client will go on: behind the last record and the markers after it.
fn position(consumer: &BaseConsumer, topic: &str) -> Result<i64> {
    let positions = consumer.position()?;
    let element = positions.find_partition(topic, PROBED).ok_or("the partition is not assigned")?;
    Ok(element.offset().to_raw().unwrap_or(0))
}

/// The offsets of the probed partition delivered before its end was said.
fn next_end(consumer: &BaseConsumer) -> Result<Vec<i64>> {
    let mut found = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(record)) => found.push(record.offset()),
            Some(Err(KafkaError::PartitionEOF(PROBED))) => return Ok(found),
            Some(Err(KafkaError::PartitionEOF(_))) | None => {}
            Some(Err(error)) => return Err(error.into()),
        }
    }
    Err("the end was never said".into())
}
