//! What the checker looks at.

use crate::World;
use contract::{Coordinates, HistoryEvent, InvoiceId, Stage, Status, Submission, Topics, partition};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use stream::read::Record;

/// Any value that a topic holds is decoded with this much room; topics have limits of their own.
const ANY_SIZE: usize = usize::MAX;

/// Everything that a pipeline has written, and what the outside world says.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub topics: Topics,
    pub partitions: i32,
    /// What a publisher was told is stored.
    pub published: Vec<Published>,
    /// Every record of the stages' main and retry topics.
    pub records: HashMap<Coordinates, Record>,
    pub events: Vec<HistoryEvent>,
    /// In the order of their offsets.
    pub statuses: BTreeMap<InvoiceId, Vec<Status>>,
    pub letters: Vec<Record>,
    pub posted: Vec<Record>,
    pub bills: Vec<Value>,
    /// Completed answers of the language model, by invoice id.
    pub answers: HashMap<String, u64>,
    pub positions: Vec<Position>,
}

/// A record of which a publisher was told that it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub at: Coordinates,
    pub value: Vec<u8>,
}

/// How far a group is on a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub topic: String,
    pub partition: i32,
    pub committed: Option<i64>,
    pub end: i64,
}

impl Evidence {
    /// Reads all topics and the sandbox's books; [`Evidence::positions`] stay empty.
    ///
    /// # Panics
    /// When something cannot be read or is not of our shape.
    pub async fn gather(world: &World, partitions: i32, published: Vec<Published>) -> Self {
        let topics = &world.topics;
        let mut records = HashMap::new();
        for stage in Stage::ALL {
            for topic in [topics.main(stage), topics.retry(stage)] {
                records.extend(world.records(&topic).await.into_iter().map(|record| (record.coordinates(), record)));
            }
        }
        let mut events: Vec<HistoryEvent> = world.records(&topics.history()).await.iter().map(decoded).collect();
        // A pause is of no invoice, and its record is not settled.
        events.retain(|event| event.record.topic != topics.stages());
        let mut statuses: BTreeMap<InvoiceId, Vec<Status>> = BTreeMap::new();
        for record in world.records(&topics.status()).await {
            let id = record.invoice_id().expect("a status is keyed by an invoice id");
            statuses.entry(id).or_default().push(decoded(&record));
        }
        let answers = world.sandbox.calls()["llm"]["answers_completed"].clone();
        Self {
            partitions,
            published,
            records,
            events,
            statuses,
            letters: world.dead_letters().await,
            posted: world.records(&topics.posted()).await,
            bills: world.sandbox.bills(),
            answers: serde_json::from_value(answers).expect("answers are counted by invoice"),
            positions: Vec::new(),
            topics: world.topics.clone(),
        }
    }

    /// Whether the record stands where the gate sends it on from, to the partition of its invoice id.
    pub(super) fn is_misplaced(&self, record: &Record) -> bool {
        let Some(id) = self.submitted_id(record) else { return false };
        let utf8 = record.key.as_deref().is_none_or(|key| std::str::from_utf8(key).is_ok());
        let own = partition::of_key(id.as_str().as_bytes(), self.partitions);
        utf8 && (record.partition != own || record.key.as_deref() != Some(id.as_str().as_bytes()))
    }

    /// The invoice that a readable record of the gate's topic is about.
    pub(super) fn submitted_id(&self, record: &Record) -> Option<InvoiceId> {
        if record.topic != self.topics.main(Stage::FetchExtract) {
            return None;
        }
        match submission(record)? {
            Submission::Command(command) => Some(command.invoice_id),
            Submission::Request(request) => {
                let url = contract::url::CanonicalUrl::parse(&request.pdf_url).ok()?;
                Some(request.invoice_id.unwrap_or_else(|| url.invoice_id()))
            }
        }
    }
}

/// What a record of the gate's topic asks for, if it can be read.
pub(super) fn submission(record: &Record) -> Option<Submission> {
    Submission::decode(record.value.as_deref().unwrap_or_default(), ANY_SIZE).ok()
}

fn decoded<T: DeserializeOwned>(record: &Record) -> T {
    let value = record.value.as_deref().unwrap_or_default();
    serde_json::from_slice(value).unwrap_or_else(|error| panic!("{}: {error}", record.coordinates()))
}
