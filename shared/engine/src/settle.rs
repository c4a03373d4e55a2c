//! What is written when a record leaves the window. Every exit of a record is one function here; there is no other.
//!
//! Each returns a [`Settlement`]: the outputs that must be in the same transaction as the record's offset.

use crate::failure::StageError;
use crate::record::{Output, Record, Source};
use bytes::Bytes;
use contract::dead_letter::Failure;
use contract::history::EventKind;
use contract::{
    Bill, Class, Code, Command, CommandKind, Coordinates, Cost, DeadLetter, Headers, HistoryEvent, InvoiceId, Stage,
    State, Status, Topics, code, header,
};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::Duration;

/// The identity that an invoice keeps through the stages.
#[derive(Debug, Clone)]
pub struct Passage {
    pub invoice_id: InvoiceId,
    pub run: u32,
    pub attempt: u32,
    pub submitted_ms: i64,
    pub url_hash: String,
    /// Where the record came from first, over all retries.
    pub origin: Coordinates,
    /// An earlier attempt of this stage may have had its effect.
    pub in_doubt: bool,
    /// What attempts at this record that did not count have paid.
    pub paid_usd: Decimal,
    pub traceparent: Option<String>,
    pub tracestate: Option<String>,
}

/// A stage's encoded result.
#[derive(Debug, Clone)]
pub struct Product {
    pub value: Bytes,
    pub bill: Option<Bill>,
    pub cost: Option<Cost>,
}

/// A run of the handler that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    pub record: &'a Record,
    pub passage: &'a Passage,
    pub took_ms: u64,
    /// When it is settled, in milliseconds since 1970.
    pub now_ms: i64,
}

/// How a record leaves the window.
#[derive(Debug, Clone)]
pub struct Settlement {
    pub exit: Exit,
    pub outputs: Vec<Output>,
    /// For logs and metrics; not decided upon.
    pub invoice_id: Option<InvoiceId>,
    pub code: Option<Code>,
    /// Of the failure, with `code`.
    pub class: Option<Class>,
    pub took_ms: Option<u64>,
    /// Submission to settlement, for a record that ends its run.
    pub end_to_end_ms: Option<i64>,
}

/// The ways out of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// To the next stage.
    Forwarded,
    Retried,
    DeadLettered,
    Duplicate,
    CommandAccepted,
    StaleCommand,
    /// Back to the same topic, to the partition of its invoice id.
    Rerouted,
    /// Back to the retry topic unchanged, as it would have held up the offsets behind it for too long.
    Deferred,
}

impl Exit {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::Retried => "retried",
            Self::DeadLettered => "dead_lettered",
            Self::Duplicate => "duplicate",
            Self::CommandAccepted => "command_accepted",
            Self::StaleCommand => "stale_command",
            Self::Rerouted => "rerouted",
            Self::Deferred => "deferred",
        }
    }
}

/// Writes the settlements of one stage.
#[derive(Debug, Clone)]
pub struct Settler {
    stage: Stage,
    topics: Topics,
    output: Arc<str>,
    retry: Arc<str>,
    dead_letter: Arc<str>,
    status: Arc<str>,
    history: Arc<str>,
}

impl Settler {
    #[must_use]
    pub fn new(stage: Stage, topics: Topics) -> Self {
        Self {
            stage,
            output: topics.output(stage).into(),
            retry: topics.retry(stage).into(),
            dead_letter: topics.dead_letter(stage).into(),
            status: topics.status().into(),
            history: topics.history().into(),
            topics,
        }
    }

    /// Where a record of this stage stands.
    #[must_use]
    pub fn coordinates(&self, record: &Record) -> Coordinates {
        let topic = match record.source {
            Source::Main => self.topics.main(self.stage),
            Source::Retry => self.topics.retry(self.stage),
        };
        Coordinates { topic, partition: record.partition, offset: record.offset }
    }

    /// The stage succeeded.
    #[must_use]
    pub fn forwarded(&self, ended: Ended<'_>, product: Product) -> Settlement {
        let Ended { record, passage, took_ms, now_ms } = ended;
        let next = self.stage.next();
        let paid_usd = self.paid(passage, product.cost.as_ref());
        let (cost_usd, model) = product.cost.map(|cost| (cost.usd, cost.model)).unzip();
        let headers = Headers { attempt: Some(1), ..self.headers(passage, now_ms) };
        let output = Output {
            topic: Arc::clone(&self.output),
            key: passage.invoice_id.to_string(),
            headers: Headers { ce_type: Some(format!("invoices.{}.v1", produced(self.stage))), ..headers },
            value: product.value,
        };
        let status = Status {
            stage: next.unwrap_or(self.stage),
            state: if next.is_some() { State::Running } else { State::Posted },
            attempt: if next.is_some() { 1 } else { passage.attempt },
            bill: product.bill,
            cost_usd,
            model,
            ..self.status(passage, now_ms)
        };
        let event = HistoryEvent {
            took_ms: Some(took_ms),
            cost_usd: paid_usd,
            ..self.event(EventKind::Forwarded, record, passage, now_ms)
        };
        let outputs = vec![output, self.status_output(passage, &status), self.history_output(&event)];
        Settlement {
            took_ms: Some(took_ms),
            end_to_end_ms: next.is_none().then_some(now_ms - passage.submitted_ms),
            ..settlement(Exit::Forwarded, outputs, passage)
        }
    }

