//! Record headers: CloudEvents 1.0 (Kafka binding, binary mode), W3C trace context, and ours.
//!
//! Everything that decides about a record and is not its content travels here, so that a retry copy can carry the
//! value byte for byte. Reading never fails: a foreign, missing, doubled or unreadable header is as good as absent.

use crate::{Class, Code, Coordinates};

pub const CE_SPECVERSION: &str = "ce_specversion";
pub const CE_ID: &str = "ce_id";
pub const CE_TYPE: &str = "ce_type";
pub const CE_SOURCE: &str = "ce_source";
pub const CE_SUBJECT: &str = "ce_subject";
pub const CE_TIME: &str = "ce_time";
pub const CONTENT_TYPE: &str = "content-type";
pub const TRACEPARENT: &str = "traceparent";
pub const TRACESTATE: &str = "tracestate";
pub const RUN: &str = "invoice-run";
pub const ATTEMPT: &str = "invoice-attempt";
pub const DELAY_MS: &str = "invoice-delay-ms";
pub const SUBMITTED_MS: &str = "invoice-submitted-ms";
pub const IN_DOUBT: &str = "invoice-in-doubt";
pub const URL_HASH: &str = "invoice-url-hash";
pub const ORIGIN_TOPIC: &str = "invoice-origin-topic";
pub const ORIGIN_PARTITION: &str = "invoice-origin-partition";
pub const ORIGIN_OFFSET: &str = "invoice-origin-offset";
pub const ERROR_CODE: &str = "invoice-error-code";
pub const ERROR_CLASS: &str = "invoice-error-class";
pub const ERROR_MESSAGE: &str = "invoice-error-message";

/// Headers of one record stay within this many bytes, names included.
pub const MAX_TOTAL_BYTES: usize = 2048;
/// No single value is longer; a longer one is cut at a character.
const MAX_VALUE_BYTES: usize = 300;

/// The content type of a value whose bytes were taken over unread.
pub const OCTET_STREAM: &str = "application/octet-stream";
pub const JSON: &str = "application/json";

/// The headers we read and write. Foreign headers are not carried on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers {
    /// Deterministic per stage and run: a consumer that keeps ids can drop repeats.
    pub ce_id: Option<String>,
    pub ce_type: Option<String>,
    pub ce_source: Option<String>,
    pub ce_subject: Option<String>,
    /// RFC 3339.
    pub ce_time: Option<String>,
    pub content_type: Option<String>,
    pub traceparent: Option<String>,
    pub tracestate: Option<String>,
    /// How often the invoice was started, from 1.
    pub run: Option<u32>,
    /// Which attempt of the stage the record asks for, from 1.
    pub attempt: Option<u32>,
    /// How long after the broker appended it the record is due.
    pub delay_ms: Option<u64>,
    /// When the invoice was submitted, in milliseconds since 1970.
    pub submitted_ms: Option<i64>,
    /// An earlier attempt may have had its effect although it failed.
    pub in_doubt: bool,
    /// 12 hex digits of the canonical URL's hash, so that every stage can write them into the status.
    pub url_hash: Option<String>,
    /// Where the record came from first, over all retries.
    pub origin: Option<Coordinates>,
    pub error_code: Option<Code>,
    pub error_class: Option<Class>,
    pub error_message: Option<String>,
}

