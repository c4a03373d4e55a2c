//! The broker: logs, committed offsets, transactions with their epochs, and who owns what in each group.

use super::books::{self, Books, Law};
use super::setup::{Entry, INVOICE, Sabotage, Setup};
use crate::core::{Batch, Epoch, PartitionId, Pending};
use crate::record::{Output, Record, Source};
use bytes::Bytes;
use contract::{Coordinates, Headers, State, Status, Topics, partition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which replica.
pub(super) type Who = usize;

/// Where a record stands.
pub(super) type At = (PartitionId, i64);

#[derive(Debug, Clone)]
pub(super) struct Broker {
    pub(super) logs: BTreeMap<PartitionId, Vec<Place>>,
    pub(super) committed: BTreeMap<PartitionId, (i64, String)>,
    /// `invoices.status` of [`INVOICE`], oldest first.
    pub(super) statuses: Vec<(u32, State)>,
    /// Who has each partition, and which assignment of its own that is.
    pub(super) owners: BTreeMap<PartitionId, (Who, Epoch)>,
    pub(super) generations: [u32; 2],
    pub(super) producers: Vec<Producer>,
    /// A request to commit that is still under way: whose, and of which producer epoch.
    pub(super) wandering: Option<(Who, u32)>,
    /// What the latest record of `invoices.stages` says of this stage.
    pub(super) paused: bool,
    pub(super) books: Books,
}

/// An offset of a log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Record(Copy),
    Gap,
}

/// What of a record decides about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Copy {
    pub(super) key: String,
    value: Bytes,
    timestamp_ms: i64,
    run: Option<u32>,
    attempt: Option<u32>,
    delay_ms: Option<u64>,
    in_doubt: bool,
    origin: Option<Coordinates>,
}

/// A transactional id.
#[derive(Debug, Clone, Default)]
pub(super) struct Producer {
    pub(super) epoch: u32,
    pub(super) open: Option<Open>,
}

/// A transaction that has outputs, and from some point on offsets too.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) batch: Arc<Batch>,
    pub(super) with_offsets: bool,
}

impl Broker {
    pub(super) fn new(setup: &Setup) -> Self {
        let places = |entries: &Vec<Entry>| entries.iter().map(place).collect();
        Self {
            logs: setup.logs.iter().map(|(id, entries)| (*id, places(entries))).collect(),
            committed: setup.logs.iter().map(|(id, _)| (*id, (0, String::new()))).collect(),
            statuses: setup.statuses.clone(),
            owners: BTreeMap::new(),
            generations: [0; 2],
            producers: vec![Producer::default(); setup.replicas],
            wandering: None,
            paused: false,
            books: Books::default(),
        }
    }

    /// Whether a transaction holds the partition's committed offset in the balance.
    pub(super) fn is_unstable(&self, id: PartitionId) -> bool {
        let open = self.producers.iter().filter_map(|producer| producer.open.as_ref());
        open.filter(|open| open.with_offsets).any(|open| open.batch.offsets.iter().any(|one| one.partition == id))
    }

    pub(super) fn is_owner(&self, who: Who, id: PartitionId) -> bool {
        self.owners.get(&id).is_some_and(|owner| owner.0 == who)
    }

    /// Ends what is open and shuts out everything of the epochs before.
    pub(super) fn initialise(&mut self, who: Who) -> u32 {
        let producer = &mut self.producers[who];
        producer.open = None;
        producer.epoch += 1;
        producer.epoch
    }

    /// Commits what the transactional id has open.
    pub(super) fn commit(&mut self, who: Who, setup: &Setup, now_ms: i64) -> Result<(), Law> {
        let Some(Open { batch, with_offsets }) = self.producers[who].open.take() else { return Ok(()) };
        if !setup.breaks(Sabotage::OffsetsWithoutOutputs) {
            self.write_outputs(&batch, setup, now_ms)?;
        }
        if with_offsets && !setup.breaks(Sabotage::OutputsWithoutOffsets) {
            self.write_offsets(&batch, who, setup)?;
        }
        books::audit(self, setup.stage)
    }

