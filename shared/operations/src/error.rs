//! Why something that a person asked for could not be asked of the pipeline.

use stream::{publish, read};

/// Kafka or the document store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Read(#[from] read::Error),
    #[error(transparent)]
    Publish(#[from] publish::Error),
    #[error(transparent)]
    Documents(#[from] documents::Error),
    #[error("the connection to Kafka has ended")]
    Ended,
}
