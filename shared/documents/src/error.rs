//! Why a document was not kept or not found.

use contract::{Class, Code, ContentHash, code};
use engine::StageError;
use std::error::Error as StdError;

/// The document store did not do what it was asked. The cause names neither credentials nor signed links.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the document store cannot be used: {cause}")]
    Unavailable { cause: String },
    #[error("the document store has nothing under {hash}: submit the PDF again")]
    Missing { hash: ContentHash },
    #[error("what the document store has under {hash} was changed: restore it from a backup, or submit the PDF again")]
    Damaged { hash: ContentHash },
}

impl Error {
    pub(crate) fn unavailable(error: &object_store::Error) -> Self {
        let cause = match error {
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                "it refuses us: check documents.options and the rights of their credentials".to_owned()
            }
            object_store::Error::NotFound { .. } => "the bucket or folder is not there".to_owned(),
            other => deepest(other),
        };
        Self::Unavailable { cause }
    }

    #[must_use]
    pub const fn meaning(&self) -> (Code, Class) {
        match self {
            Self::Unavailable { .. } => (code::DOCUMENTS_UNAVAILABLE, Class::Unavailable),
            Self::Missing { .. } => (code::DOCUMENTS_MISSING, Class::Permanent),
            Self::Damaged { .. } => (code::DOCUMENTS_DAMAGED, Class::Permanent),
        }
    }
}

impl From<Error> for StageError {
    fn from(error: Error) -> Self {
        let (code, class) = error.meaning();
        Self::new(code, class, error.to_string())
    }
}

/// The last of the causes: those above it quote it with whole URLs, which may be signed. Cut off at any query.
fn deepest(error: &dyn StdError) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    let words = last.to_string();
    let shown: Vec<&str> = words.split_whitespace().map(|word| word.split('?').next().unwrap_or_default()).collect();
    shown.join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_shows_no_signed_link() {
        let source = "PUT https://a.blob.core.windows.net/c/k?sv=1&sig=secret failed".into();
        let error = Error::unavailable(&object_store::Error::Generic { store: "Azure", source });
        assert!(error.to_string().contains("PUT https://a.blob.core.windows.net/c/k failed"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
