//! A bounded number of children, kept warm between PDFs.

use super::confine::Confinement;
use super::error::Error;
use super::limits::Limits;
use super::wire::{Answer, Reading};
use super::worker::Worker;
use super::{CHILD, child};
use runtime::settings::Fetch;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokio::sync::Semaphore;

/// A child is replaced after this many PDFs, so that memory it did not give back stays bounded.
const MAX_SERVED: u32 = 200;

/// How a child is started.
#[derive(Debug, Clone)]
pub struct Launch {
    pub program: PathBuf,
    pub arguments: Vec<String>,
}

/// Reads PDFs in at most `children` processes at once; further PDFs wait.
#[derive(Debug)]
pub struct Pool {
    launch: Launch,
    limits: Limits,
    permits: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

impl Pool {
    /// Children that are this executable.
    ///
    /// # Errors
    /// When the path of this executable is unknown.
    pub fn of_this_executable(settings: &Fetch) -> io::Result<Self> {
        Ok(Self::new(&settings.into(), std::env::current_exe()?, settings.extract_children))
    }

    /// What of this kernel holds the children of `program`; `None` if none could be asked.
    #[must_use]
    pub fn confinement(program: &Path) -> Option<Confinement> {
        let asked = std::process::Command::new(program).args([CHILD, child::PROBE]).env_clear().output().ok()?;
        serde_json::from_slice(&asked.stdout).ok()
    }

    /// Children that are `program`, started with [`CHILD`] and the limits.
    #[must_use]
    pub fn new(limits: &Limits, program: PathBuf, children: usize) -> Self {
        let arguments = [CHILD.to_owned()].into_iter().chain(limits.to_arguments()).collect();
        Self::launching(Launch { program, arguments }, limits, children)
    }

    /// Children of any kind that speak the protocol.
    #[must_use]
    pub fn launching(launch: Launch, limits: &Limits, children: usize) -> Self {
        Self { launch, limits: limits.clone(), permits: Semaphore::new(children), idle: Mutex::default() }
    }

    /// Reads one PDF. Dropping the future kills the child that was at it.
    ///
    /// # Errors
    /// What the PDF does to its reader; see [`Error`].
    pub async fn read(&self, pdf: &[u8]) -> Result<Reading, Error> {
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        if let Some(worker) = self.take_idle() {
            match self.read_with(worker, pdf).await {
                // It may have died of what an earlier PDF left behind: only a fresh child's word is final.
                Err(Error::Crashed { .. } | Error::Memory { .. }) => {}
                other => return other,
            }
        }
        let fresh = Worker::start(&self.launch).map_err(|error| Error::NotStarted { cause: error.to_string() })?;
        self.read_with(fresh, pdf).await
    }

    async fn read_with(&self, mut worker: Worker, pdf: &[u8]) -> Result<Reading, Error> {
        // JSON writes a character in at most six bytes; a line of one character has a hundred around it.
        let max_answer = self.limits.text_cap_chars.saturating_mul(106).saturating_add(64 << 10);
        let work = async {
            match worker.read(pdf, max_answer).await {
                Ok(answer) => Ok((answer, worker)),
                Err(_) => Err(self.cause_of_death(worker).await),
            }
        };
        let late = Error::Timeout { limit: self.limits.time };
        let (answer, worker) = tokio::time::timeout(self.limits.time, work).await.unwrap_or(Err(late))?;
        self.put_back(worker);
        match answer {
            Answer::Text(reading) => Ok(reading),
            Answer::Password => Err(Error::Password),
            Answer::Error(reason) => Err(Error::Failed { reason: reason.chars().take(200).collect() }),
        }
    }

    async fn cause_of_death(&self, worker: Worker) -> Error {
        match worker.end().await {
            Ok((status, stderr)) => Error::of_death(status, &stderr, &self.limits),
            Err(error) => Error::Crashed { how: error.to_string() },
        }
    }

    fn take_idle(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut worker) = idle.pop() {
            if worker.is_alive() {
                return Some(worker);
            }
        }
        None
    }

    fn put_back(&self, worker: Worker) {
        if worker.served < MAX_SERVED {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
    }
}
