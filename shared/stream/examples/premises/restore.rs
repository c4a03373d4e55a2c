//! Premise: admission's view of a million invoices is read and held cheaply enough to rebuild it at every start.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use serde::Deserialize;

use crate::lab::{Lab, PATIENCE, Result, await_all, offsets};
use crate::report::Report;

const PARTITIONS: i32 = 12;
const RECORDS: usize = 1_000_000;
/// A busy engine's group commit: some 80 records of each partition at a time.
const PER_TRANSACTION: usize = 1000;
const BYTES_PER_ID: f64 = 48.0;
const SECONDS: f64 = 60.0;

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    let topic = lab.topic("status", PARTITIONS)?;
    let start = Instant::now();
    fill(lab, &topic)?;
    let figure = format!("{RECORDS} records of {} bytes in {:.1} s", state(0).len(), start.elapsed().as_secs_f64());
    report.measured("written, in transactions of 1000", figure);

    let bare = read(lab, &topic, |_, _, _| Ok(()))?;
    report.measured("read to the end", &bare);
    let mut index: Vec<HashMap<[u8; 16], u32>> = (0..PARTITIONS).map(|_| HashMap::new()).collect();
    let indexed = read(lab, &topic, |partition, key, value| {
        let state: State<'_> = serde_json::from_slice(value)?;
        let packed = state.state.len() as u32 | state.run << 8;
        index[partition as usize].insert(id(key).ok_or("not an id")?, packed);
        Ok(())
    })?;
    report.claim(indexed.seconds < SECONDS, "read, parsed and indexed", &indexed);
    let held: usize = index.iter().map(HashMap::len).sum();
    let slots: usize = index.iter().map(|part| part.capacity() * 8 / 7).sum();
    // One control byte a slot; a table holds seven entries for eight slots.
    let bytes = slots as f64 * (size_of::<([u8; 16], u32)>() + 1) as f64 / held as f64;
    let before = resident_bytes()?;
    let copies = [index.as_slice(), index.as_slice()].map(<[_]>::to_vec);
    let grown = resident_bytes()?.saturating_sub(before) as f64 / (2 * held) as f64;
    let figure =
        format!("{bytes:.1} bytes per id by table size ({held} ids), {grown:.1} resident for each of two copies");
    drop(copies);
    report.claim(bytes <= BYTES_PER_ID && held == RECORDS, "the index of 16-byte ids and 4-byte states", figure);
    let worst = (size_of::<([u8; 16], u32)>() + 1) as f64 * 16.0 / 7.0;
    report.measured("the same just after a table has doubled", format!("{worst:.1} bytes per id"));
    Ok(())
}

#[derive(Deserialize)]
struct State<'a> {
    state: &'a str,
    run: u32,
}

fn fill(lab: &Lab, topic: &str) -> Result {
    let mut config = lab.transactional(&lab.name("writer"));
    let producer: FutureProducer = config.set("linger.ms", "5").set("transaction.timeout.ms", "60000").create()?;
    producer.init_transactions(PATIENCE)?;
    for batch in 0..RECORDS / PER_TRANSACTION {
        producer.begin_transaction()?;
        let mut deliveries = Vec::with_capacity(PER_TRANSACTION);
        for n in batch * PER_TRANSACTION..(batch + 1) * PER_TRANSACTION {
            let (key, value) = (format!("{n:032x}"), state(n));
            let record = FutureRecord::to(topic).partition(n as i32 % PARTITIONS).key(&key).payload(&value);
            deliveries.push(producer.send_result(record).map_err(|(error, _)| error)?);
        }
        await_all(deliveries)?;
        producer.commit_transaction(PATIENCE)?;
    }
    Ok(())
}

fn state(n: usize) -> String {
    format!(
        r#"{{"invoice_id":"{n:032x}","run":1,"stage":"post-to-zoho","state":"posted","attempt":1,"url_hash":"{:016x}","bill":{{"id":"{:018}","number":"INV-{n:07}","vendor":"Kaveri Steel","total":"118000.00"}},"cost_usd":"0.0123"}}"#,
        n * 0x9e37,
        n
    )
}

fn id(key: &[u8]) -> Option<[u8; 16]> {
    let number = u128::from_str_radix(std::str::from_utf8(key).ok()?, 16).ok()?;
    Some(number.to_be_bytes())
}

/// What reading the topic once cost.
struct Cost {
    records: usize,
    seconds: f64,
    cpu_seconds: f64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rate = self.records as f64 / self.seconds;
        let Self { records, seconds, cpu_seconds } = self;
        write!(f, "{records} records in {seconds:.1} s ({rate:.0} per second), {cpu_seconds:.1} CPU-s in this process")
    }
}

fn read(lab: &Lab, topic: &str, mut each: impl FnMut(i32, &[u8], &[u8]) -> Result) -> Result<Cost> {
    let mut config = lab.consumer(&lab.name("reader"));
    let reader: BaseConsumer = config.set("enable.partition.eof", "true").create()?;
    let (start, cpu) = (Instant::now(), cpu_seconds()?);
    let positions: Vec<(i32, i64)> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
    reader.assign(&offsets(topic, &positions, ""))?;
    let (mut records, mut ended) = (0, 0);
    while ended < PARTITIONS {
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(record)) => {
                each(record.partition(), record.key().unwrap_or_default(), record.payload().unwrap_or_default())?;
                records += 1;
            }
            Some(Err(KafkaError::PartitionEOF(_))) => ended += 1,
            Some(Err(error)) => return Err(error.into()),
            None => {}
        }
    }
    Ok(Cost { records, seconds: start.elapsed().as_secs_f64(), cpu_seconds: cpu_seconds()? - cpu })
}

/// User and system time of this process.
fn cpu_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / 100.0)
}

fn resident_bytes() -> Result<usize> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    let resident: usize = pages.split_whitespace().nth(1).ok_or("no resident size")?.parse()?;
    Ok(resident * 4096)
}
