//! Records between rdkafka's types and the engine's.

use bytes::Bytes;
use contract::Headers;
use engine::record::{Output, Record, Source};
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Header, Headers as _, OwnedHeaders};
use rdkafka::producer::FutureRecord;

/// A consumed message as the engine sees it.
pub(crate) fn record(source: Source, message: &BorrowedMessage<'_>) -> Record {
    Record {
        source,
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(0),
        key: message.key().map(Bytes::copy_from_slice),
        value: message.payload().map(Bytes::copy_from_slice).unwrap_or_default(),
        headers: headers(message),
    }
}

pub(crate) fn headers(message: &BorrowedMessage<'_>) -> Headers {
    message.headers().map_or_else(Headers::default, |headers| {
        Headers::decode(headers.iter().map(|header| (header.key, header.value)))
    })
}

/// An output as rdkafka takes it.
pub(crate) fn future_record(output: &Output) -> FutureRecord<'_, str, [u8]> {
    FutureRecord::to(&output.topic).key(output.key.as_str()).payload(&output.value[..]).headers(owned(&output.headers))
}

pub(crate) fn owned(headers: &Headers) -> OwnedHeaders {
    headers
        .encode()
        .iter()
        .fold(OwnedHeaders::new(), |owned, (key, value)| owned.insert(Header { key, value: Some(value.as_slice()) }))
}