    /// Another attempt follows after `wait`. The input goes along byte for byte.
    #[must_use]
    pub fn retried(&self, ended: Ended<'_>, error: &StageError, wait: Duration) -> Settlement {
        let Ended { record, passage, took_ms, now_ms } = ended;
        let delay_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let headers = Headers {
            ce_type: Some(format!("invoices.{}.retry.v1", self.stage)),
            attempt: Some(passage.attempt + 1),
            in_doubt: passage.in_doubt || error.in_doubt,
            delay_ms: Some(delay_ms),
            origin: Some(passage.origin.clone()),
            error_code: Some(error.code.clone()),
            error_class: Some(error.class),
            ..self.headers(passage, now_ms)
        };
        let output = Output {
            topic: Arc::clone(&self.retry),
            key: passage.invoice_id.to_string(),
            headers,
            value: record.value.clone(),
        };
        let status = Status {
            state: State::Retrying,
            attempt: passage.attempt + 1,
            due_ms: Some(now_ms.saturating_add_unsigned(delay_ms)),
            code: Some(error.code.clone()),
            ..self.status(passage, now_ms)
        };
        let event = self.failure_event(EventKind::Retried, ended, error);
        let outputs = vec![output, self.status_output(passage, &status), self.history_output(&event)];
        Settlement {
            code: Some(error.code.clone()),
            class: Some(error.class),
            took_ms: Some(took_ms),
            ..settlement(Exit::Retried, outputs, passage)
        }
    }

    /// No attempt will succeed, none is left, or a person must look.
    #[must_use]
    pub fn dead_lettered(&self, ended: Ended<'_>, error: &StageError) -> Settlement {
        let Ended { record, passage, took_ms, now_ms } = ended;
        let letter = DeadLetter {
            error: Failure {
                stage: self.stage,
                code: error.code.clone(),
                class: error.class,
                message: error.message.clone(),
                run: passage.run,
                attempts: passage.attempt,
            },
            input: raw_json(&record.value),
            candidate: error.candidate.clone(),
            evidence: error.evidence.clone(),
        };
        let headers = Headers {
            ce_type: Some(format!("invoices.{}.dead-letter.v1", self.stage)),
            attempt: Some(passage.attempt),
            origin: Some(passage.origin.clone()),
            error_code: Some(error.code.clone()),
            error_class: Some(error.class),
            error_message: Some(error.message.clone()),
            ..self.headers(passage, now_ms)
        };
        let output = Output {
            topic: Arc::clone(&self.dead_letter),
            key: passage.invoice_id.to_string(),
            headers,
            value: json(&letter),
        };
        let status = Status {
            state: if error.class == Class::Review { State::Review } else { State::Dead },
            code: Some(error.code.clone()),
            cost_usd: error.cost.as_ref().map(|cost| cost.usd),
            model: error.cost.as_ref().map(|cost| cost.model.clone()),
            ..self.status(passage, now_ms)
        };
        let event = self.failure_event(EventKind::DeadLettered, ended, error);
        let outputs = vec![output, self.status_output(passage, &status), self.history_output(&event)];
        Settlement {
            code: Some(error.code.clone()),
            class: Some(error.class),
            took_ms: Some(took_ms),
            end_to_end_ms: Some(now_ms - passage.submitted_ms),
            ..settlement(Exit::DeadLettered, outputs, passage)
        }
    }

