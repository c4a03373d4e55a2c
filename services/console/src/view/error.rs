//! Why the view cannot be read or written.

use super::Source;
use std::path::PathBuf;

/// A failure of the view.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the console's view cannot be read or written; it holds nothing that is not in Kafka and may be deleted")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the folder or file of the console's view cannot be made or replaced: {path}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("another record stands where {source_name} was read on partition {partition}: the topic was made anew", source_name = .topic.name())]
    Replaced { topic: Source, partition: i32 },
    #[error("the reading was interrupted because the console is ending")]
    Interrupted,
    #[error("a row of the console's view cannot be read: it was written by another version")]
    Foreign,
}

impl Error {
    /// Whether making the view anew puts it right.
    #[must_use]
    pub fn is_of_the_view(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Replaced { .. } | Self::Foreign => true,
            // A later version may have written values that this one does not know.
            Self::Sqlite(rusqlite::Error::FromSqlConversionFailure(..)) => true,
            Self::Sqlite(error) => matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)),
            Self::File { .. } | Self::Interrupted => false,
        }
    }
}