impl Headers {
    /// The headers as name and value, in a fixed order, at most [`MAX_TOTAL_BYTES`] in all.
    #[must_use]
    pub fn encode(&self) -> Vec<(&'static str, Vec<u8>)> {
        let number = |value: Option<u64>| value.map(|number| number.to_string());
        let origin = self.origin.as_ref();
        let fields: [(&'static str, Option<String>); 21] = [
            (CE_SPECVERSION, self.ce_id.as_ref().map(|_| "1.0".to_owned())),
            (CE_ID, self.ce_id.clone()),
            (CE_TYPE, self.ce_type.clone()),
            (CE_SOURCE, self.ce_source.clone()),
            (CE_SUBJECT, self.ce_subject.clone()),
            (CE_TIME, self.ce_time.clone()),
            (CONTENT_TYPE, self.content_type.clone()),
            (RUN, number(self.run.map(u64::from))),
            (ATTEMPT, number(self.attempt.map(u64::from))),
            (DELAY_MS, number(self.delay_ms)),
            (SUBMITTED_MS, self.submitted_ms.map(|ms| ms.to_string())),
            (IN_DOUBT, self.in_doubt.then(|| "true".to_owned())),
            (URL_HASH, self.url_hash.clone()),
            (ORIGIN_TOPIC, origin.map(|at| at.topic.clone())),
            (ORIGIN_PARTITION, origin.map(|at| at.partition.to_string())),
            (ORIGIN_OFFSET, origin.map(|at| at.offset.to_string())),
            (ERROR_CODE, self.error_code.as_ref().map(ToString::to_string)),
            (ERROR_CLASS, self.error_class.map(|class| class.to_string())),
            (TRACEPARENT, self.traceparent.clone()),
            (TRACESTATE, self.tracestate.clone()),
            (ERROR_MESSAGE, self.error_message.clone()),
        ];
        let mut room = MAX_TOTAL_BYTES;
        let mut encoded = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            let Some(value) = value.as_deref().map(|value| cut(value, MAX_VALUE_BYTES)) else { continue };
            if let Some(left) = room.checked_sub(name.len() + value.len()) {
                room = left;
                encoded.push((name, value.as_bytes().to_vec()));
            }
        }
        encoded
    }

    /// Reads what it understands. The first of several headers of one name counts.
    pub fn decode<'a>(headers: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>) -> Self {
        let mut read = Self::default();
        let mut origin = (None, None, None);
        for (name, value) in headers {
            let Some(value) = value.and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
            match name {
                CE_ID => set_text(&mut read.ce_id, value),
                CE_TYPE => set_text(&mut read.ce_type, value),
                CE_SOURCE => set_text(&mut read.ce_source, value),
                CE_SUBJECT => set_text(&mut read.ce_subject, value),
                CE_TIME => set_text(&mut read.ce_time, value),
                CONTENT_TYPE => set_text(&mut read.content_type, value),
                TRACEPARENT => set_text(&mut read.traceparent, value),
                TRACESTATE => set_text(&mut read.tracestate, value),
                ERROR_MESSAGE => set_text(&mut read.error_message, value),
                RUN => set(&mut read.run, value.parse().ok()),
                ATTEMPT => set(&mut read.attempt, value.parse().ok()),
                DELAY_MS => set(&mut read.delay_ms, value.parse().ok()),
                SUBMITTED_MS => set(&mut read.submitted_ms, value.parse().ok()),
                IN_DOUBT => read.in_doubt |= value == "true",
                URL_HASH => set_text(&mut read.url_hash, value),
                ORIGIN_TOPIC => set_text(&mut origin.0, value),
                ORIGIN_PARTITION => set(&mut origin.1, value.parse().ok()),
                ORIGIN_OFFSET => set(&mut origin.2, value.parse().ok()),
                ERROR_CODE => set(&mut read.error_code, Some(Code::foreign(cut(value, MAX_VALUE_BYTES).to_owned()))),
                ERROR_CLASS => set(&mut read.error_class, Class::parse(value)),
                _ => {}
            }
        }
        if let (Some(topic), Some(partition), Some(offset)) = origin {
            read.origin = Some(Coordinates { topic, partition, offset });
        }
        read
    }
}

fn set<T>(field: &mut Option<T>, value: Option<T>) {
    if field.is_none() {
        *field = value;
    }
}

fn set_text(field: &mut Option<String>, value: &str) {
    set(field, Some(cut(value, MAX_VALUE_BYTES).to_owned()));
}

/// The longest prefix of whole characters within `max` bytes.
fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}