    fn write_outputs(&mut self, batch: &Batch, setup: &Setup, now_ms: i64) -> Result<(), Law> {
        for one in books::passes_gate(batch, setup.stage) {
            let written = status_of(one);
            books::may_start(one, written.as_ref(), self.statuses.last().copied())?;
            self.statuses.extend(written.map(|status| (status.run, status.state)));
        }
        let allowed_in_doubt = setup.settings.retry.max_attempts * 5;
        let mut touched = Vec::new();
        for one in &batch.pending {
            self.books.enter(one, allowed_in_doubt)?;
            for output in &one.settlement.outputs {
                touched.extend(self.append(output, setup, now_ms));
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for id in touched {
            self.logs.entry(id).or_default().push(Place::Gap);
        }
        Ok(())
    }

    /// Appends an output to the log that it belongs to, if that is one of this stage's.
    fn append(&mut self, output: &Output, setup: &Setup, now_ms: i64) -> Option<PartitionId> {
        let topics = Topics::default();
        let source = Source::ALL.into_iter().find(|source| match source {
            Source::Main => *output.topic == *topics.main(setup.stage),
            Source::Retry => *output.topic == *topics.retry(setup.stage),
        })?;
        if setup.breaks(Sabotage::RetryLost) {
            return None;
        }
        let id = (source, partition::of_key(output.key.as_bytes(), setup.partition_count()));
        let headers = output.headers.clone();
        let copy = Copy {
            key: output.key.clone(),
            value: output.value.clone(),
            timestamp_ms: now_ms,
            run: headers.run,
            attempt: headers.attempt,
            delay_ms: headers.delay_ms,
            in_doubt: headers.in_doubt && !setup.breaks(Sabotage::DoubtForgotten),
            origin: headers.origin,
        };
        self.logs.entry(id).or_default().push(Place::Record(copy));
        Some(id)
    }

    fn write_offsets(&mut self, batch: &Batch, who: Who, setup: &Setup) -> Result<(), Law> {
        for one in &batch.offsets {
            if self.owners.get(&one.partition).is_some_and(|owner| *owner != (who, one.epoch)) {
                return Err(Law::Ownership);
            }
            let committed = self.committed.entry(one.partition).or_default();
            if one.position < committed.0 {
                return Err(Law::Forwards);
            }
            let metadata = if setup.breaks(Sabotage::NoMetadata) { String::new() } else { one.metadata.clone() };
            *committed = (one.position, metadata);
        }
        Ok(())
    }
}

impl Copy {
    pub(super) fn record(&self, (source, partition): PartitionId, offset: i64) -> Record {
        Record {
            source,
            partition,
            offset,
            timestamp_ms: self.timestamp_ms,
            key: Some(Bytes::from(self.key.clone())),
            value: self.value.clone(),
            headers: Headers {
                run: self.run,
                attempt: self.attempt,
                delay_ms: self.delay_ms,
                in_doubt: self.in_doubt,
                origin: self.origin.clone(),
                ..Headers::default()
            },
        }
    }
}

fn place(entry: &Entry) -> Place {
    let of_invoice = |value: String| Copy { key: INVOICE.to_owned(), value: value.into(), ..Copy::default() };
    let command = |kind: &str, run: u32| {
        of_invoice(format!(
            r#"{{"command":{kind},"invoice_id":"{INVOICE}","run":{run},
                "dead_letter":{{"topic":"t","partition":0,"offset":0}},"actor":"me"}}"#
        ))
    };
    Place::Record(match entry {
        Entry::Gap => return Place::Gap,
        Entry::Input(key) => Copy {
            key: (*key).to_owned(),
            value: Bytes::from_static(b"{}"),
            run: Some(1),
            attempt: Some(1),
            ..Copy::default()
        },
        Entry::Request => of_invoice(format!(r#"{{"pdf_url":"{URL}","invoice_id":"{INVOICE}"}}"#)),
        Entry::Replay(run) => command(r#"{"replay":{"stage":"llm-structure","input":{}}}"#, *run),
        Entry::Discard(run) => command(r#""discard""#, *run),
        Entry::Erase(run) => command(r#""erase""#, *run),
    })
}

/// Where [`INVOICE`] is.
pub(super) const URL: &str = "https://h/a.pdf";

fn status_of(one: &Pending) -> Option<Status> {
    let topic = Topics::default().status();
    let output = one.settlement.outputs.iter().find(|output| *output.topic == *topic)?;
    serde_json::from_slice(&output.value).ok()
}
