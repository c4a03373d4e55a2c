//! A child process with its log, its readiness and its end.
//!
//! Tests stand on this to crash, freeze and stop the real binaries, so a [`Process`] never restarts anything by
//! itself (see [`crate::Supervisor`]) and never leaves a child behind: dropping it kills.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::http;
use crate::log::Log;
use crate::os::{self, Signal};

/// How often a condition outside this process is looked at.
const POLL: Duration = Duration::from_millis(20);

/// What to start, and with what.
#[derive(Debug, Clone)]
pub struct Launch {
    /// For messages; several replicas of one binary have different names.
    pub name: String,
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// Added to this process's own environment.
    pub env: Vec<(String, String)>,
    /// Takes stdout and stderr, appended.
    pub log: PathBuf,
}

/// A running child; see [`Launch`].
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: Log,
}

impl Process {
    /// Starts the child and returns at once.
    pub fn start(launch: &Launch) -> Result<Self> {
        let log = Log::open(&launch.log)?;
        let mut command = Command::new(&launch.program);
        command
            .args(&launch.args)
            .envs(launch.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(appending(log.path())?)
            .stderr(appending(log.path())?);
        let child = os::spawn::spawn(command).map_err(|source| Error::Start { name: launch.name.clone(), source })?;
        Ok(Self { name: launch.name.clone(), child, log })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its stdout and stderr, and those of the processes that wrote there before it.
    pub fn log(&self) -> &Path {
        self.log.path()
    }

    /// How it ended, if it has.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The rest of the first line that it printed beginning with `prefix`, waiting for it.
    ///
    /// # Errors
    /// If the process ends first, or nothing came `within`.
    pub fn line(&mut self, prefix: &str, within: Duration) -> Result<String> {
        let log = self.log.clone();
        self.until(&format!("a line `{prefix}…`"), within, || log.line(prefix))
    }

    /// As [`Process::line`], without waiting.
    pub fn printed(&self, prefix: &str) -> Option<String> {
        self.log.line(prefix)
    }

    /// The address of its admin server, which it prints when the port is bound.
    pub fn admin(&mut self, within: Duration) -> Result<String> {
        self.line("admin ", within)
    }

    /// Waits until `/readyz` of its admin server answers 200, and returns that server's address.
    pub fn wait_ready(&mut self, within: Duration) -> Result<String> {
        let deadline = Instant::now() + within;
        let admin = self.admin(within)?;
        let url = format!("{admin}/readyz");
        let left = deadline.saturating_duration_since(Instant::now());
        self.until("200 from /readyz", left, || http::get(&url).is_ok_and(|a| a.status == 200).then_some(()))?;
        Ok(admin)
    }

    /// Looks again and again until `look` finds something.
    ///
    /// # Errors
    /// If the process ends first, or nothing was found `within`. Both name `awaited` and end with the log's tail.
    pub fn until<T>(&mut self, awaited: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + within;
        loop {
            let ended = self.exited();
            // Looked at after the exit was: what a dead process had still said counts.
            if let Some(found) = look() {
                return Ok(found);
            }
            if ended.is_some() || Instant::now() >= deadline {
                return Err(self.missed(awaited, within));
            }
            thread::sleep(POLL);
        }
    }

    /// SIGTERM, then SIGKILL after `grace`; returns how it ended.
    pub fn terminate(&mut self, grace: Duration) -> Result<ExitStatus> {
        self.request_end()?;
        self.end_within(grace)
    }

    /// SIGTERM, without waiting for the end.
    pub fn request_end(&mut self) -> Result<()> {
        self.signal(Signal::Terminate)
    }

    /// Waits for its end, and kills it after `grace`. Sends no second SIGTERM: our services take that for "now".
    pub fn end_within(&mut self, grace: Duration) -> Result<ExitStatus> {
        match self.wait(grace)? {
            Some(status) => Ok(status),
            None => self.kill9(),
        }
    }

    /// SIGKILL, and waits for the end.
    pub fn kill9(&mut self) -> Result<ExitStatus> {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        ended.map_err(|source| Error::Signal { name: self.name.clone(), source })
    }

    /// SIGSTOP: the process stands still, its connections stay open.
    pub fn pause(&mut self) -> Result<()> {
        self.signal(Signal::Stop)
    }

    /// SIGCONT: undoes [`Process::pause`].
    pub fn resume(&mut self) -> Result<()> {
        self.signal(Signal::Continue)
    }

    /// Waits for its end; `None` if it still runs after `within`.
    pub fn wait(&mut self, within: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + within;
        loop {
            let ended = self.child.try_wait().map_err(|source| Error::Signal { name: self.name.clone(), source })?;
            if ended.is_some() || Instant::now() >= deadline {
                return Ok(ended);
            }
            thread::sleep(POLL);
        }
    }

    /// Why something awaited did not come, with the end of the log.
    pub(crate) fn missed(&mut self, awaited: &str, within: Duration) -> Error {
        let (name, awaited) = (self.name.clone(), awaited.to_owned());
        let (log, tail) = (self.log().to_path_buf(), self.log.tail());
        match self.exited() {
            Some(status) => Error::Ended { name, status, awaited, log, tail },
            None => Error::Deadline { name, awaited, within, log, tail },
        }
    }

    /// Sends nothing to a process that has been waited for: its id may be another's by now.
    fn signal(&mut self, signal: Signal) -> Result<()> {
        if self.exited().is_some() {
            return Ok(());
        }
        os::signal::send(self.pid(), signal).map_err(|source| Error::Signal { name: self.name.clone(), source })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill9();
    }
}

fn appending(path: &Path) -> Result<File> {
    let open = || -> io::Result<File> { File::options().create(true).append(true).open(path) };
    open().map_err(Error::file("write", path))
}
