//! Publishing from outside the stages: requests, commands, and pauses of a stage, one record at a time, each awaited.
//!
//! A publisher never starts a run and never writes a status: it asks, and admission answers.

use crate::client::{self, ClientSettings, REQUEST_TIMEOUT};
use crate::read;
use contract::history::{self, EventKind};
use contract::stages::{Control, Key};
use contract::url::{CanonicalUrl, InvalidUrl};
use contract::{Command, Coordinates, Headers, HistoryEvent, InvoiceId, Request, Stage, Topics, header};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use rdkafka::util::Timeout;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

const SOURCE: &str = "/invoices/publisher";
const REQUEST_TYPE: &str = "invoices.request";
const COMMAND_TYPE: &str = "invoices.command";

/// How long a full send queue is waited for; the delivery itself is bounded by `message.timeout.ms`.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(30);

/// How many of a partition's last records are looked through for one whose offset the acknowledgement did not tell.
const LOOKED_THROUGH: i64 = 10_000;

/// An idempotent producer of requests and commands. Cloning is cheap and shares its connections.
#[derive(Clone)]
pub struct Publisher {
    producer: FutureProducer,
    settings: ClientSettings,
    topics: Topics,
}

/// A request that every in-sync replica has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub invoice_id: InvoiceId,
    pub record: Coordinates,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    #[error(transparent)]
    Kafka(#[from] client::Error),
    #[error("the record is stored in {topic}, and where it stands is not known; what it asks for happens all the same")]
    Unlocated { topic: String },
}

impl Publisher {
    /// # Errors
    /// When librdkafka refuses the settings.
    pub fn new(settings: &ClientSettings, topics: Topics) -> Result<Self, Error> {
        Self::with_properties(settings, topics, &[])
    }

    /// A publisher that is not like ours, such as one with another client's partitioner: for tests.
    ///
    /// # Errors
    /// When librdkafka refuses the settings.
    pub fn with_properties(
        settings: &ClientSettings,
        topics: Topics,
        properties: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let mut config: ClientConfig = settings.producer_config();
        if !settings.properties.contains_key("message.timeout.ms") {
            config.set("message.timeout.ms", "30000");
        }
        for (name, value) in properties {
            config.set(*name, *value);
        }
        let producer = config.create().map_err(|error| settings.error("create a producer", error))?;
        Ok(Self { producer, settings: settings.clone(), topics })
    }

    /// Asks for an invoice; returns its id once every in-sync replica has the request.
    ///
    /// # Errors
    /// When the URL is not an absolute http(s) URL, or the cluster does not take the record.
    pub async fn request(&self, request: &Request) -> Result<InvoiceId, Error> {
        self.submit(request).await.map(|receipt| receipt.invoice_id)
    }

