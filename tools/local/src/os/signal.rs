//! Signals to children, and the signals that end this process, waited for instead of handled.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: end in order.
    Terminate,
    /// SIGKILL: end now, as a crash would.
    Kill,
    /// SIGSTOP: freeze, as a suspended machine would.
    Stop,
    /// SIGCONT: thaw.
    Continue,
}

/// Sends `signal` to the process `pid`.
pub fn send(pid: u32, signal: Signal) -> io::Result<()> {
    let pid = libc::pid_t::try_from(pid).map_err(io::Error::other)?;
    let number = match signal {
        Signal::Terminate => libc::SIGTERM,
        Signal::Kill => libc::SIGKILL,
        Signal::Stop => libc::SIGSTOP,
        Signal::Continue => libc::SIGCONT,
    };
    // SAFETY: a plain system call; pid is positive, so it never names a group.
    if unsafe { libc::kill(pid, number) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// sigtimedwait is not everywhere, so a pending signal is looked for this often.
const STEP: Duration = Duration::from_millis(20);

/// SIGINT and SIGTERM of this process, taken by [`Shutdown::wait`] from now on.
#[derive(Debug)]
pub struct Shutdown(());

impl Shutdown {
    /// Must be called before any other thread is started: threads inherit the mask.
    pub fn listen() -> io::Result<Self> {
        let set = signals();
        // SAFETY: `set` is initialised and lives through the call; the old mask is not asked for.
        let code = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) };
        if code == 0 { Ok(Self(())) } else { Err(io::Error::from_raw_os_error(code)) }
    }

    /// True as soon as SIGINT or SIGTERM has come, false after `within` without one.
    pub fn wait(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        loop {
            if take_pending() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            thread::sleep(left.min(STEP));
        }
    }

    /// Returns when SIGINT or SIGTERM has come.
    pub fn wait_forever(&self) {
        while !self.wait(Duration::from_secs(3600)) {}
    }
}

fn signals() -> libc::sigset_t {
    // SAFETY: `set` is initialised by sigemptyset before it is used.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGINT);
        libc::sigaddset(&raw mut set, libc::SIGTERM);
        set
    }
}

/// Takes one of our signals if it is pending.
fn take_pending() -> bool {
    let set = signals();
    // SAFETY: both sets are initialised before they are read; sigwait returns at once, as one signal is pending
    // and blocked, and this function is its only taker.
    unsafe {
        let mut pending = std::mem::zeroed();
        libc::sigpending(&raw mut pending);
        let ours = [libc::SIGINT, libc::SIGTERM].iter().any(|s| libc::sigismember(&raw const pending, *s) == 1);
        let mut taken = 0;
        ours && libc::sigwait(&raw const set, &raw mut taken) == 0
    }
}
