//! Takes from this process what reading a PDF does not need. The only module with `unsafe`: libc's calls.
//!
//! Limits are set by the child on itself, before it reads its first byte of a PDF, rather than between fork and exec:
//! the parent, a process with many threads, can then start children the cheap and safe way.

#![allow(unsafe_code)]

use super::limits::Limits;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = libc::c_int;

/// Bounds memory, and closes files and sockets: no file may grow, no descriptor be opened, no core be dumped.
pub(super) fn process(limits: &Limits) -> io::Result<()> {
    set(libc::RLIMIT_AS, limits.memory_bytes, limits.memory_bytes)?;
    set(libc::RLIMIT_CORE, 0, 0)?;
    set(libc::RLIMIT_FSIZE, 0, 0)?;
    set(libc::RLIMIT_NOFILE, 0, 0)
}

/// Bounds the processor time from now on. Only the soft limit moves: it must rise again for the next PDF.
pub(super) fn next_job(limits: &Limits) -> io::Result<()> {
    set(libc::RLIMIT_CPU, processor_seconds()?.saturating_add(limits.time.as_secs()), libc::RLIM_INFINITY)
}

/// Gives out standard output as a file of its own, and sends what libraries print to standard error instead.
pub(super) fn take_stdout() -> io::Result<File> {
    let answers = io::stdout().as_fd().try_clone_to_owned()?;
    // SAFETY: both descriptors are open for the life of the process, and dup2 touches no memory of ours.
    match unsafe { libc::dup2(libc::STDERR_FILENO, libc::STDOUT_FILENO) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(answers.into()),
    }
}

fn set(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: soft as libc::rlim_t, rlim_max: hard as libc::rlim_t };
    // SAFETY: `limit` is a valid rlimit that outlives the call, which only reads it.
    match unsafe { libc::setrlimit(resource, &raw const limit) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// What this process has used so far, rounded up.
fn processor_seconds() -> io::Result<u64> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to memory of the right size and alignment, which the call fills.
    if unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: zeroed bytes are a valid rusage, and the call succeeded.
    let usage = unsafe { usage.assume_init() };
    let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1;
    Ok(u64::try_from(seconds).unwrap_or_default())
}
