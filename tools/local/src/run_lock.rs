//! One run at a time in a target folder, and how another command finds and ends it.
//!
//! The lock is the kernel's, so it goes with its holder however that ends; the process id in the file is only
//! believed while the lock is held.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::os::{self, Signal};

const POLL: Duration = Duration::from_millis(50);

/// Held by the process that runs the product.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// # Errors
    /// [`Error::Running`] if another process holds it.
    pub fn take(run: &Path) -> Result<Self> {
        let path = path(run);
        fs::create_dir_all(run).map_err(Error::file("create", run))?;
        // Not truncated: until it is locked its content is the holder's.
        let open = File::options().create(true).write(true).truncate(false).open(&path);
        let mut file = open.map_err(Error::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Running { pid: read_pid(&path)? });
            }
            Err(TryLockError::Error(source)) => return Err(Error::file("lock", &path)(source)),
        }
        let pid = std::process::id().to_string();
        let written = file.set_len(0).and_then(|()| file.write_all(pid.as_bytes()));
        written.map_err(Error::file("write", &path))?;
        Ok(Self { _file: file })
    }

    /// The process that runs the product, if one does.
    pub fn holder(run: &Path) -> Result<Option<u32>> {
        let path = path(run);
        let Ok(file) = File::open(&path) else {
            return Ok(None);
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => read_pid(&path).map(Some),
            Err(TryLockError::Error(source)) => Err(Error::file("lock", &path)(source)),
        }
    }

    /// SIGTERM to the holder, SIGKILL after `grace`; returns its process id, or `None` if nothing ran.
    pub fn end_holder(run: &Path, grace: Duration) -> Result<Option<u32>> {
        let Some(pid) = Self::holder(run)? else {
            return Ok(None);
        };
        for signal in [Signal::Terminate, Signal::Kill] {
            let sent = os::signal::send(pid, signal);
            if Self::freed(run, grace)? {
                return Ok(Some(pid));
            }
            sent.map_err(|source| Error::Signal { name: format!("process {pid}"), source })?;
        }
        Err(Error::Running { pid })
    }

    fn freed(run: &Path, within: Duration) -> Result<bool> {
        let deadline = Instant::now() + within;
        while Self::holder(run)?.is_some() {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            thread::sleep(POLL);
        }
        Ok(true)
    }
}

fn path(run: &Path) -> PathBuf {
    run.join("pid")
}

fn read_pid(path: &Path) -> Result<u32> {
    let text = fs::read_to_string(path).map_err(Error::file("read", path))?;
    text.trim().parse().map_err(|_| Error::file("read", path)(std::io::ErrorKind::InvalidData.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_run_is_refused_and_names_the_first() {
        let run = tempfile::tempdir().unwrap();
        assert_eq!(RunLock::holder(run.path()).unwrap(), None);
        let first = RunLock::take(run.path()).unwrap();
        let ours = std::process::id();
        assert!(matches!(RunLock::take(run.path()), Err(Error::Running { pid }) if pid == ours));
        assert_eq!(RunLock::holder(run.path()).unwrap(), Some(ours));
        drop(first);
        assert_eq!(RunLock::holder(run.path()).unwrap(), None);
    }
}
