//! Exit codes, for scripts.

use runtime::settings::Mistakes;
use std::io;
use std::process::ExitCode;

/// Shown by `--help`.
pub(crate) const HELP: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 timed out, 5 the books differ, 64 mistakes in the settings.

Settings come from the defaults, the file named by INVOICES_CONFIG and INVOICES__… variables, as for the services.";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    TimedOut = 4,
    Differs = 5,
    Settings = 64,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Tells a person why a command failed.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    if is_closed_pipe(error) {
        // Whoever read our output has read enough.
        return Exit::Done;
    }
    eprintln!("invoicectl: {error:#}");
    if error.is::<Mistakes>() { Exit::Settings } else { Exit::Failed }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