    /// A record that cannot be read, or that claims an id it has no right to. It is keyed by where it stood and never
    /// touches the state of a claimed id; its value is kept byte for byte.
    #[must_use]
    pub fn rejected(&self, record: &Record, code: &Code, message: &str, now_ms: i64) -> Settlement {
        let at = self.coordinates(record);
        let key = format!("rejected:{}:{}:{}", at.topic, at.partition, at.offset);
        let headers = Headers {
            ce_id: Some(key.clone()),
            ce_type: Some(format!("invoices.{}.rejected.v1", self.stage)),
            ce_source: Some(self.source()),
            ce_subject: Some(key.clone()),
            ce_time: Some(rfc3339(now_ms)),
            content_type: Some(header::OCTET_STREAM.to_owned()),
            origin: Some(at.clone()),
            error_code: Some(code.clone()),
            error_class: Some(Class::Permanent),
            error_message: Some(message.to_owned()),
            submitted_ms: Some(record.timestamp_ms),
            ..Headers::default()
        };
        let output =
            Output { topic: Arc::clone(&self.dead_letter), key: key.clone(), headers, value: record.value.clone() };
        let mut outputs = vec![output];
        if let Ok(invoice_id) = key.parse() {
            outputs.push(self.history_output(&HistoryEvent {
                invoice_id,
                kind: EventKind::DeadLettered,
                stage: self.stage,
                run: 1,
                attempt: 1,
                at_ms: now_ms,
                took_ms: None,
                code: Some(code.clone()),
                cost_usd: None,
                message: Some(message.to_owned()),
                actor: None,
                reason: None,
                record: at,
            }));
        }
        Settlement {
            exit: Exit::DeadLettered,
            outputs,
            invoice_id: None,
            code: Some(code.clone()),
            class: Some(Class::Permanent),
            took_ms: None,
            end_to_end_ms: None,
        }
    }

    /// The invoice is already taken: the history says that somebody asked again, the state stays as it is.
    #[must_use]
    pub fn duplicate(&self, record: &Record, passage: &Passage, now_ms: i64) -> Settlement {
        let event = self.event(EventKind::Duplicate, record, passage, now_ms);
        settlement(Exit::Duplicate, vec![self.history_output(&event)], passage)
    }

    /// The command starts the next run, closes the dead letter, or takes the personal data out of the state. `ended_at` is the
    /// stage where the run that it names has ended.
    ///
    /// What is erased keeps its id, run, stage and URL hash, so that a further submission is a duplicate. The records that the
    /// run left behind are not touched: `invoices.posted`, the dead letters and the events keep what they say until their
    /// retention is over, and the stages' own topics, which by default have none, until somebody gives them one.
    #[must_use]
    pub fn command_accepted(
        &self,
        record: &Record,
        passage: &Passage,
        command: &Command,
        ended_at: Stage,
        now_ms: i64,
    ) -> Settlement {
        let kind = match command.command {
            CommandKind::Erase => EventKind::Erased,
            CommandKind::Replay { .. } | CommandKind::Discard => EventKind::CommandAccepted,
        };
        let event = self.command_event(kind, record, passage, command, now_ms);
        let mut outputs = vec![self.history_output(&event)];
        let ended = Status { stage: ended_at, ..self.status(passage, now_ms) };
        let status = match &command.command {
            CommandKind::Discard => Status { state: State::Discarded, ..ended },
            CommandKind::Erase => Status { state: State::Erased, ..ended },
            CommandKind::Replay { stage, input } => {
                outputs.push(self.replayed(*stage, input, passage, now_ms));
                Status { stage: *stage, state: State::Running, attempt: 1, ..self.status(passage, now_ms) }
            }
        };
        outputs.push(self.status_output(passage, &status));
        settlement(Exit::CommandAccepted, outputs, passage)
    }

    /// Somebody was faster, or the command names what never was.
    #[must_use]
    pub fn stale_command(&self, record: &Record, passage: &Passage, command: &Command, now_ms: i64) -> Settlement {
        let event = self.command_event(EventKind::StaleCommand, record, passage, command, now_ms);
        settlement(Exit::StaleCommand, vec![self.history_output(&event)], passage)
    }

    /// Back to the same topic under its invoice id, as the publisher's client had chosen another key or partition.
    #[must_use]
    pub fn rerouted(&self, record: &Record, passage: &Passage) -> Settlement {
        let output = Output {
            topic: self.topics.main(self.stage).into(),
            key: passage.invoice_id.to_string(),
            headers: record.headers.clone(),
            value: record.value.clone(),
        };
        settlement(Exit::Rerouted, vec![output], passage)
    }

    /// Back to the retry topic unchanged but for the remaining delay.
    #[must_use]
    pub fn deferred(&self, record: &Record, passage: &Passage, remaining_ms: u64) -> Settlement {
        let output = Output {
            topic: Arc::clone(&self.retry),
            key: passage.invoice_id.to_string(),
            headers: Headers { delay_ms: Some(remaining_ms), ..record.headers.clone() },
            value: record.value.clone(),
        };
        settlement(Exit::Deferred, vec![output], passage)
    }

    /// The first record of a replayed run. One for the first stage goes to its retry topic, which has no gate: this
    /// record has just passed it.
    fn replayed(&self, stage: Stage, input: &RawValue, passage: &Passage, now_ms: i64) -> Output {
        let topic = if stage == Stage::FetchExtract { self.topics.retry(stage) } else { self.topics.main(stage) };
        Output {
            topic: topic.into(),
            key: passage.invoice_id.to_string(),
            headers: Headers {
                ce_type: Some(format!("invoices.{stage}.replay.v1")),
                attempt: Some(1),
                delay_ms: Some(0),
                ..self.headers(passage, now_ms)
            },
            value: Bytes::copy_from_slice(input.get().as_bytes()),
        }
    }

