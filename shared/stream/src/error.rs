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
    #[error("cannot create the consumer of group {group}")]
    Consumer { group: String, source: KafkaError },
    #[error("the membership of consumer group {group} ended for good: {reason}{}", refusal.map_or_else(String::new, |refusal| format!("; {refusal}")))]
    Membership { group: String, reason: String, refusal: Option<crate::Refusal> },
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