    /// As [`Self::request`], for a caller that also wants to know where the request stands.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub async fn submit(&self, request: &Request) -> Result<Receipt, Error> {
        let url = CanonicalUrl::parse(&request.pdf_url)?;
        let invoice_id = request.invoice_id.clone().unwrap_or_else(|| url.invoice_id());
        let value = serde_json::to_vec(request).expect("a request is strings, which JSON can hold");
        let record = self.ask(&invoice_id, &value, REQUEST_TYPE).await?;
        Ok(Receipt { invoice_id, record })
    }

    /// Hands a command to admission, the only one who may carry it out.
    ///
    /// # Errors
    /// When the cluster does not take the record.
    pub async fn command(&self, command: &Command) -> Result<Coordinates, Error> {
        let value = serde_json::to_vec(command).expect("a command is strings and JSON, which JSON can hold");
        self.ask(&command.invoice_id, &value, COMMAND_TYPE).await
    }

    /// Pauses a stage or resumes it, and enters that into the history. Every replica hears of it within a second; none starts an
    /// attempt from then on. Where the record stands.
    ///
    /// # Errors
    /// When the cluster does not take a record. If it was the second one, the stage is paused, or resumed, and the history does
    /// not say so: ask again.
    pub async fn control(&self, control: &Control) -> Result<Coordinates, Error> {
        let value = serde_json::to_vec(control).expect("a control record is strings, which JSON can hold");
        let headers = Headers {
            ce_id: Some(format!("{:032x}", rand::random::<u128>())),
            content_type: Some(header::JSON.to_owned()),
            ..Headers::default()
        };
        let key = Key::Control(control.stage).to_string();
        let record = self.raw(&self.topics.stages(), Some(key.as_bytes()), &value, &headers).await?;
        let event = paused_or_resumed(control, record.clone());
        let value = serde_json::to_vec(&event).expect("an event is strings and numbers, which JSON can hold");
        let headers = Headers { content_type: Some(header::JSON.to_owned()), ..Headers::default() };
        self.raw(&self.topics.history(), Some(event.invoice_id.as_str().as_bytes()), &value, &headers).await?;
        Ok(record)
    }

    /// Sends any record anywhere: for tests and tools.
    ///
    /// # Errors
    /// When the cluster does not take the record.
    pub async fn raw(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        value: &[u8],
        headers: &Headers,
    ) -> Result<Coordinates, Error> {
        let (encoded, sent_as) = (headers.encode(), headers.ce_id.clone());
        let headers = encoded.iter().fold(OwnedHeaders::new_with_capacity(encoded.len()), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        let mut record = FutureRecord::to(topic).payload(value).headers(headers);
        if let Some(key) = key {
            record = record.key(key);
        }
        match self.producer.send(record, Timeout::After(QUEUE_TIMEOUT)).await {
            Ok(at) if at.offset >= 0 => {
                Ok(Coordinates { topic: topic.to_owned(), partition: at.partition, offset: at.offset })
            }
            Ok(at) => {
                self.locate(topic, at.partition, |record| {
                    let same = (record.key.as_deref(), record.value.as_deref()) == (key, Some(value));
                    same && record.headers.ce_id == sent_as
                })
                .await
            }
            Err((error, _)) => Err(self.settings.error(format!("publish to {topic}"), error).into()),
        }
    }

    /// The last record that is the one sent. When an acknowledgement was lost, the client repeats the record, and the
    /// broker says only that it has it already.
    async fn locate(
        &self,
        topic: &str,
        partition: i32,
        is_sent: impl Fn(&read::Record) -> bool,
    ) -> Result<Coordinates, Error> {
        let unlocated = || Error::Unlocated { topic: topic.to_owned() };
        let (producer, of) = (self.producer.clone(), topic.to_owned());
        let ends = move || producer.client().fetch_watermarks(&of, partition, REQUEST_TIMEOUT);
        let ends =
            tokio::task::spawn_blocking(ends).await.expect("asking for the ends neither panics nor is cancelled");
        let (low, high) = ends.map_err(|error| self.settings.error(format!("find the ends of {topic}"), error))?;
        let starts = BTreeMap::from([(partition, low.max(high - LOOKED_THROUGH))]);
        let mut found = None;
        let mut feed = read::scan_from(&self.settings, topic, starts).await.map_err(|_| unlocated())?;
        while let Some(record) = feed.next().await.transpose().map_err(|_| unlocated())? {
            if is_sent(&record) {
                found = Some(record.coordinates());
            }
        }
        found.ok_or_else(unlocated)
    }

    async fn ask(&self, invoice_id: &InvoiceId, value: &[u8], ce_type: &str) -> Result<Coordinates, Error> {
        let now = chrono::Utc::now();
        let headers = Headers {
            ce_id: Some(format!("{:032x}", rand::random::<u128>())),
            ce_type: Some(ce_type.to_owned()),
            ce_source: Some(SOURCE.to_owned()),
            ce_subject: Some(invoice_id.to_string()),
            ce_time: Some(now.to_rfc3339()),
            content_type: Some(header::JSON.to_owned()),
            submitted_ms: Some(now.timestamp_millis()),
            ..Headers::default()
        };
        let topic = self.topics.main(Stage::FetchExtract);
        self.raw(&topic, Some(invoice_id.as_str().as_bytes()), value, &headers).await
    }
}

fn paused_or_resumed(control: &Control, record: Coordinates) -> HistoryEvent {
    HistoryEvent {
        invoice_id: history::of_stage(control.stage),
        kind: if control.paused { EventKind::StagePaused } else { EventKind::StageResumed },
        stage: control.stage,
        run: 0,
        attempt: 0,
        at_ms: control.at_ms,
        took_ms: None,
        code: None,
        cost_usd: None,
        message: None,
        actor: Some(control.actor.clone()),
        reason: control.reason.clone(),
        record,
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").field("settings", &self.settings).field("topics", &self.topics).finish()
    }
}
