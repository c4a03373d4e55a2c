//! Children that end when this process ends, even if it is killed with SIGKILL.
//!
//! Linux sends a child its parent-death signal when the *thread* that forked it ends, so every child is forked
//! by one thread that lives as long as the process. Elsewhere children are only ended by their owner's `Drop`.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Starts `command` in a process group of its own (a Ctrl-C at the terminal is its owner's to pass on), with no
/// signal blocked, to be killed when this process ends.
pub fn spawn(mut command: Command) -> io::Result<Child> {
    command.process_group(0);
    prepare(&mut command);
    let (reply, answer) = channel();
    let gone = |_| io::Error::other("the thread that starts processes has ended");
    spawner()?.send(Request { command, reply }).map_err(|_| io::Error::other("no thread to start processes"))?;
    answer.recv().map_err(gone)?
}

struct Request {
    command: Command,
    reply: Sender<io::Result<Child>>,
}

fn spawner() -> io::Result<&'static Sender<Request>> {
    static SPAWNER: OnceLock<Sender<Request>> = OnceLock::new();
    if let Some(known) = SPAWNER.get() {
        return Ok(known);
    }
    let (requests, inbox) = channel();
    thread::Builder::new().name("spawner".to_owned()).spawn(move || serve(&inbox))?;
    // Lost to another thread: our spawner ends with its channel, before it has forked anything.
    Ok(SPAWNER.get_or_init(|| requests))
}

fn serve(inbox: &Receiver<Request>) {
    for Request { mut command, reply } in inbox {
        if let Err(unheard) = reply.send(command.spawn())
            && let Ok(mut child) = unheard.0
        {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn prepare(command: &mut Command) {
    let parent = std::process::id();
    // SAFETY: the closure runs between fork and exec and calls only async-signal-safe functions
    // (sigemptyset, sigprocmask, prctl, getppid); it allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(move || {
            unblock_signals()?;
            die_with(parent)
        });
    }
}

/// Undoes the mask inherited from a parent that waits for its signals synchronously.
fn unblock_signals() -> io::Result<()> {
    // SAFETY: `none` is initialised by sigemptyset before it is read, and lives through both calls.
    let done = unsafe {
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut())
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(target_os = "linux")]
fn die_with(parent: u32) -> io::Result<()> {
    // SAFETY: plain system calls without pointers.
    let (armed, now) = unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL), libc::getppid()) };
    if armed != 0 {
        return Err(io::Error::last_os_error());
    }
    // The parent may have died before the signal was armed.
    if u32::try_from(now) == Ok(parent) { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ESRCH)) }
}

#[cfg(not(target_os = "linux"))]
fn die_with(_parent: u32) -> io::Result<()> {
    Ok(())
}