    fn headers(&self, passage: &Passage, now_ms: i64) -> Headers {
        let Passage { invoice_id, run, attempt, .. } = passage;
        Headers {
            ce_id: Some(format!("{invoice_id}/{run}/{}/{attempt}", self.stage)),
            ce_source: Some(self.source()),
            ce_subject: Some(invoice_id.to_string()),
            ce_time: Some(rfc3339(now_ms)),
            content_type: Some(header::JSON.to_owned()),
            traceparent: passage.traceparent.clone(),
            tracestate: passage.tracestate.clone(),
            run: Some(*run),
            submitted_ms: Some(passage.submitted_ms),
            url_hash: Some(passage.url_hash.clone()),
            ..Headers::default()
        }
    }

    fn source(&self) -> String {
        format!("/{}", self.topics.main(self.stage).replace('.', "/"))
    }

    fn status(&self, passage: &Passage, now_ms: i64) -> Status {
        Status {
            run: passage.run,
            stage: self.stage,
            state: State::Running,
            attempt: passage.attempt,
            at_ms: now_ms,
            due_ms: None,
            code: None,
            url_hash: passage.url_hash.clone(),
            bill: None,
            cost_usd: None,
            model: None,
        }
    }

    fn event(&self, kind: EventKind, record: &Record, passage: &Passage, now_ms: i64) -> HistoryEvent {
        HistoryEvent {
            invoice_id: passage.invoice_id.clone(),
            kind,
            stage: self.stage,
            run: passage.run,
            attempt: passage.attempt,
            at_ms: now_ms,
            took_ms: None,
            code: None,
            cost_usd: None,
            message: None,
            actor: None,
            reason: None,
            record: self.coordinates(record),
        }
    }

    fn failure_event(&self, kind: EventKind, ended: Ended<'_>, error: &StageError) -> HistoryEvent {
        let Ended { record, passage, took_ms, now_ms } = ended;
        HistoryEvent {
            took_ms: Some(took_ms),
            code: Some(error.code.clone()),
            cost_usd: self.paid(passage, error.cost.as_ref()),
            message: Some(error.message.clone()),
            ..self.event(kind, record, passage, now_ms)
        }
    }

    fn command_event(
        &self,
        kind: EventKind,
        record: &Record,
        passage: &Passage,
        command: &Command,
        now_ms: i64,
    ) -> HistoryEvent {
        HistoryEvent {
            actor: Some(command.actor.clone()),
            reason: command.reason.clone(),
            ..self.event(kind, record, passage, now_ms)
        }
    }

    /// What the attempt paid, with those before it that did not count. The cost in the output of a later stage is what
    /// llm-structure has paid, and stands in its events already.
    fn paid(&self, passage: &Passage, cost: Option<&Cost>) -> Option<Decimal> {
        let own = cost.filter(|_| self.stage == Stage::LlmStructure).map_or(Decimal::ZERO, |cost| cost.usd);
        Some(passage.paid_usd + own).filter(|paid| !paid.is_zero())
    }

    fn status_output(&self, passage: &Passage, status: &Status) -> Output {
        plain_output(&self.status, &passage.invoice_id, json(status))
    }

    fn history_output(&self, event: &HistoryEvent) -> Output {
        plain_output(&self.history, &event.invoice_id, json(event))
    }
}

/// The error of a record whose output was refused: what was refused is left out of the dead letter.
#[must_use]
pub fn output_refused(reason: &str) -> StageError {
    StageError::permanent(
        code::ENGINE_OUTPUT_REFUSED,
        format!("the stage's output was refused ({reason}); raise topics.max_message_bytes or shrink the document"),
    )
}

fn settlement(exit: Exit, outputs: Vec<Output>, passage: &Passage) -> Settlement {
    Settlement {
        exit,
        outputs,
        invoice_id: Some(passage.invoice_id.clone()),
        code: None,
        class: None,
        took_ms: None,
        end_to_end_ms: None,
    }
}

fn plain_output(topic: &Arc<str>, id: &InvoiceId, value: Bytes) -> Output {
    let headers = Headers { content_type: Some(header::JSON.to_owned()), ..Headers::default() };
    Output { topic: Arc::clone(topic), key: id.to_string(), headers, value }
}

const fn produced(stage: Stage) -> &'static str {
    match stage {
        Stage::FetchExtract => "extracted",
        Stage::LlmStructure => "structured",
        Stage::PostToZoho => "posted",
    }
}

fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("contract types have string keys only, which JSON can always hold").into()
}

/// The input as it came if it is JSON, as it is once a handler has decoded it; else `null`.
fn raw_json(input: &[u8]) -> Box<RawValue> {
    serde_json::from_slice(input).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn rfc3339(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
