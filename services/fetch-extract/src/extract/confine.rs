//! Takes from this process what reading a PDF does not need: memory, time, files, the network, most system calls. The
//! only module with `unsafe`: libc's calls.
//!
//! Limits are set by the child on itself, before it reads its first byte of a PDF, rather than between fork and exec:
//! the parent, a process with many threads, can then start children the cheap and safe way.

#![allow(unsafe_code)]

use super::limits::Limits;
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope,
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = libc::c_int;

/// What reading a PDF needs of the kernel once its memory is there: memory, locks between two threads, the pipes that
/// are open, and ways to end.
const SYSTEM_CALLS: [libc::c_long; 33] = [
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_prlimit64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Which of this kernel's means hold a child. Its limits hold it on every kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// No file and no connection can be opened, by rules of the kernel.
    pub landlock: bool,
    /// No system call works that reading does not need.
    pub seccomp: bool,
}

/// Tries all of it on this process, to tell what there is.
pub(super) fn probe() -> Confinement {
    Confinement { landlock: landlock(), seccomp: seccomp() }
}

/// Closes files and network for this thread and those that it will start; returns whether the kernel can do so.
pub(super) fn landlock() -> bool {
    matches!(rules(), Ok(RulesetStatus::FullyEnforced))
}

/// Closes all system calls that reading does not need, for every thread of this process; returns whether the kernel can
/// do so. A thread that is only starting would not come up: to be called by the last one.
pub(super) fn seccomp() -> bool {
    system_calls().is_some()
}

fn rules() -> Result<RulesetStatus, RulesetError> {
    // What the oldest kernel with rules for files and TCP knows must hold; what later ones know is taken along.
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V4))?
        .handle_access(AccessNet::from_all(ABI::V4))?
        .set_compatibility(CompatLevel::BestEffort)
        .scope(Scope::from_all(ABI::V6))?
        .create()?;
    Ok(ruleset.restrict_self()?.ruleset)
}

fn system_calls() -> Option<()> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let allowed = SYSTEM_CALLS.iter().map(|call| (*call, Vec::new())).collect();
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(allowed, refused, SeccompAction::Allow, architecture).ok()?;
    let program = BpfProgram::try_from(filter).ok()?;
    seccompiler::apply_filter_all_threads(&program).ok()
}

/// What the program, its libraries and the allocator's reservations take of the address space without using memory.
const RESERVED_BYTES: u64 = 256 << 20;

/// Bounds memory, and closes files and sockets: no file may grow, no descriptor be opened, no core be dumped.
pub(super) fn process(limits: &Limits) -> io::Result<()> {
    set(libc::RLIMIT_DATA, limits.memory_bytes, limits.memory_bytes)?;
    let address_space = limits.memory_bytes.saturating_add(RESERVED_BYTES);
    set(libc::RLIMIT_AS, address_space, address_space)?;
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
