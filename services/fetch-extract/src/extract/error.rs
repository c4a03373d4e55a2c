//! Why a PDF was not read or drawn, and how a child's end tells.

use super::limits::Limits;
use contract::{Class, Code, code};
use engine::StageError;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// What Rust's allocator says before it aborts the process.
const OUT_OF_MEMORY: &str = "memory allocation of";

/// A PDF that was not read, or not drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the PDF cannot be read: {reason}")]
    Failed { reason: String },
    #[error("the PDF opens with a password only: ask for one without")]
    Password,
    #[error("the PDF has no such page: it has {pages}")]
    NoPage { pages: u32 },
    #[error("reading the PDF crashed the reader ({how})")]
    Crashed { how: String },
    #[error("reading the PDF took longer than {} ms", limit.as_millis())]
    Timeout { limit: Duration },
    #[error("reading the PDF took more than {} MB of memory", limit_bytes >> 20)]
    Memory { limit_bytes: u64 },
    #[error("the reader was stopped from outside ({how})")]
    Stopped { how: String },
    #[error("no reader could be started: {cause}")]
    NotStarted { cause: String },
}

impl Error {
    #[must_use]
    pub const fn meaning(&self) -> (Code, Class) {
        match self {
            Self::Failed { .. } | Self::NoPage { .. } => (code::EXTRACT_FAILED, Class::Permanent),
            Self::Password => (code::EXTRACT_PASSWORD, Class::Permanent),
            Self::Crashed { .. } => (code::EXTRACT_CRASHED, Class::Permanent),
            Self::Timeout { .. } => (code::EXTRACT_TIMEOUT, Class::Permanent),
            Self::Memory { .. } => (code::EXTRACT_MEMORY, Class::Permanent),
            // This machine's trouble, not the PDF's.
            Self::Stopped { .. } | Self::NotStarted { .. } => (code::EXTRACT_CRASHED, Class::Transient),
        }
    }

    /// What a child died of that nobody killed.
    pub(super) fn of_death(status: ExitStatus, stderr: &str, limits: &Limits) -> Self {
        match status.signal() {
            _ if stderr.contains(OUT_OF_MEMORY) => Self::Memory { limit_bytes: limits.memory_bytes },
            // The kernel's way to end the one who uses most memory.
            Some(libc::SIGKILL) => Self::Memory { limit_bytes: limits.memory_bytes },
            // A service manager that ends the whole service says nothing about the PDF.
            Some(libc::SIGTERM | libc::SIGINT | libc::SIGHUP) => Self::Stopped { how: status.to_string() },
            Some(libc::SIGXCPU) => Self::Timeout { limit: limits.time },
            _ => Self::Crashed { how: status.to_string() },
        }
    }
}

impl From<Error> for StageError {
    fn from(error: Error) -> Self {
        let (code, class) = error.meaning();
        Self::new(code, class, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_childs_end_tells_what_it_died_of() {
        for (raw_status, stderr, code, class) in [
            (libc::SIGABRT, "memory allocation of 12 bytes failed", "extract.memory", Class::Permanent),
            (libc::SIGABRT, "thread '<unnamed>' has overflowed its stack", "extract.crashed", Class::Permanent),
            (libc::SIGKILL, "", "extract.memory", Class::Permanent),
            (libc::SIGXCPU, "", "extract.timeout", Class::Permanent),
            (libc::SIGTERM, "", "extract.crashed", Class::Transient),
            (libc::SIGSEGV, "", "extract.crashed", Class::Permanent),
            (101 << 8, "", "extract.crashed", Class::Permanent),
            (0, "", "extract.crashed", Class::Permanent),
        ] {
            let error = Error::of_death(ExitStatus::from_raw(raw_status), stderr, &Limits::default());
            assert_eq!(error.meaning(), (Code::new(code), class), "{raw_status} {stderr}");
        }
    }
}
