//! Logs to standard error, as text for people or JSON for a collector.
//!
//! A message must be readable alone and never hold the body of a document, a token or a name.

use crate::settings::{Log, LogFormat};
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// Why logging could not begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("log.level is no filter: {0}")]
    Filter(#[from] ParseError),
    #[error("logging was begun before: {0}")]
    Begun(#[from] TryInitError),
}

/// Begins logging, for the whole process and once. Panics are logged from then on, too.
///
/// # Errors
/// When the filter cannot be read or logging has begun before.
pub fn init(log: &Log) -> Result<(), Error> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&log.level)?)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => builder.finish().try_init()?,
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).finish().try_init()?,
    }
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A formatted message may quote an invoice, so only literal ones are logged.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(code.location = location, "panicked: {message}");
}
