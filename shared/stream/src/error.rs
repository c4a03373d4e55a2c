//! Why a stage cannot start or go on.

use rdkafka::error::KafkaError;

/// A failure of the shell. What can be waited out is waited out and never gets here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "engine.no_offset: consumer group {group} has no committed offset, and guessing one would skip or repeat \
         invoices; run `invoicectl topics apply`, and see docs/errors/engine.no_offset.md if the group was in use"
    )]
    NoOffset { group: String },
    #[error(
        "engine.foreign_offset: the offset of consumer group {group} on partition {partition} was set by neither a \
         service nor invoicectl, and what it would repeat or skip is not known; run `invoicectl offsets set`, see \
         docs/errors/engine.foreign_offset.md"
    )]
    ForeignOffset { group: String, partition: i32 },
    #[error(
        "engine.offsets_held: invoicectl holds the offsets of consumer group {group} while it rewrites the topics; if \
         it was interrupted, run the same command again, see docs/errors/engine.offsets_held.md"
    )]
    OffsetsHeld { group: String },
    #[error(
        "engine.offset_out_of_range: {topic} does not reach the offset that this process was at: the topic was \
         replaced or restored under a running service; see docs/errors/engine.offset_out_of_range.md"
    )]
    OffsetOutOfRange { topic: String },
    #[error("{code}: {what}; the service ends and, started again, waits until it is put right")]
    TopicsChanged { code: contract::Code, what: String },
    #[error("cannot create the consumer of group {group}")]
    Consumer { group: String, source: KafkaError },
    #[error("cannot create the transactional producer {id}")]
    Producer { id: String, source: KafkaError },
    #[error(transparent)]
    Request(#[from] crate::client::Error),
    #[error("not everything in the air could be settled before the shutdown's time limit; it will be repeated")]
    DrainIncomplete,
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    #[error("cannot register the metrics")]
    Metrics(#[from] prometheus::Error),
}
