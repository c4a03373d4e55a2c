//! Why the desk could not do what was asked.

use crate::problem::{Mistake, Problem};
use crate::view;
use axum::http::StatusCode;
use contract::{InvoiceId, code};
use operations::Refusal;
use stream::{publish, read};

/// A failure of what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    NotFound(String),
    #[error("the contents of {0} were erased")]
    Erased(InvoiceId),
    /// What was asked for cannot be done with the invoice as it is.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Conflict(String),
    #[error("nothing was done: {} of what was asked for is wrong", .0.len())]
    Mistakes(Vec<Mistake>),
    #[error("{0}")]
    TooLarge(String),
    #[error(transparent)]
    View(#[from] view::Error),
    #[error(transparent)]
    Documents(#[from] documents::Error),
    #[error(transparent)]
    Read(#[from] read::Error),
    #[error(transparent)]
    Publish(#[from] publish::Error),
    #[error(transparent)]
    Operation(operations::Error),
}

impl Error {
    pub(super) fn unknown(id: &InvoiceId) -> Self {
        Self::NotFound(format!("no invoice has the id {id}"))
    }
}

impl From<operations::Error> for Error {
    fn from(error: operations::Error) -> Self {
        match error {
            operations::Error::Read(error) => Self::Read(error),
            operations::Error::Publish(error) => Self::Publish(error),
            operations::Error::Documents(error) => Self::Documents(error),
            other => Self::Operation(other),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(detail) => Self::not_found(detail),
            Error::Erased(_) => Self::new(StatusCode::GONE, code::API_ERASED, error.to_string()),
            Error::Refused(Refusal::Closed) | Error::Conflict(_) => Self::conflict(error.to_string()),
            Error::Refused(refusal) => Self::new(StatusCode::CONFLICT, code::API_CONFLICT, refusal.to_string()),
            Error::Mistakes(mistakes) => Self::mistakes(mistakes),
            Error::TooLarge(detail) => Self::too_large(detail),
            Error::Documents(documents::Error::Missing { .. }) => {
                Self::new(StatusCode::NOT_FOUND, code::DOCUMENTS_MISSING, "the document store has no such PDF")
            }
            Error::View(error) => {
                tracing::error!("the view cannot be read: {error}");
                let detail = "the console's view cannot be read; its log says why";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::API_INTERNAL, detail)
            }
            Error::Documents(_) | Error::Read(_) | Error::Publish(_) | Error::Operation(_) => unavailable(&error),
        }
    }
}

/// The errors name brokers, topics and places of the store: for whoever runs the console, in the log.
fn unavailable(error: &Error) -> Problem {
    tracing::warn!("a request could not be answered: {error}");
    Problem::unavailable("Kafka or the document store does not answer; the console's log says more")
}
