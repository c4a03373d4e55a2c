//! What can go wrong when processes are started, watched and stopped.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {action} {}: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },

    #[error("cannot start {name}: {source}")]
    Start { name: String, source: io::Error },

    #[error("cannot signal {name}: {source}")]
    Signal { name: String, source: io::Error },

    /// The process ended while it was waited for; `tail` is the end of its log.
    #[error("{name} ended ({status}) before {awaited}; the end of {}:\n{tail}", log.display())]
    Ended { name: String, status: ExitStatus, awaited: String, log: PathBuf, tail: String },

    #[error("{name}: no {awaited} within {within:?}; the end of {}:\n{tail}", log.display())]
    Deadline { name: String, awaited: String, within: Duration, log: PathBuf, tail: String },

    #[error("cannot get Kafka from Maven Central: {0}")]
    Maven(String),

    #[error("cannot prepare Kafka's data folder: {0}")]
    Format(String),

    #[error("cannot make the broker's certificate: {0}")]
    Certificate(String),

    #[error("{name} is not beside {}; run `make build`", near.display())]
    NotBuilt { name: String, near: PathBuf },

    #[error("the product runs already (process {pid}); `make down` stops it")]
    Running { pid: u32 },

    #[error("no free port on 127.0.0.1")]
    NoPort,

    #[error("`invoicectl topics apply` ended with {status}: {said}")]
    Topics { status: ExitStatus, said: String },

    #[error("{url}: {reason}")]
    Http { url: String, reason: String },
}

impl Error {
    /// Adapter for `map_err`: names the file and what was done with it.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}
