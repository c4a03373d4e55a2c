//! A bounded number of children, kept warm between PDFs.

use super::confine::Confinement;
use super::error::Error;
use super::limits::Limits;
use super::picture::{LARGEST_BYTES, WIDTHS};
use super::wire::{Answer, Job, Reading};
use super::worker::{Most, Worker};
use super::{CHILD, child};
use crate::Metrics;
use contract::Code;
use instruments::hold;
use runtime::settings::Fetch;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::Semaphore;

/// A child is replaced after this many PDFs, so that memory it did not give back stays bounded.
const MAX_SERVED: u32 = 200;
/// What the metrics call a PDF that was read.
const OK: Code = Code::new("ok");

/// How a child is started.
#[derive(Debug, Clone)]
pub struct Launch {
    pub program: PathBuf,
    pub arguments: Vec<String>,
}

/// Reads and draws PDFs in at most `children` processes at once; further PDFs wait.
#[derive(Debug)]
pub struct Pool {
    launch: Launch,
    limits: Limits,
    permits: Semaphore,
    idle: Mutex<Vec<Worker>>,
    metrics: Metrics,
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
        Self {
            launch,
            limits: limits.clone(),
            permits: Semaphore::new(children),
            idle: Mutex::default(),
            metrics: Metrics::default(),
        }
    }

    /// What its children do, for a registry.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Reads one PDF. Dropping the future kills the child that was at it.
    ///
    /// # Errors
    /// What the PDF does to its reader; see [`Error`].
    pub async fn read(&self, pdf: &[u8]) -> Result<Reading, Error> {
        match self.ask(Job::Text, pdf).await? {
            (Answer::Text(reading), _) => Ok(reading),
            (other, _) => Err(not_asked_for(other)),
        }
    }

    /// Draws a page, from 1, as a PNG that is `width` pixels wide, or as near to it as [`WIDTHS`] allows. What is at a place
    /// of the page in [`Reading`]'s points is at the same share of the picture's width and height. Dropping the future kills
    /// the child that was at it.
    ///
    /// # Errors
    /// [`Error::NoPage`] if the PDF has fewer pages, and what the PDF does to its reader.
    pub async fn picture(&self, pdf: &[u8], page: u32, width: u16) -> Result<Vec<u8>, Error> {
        let width = width.clamp(*WIDTHS.start(), *WIDTHS.end());
        match self.ask(Job::Picture { page, width }, pdf).await? {
            (Answer::Picture, png) => Ok(png),
            (other, _) => Err(not_asked_for(other)),
        }
    }

    async fn ask(&self, job: Job, pdf: &[u8]) -> Result<(Answer, Vec<u8>), Error> {
        let waiting = hold(&self.metrics.waiting);
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        drop(waiting);
        let _busy = hold(&self.metrics.busy);
        let began = Instant::now();
        let answer = self.ask_one(job, pdf).await;
        let code = answer.as_ref().map_or_else(|error| error.meaning().0, |_| OK);
        self.metrics.extraction.with_label_values(&[job.name(), code.as_str()]).observe(began.elapsed().as_secs_f64());
        answer
    }

    async fn ask_one(&self, job: Job, pdf: &[u8]) -> Result<(Answer, Vec<u8>), Error> {
        if let Some(worker) = self.take_idle() {
            match self.ask_of(worker, job, pdf).await {
                // It may have died of what an earlier PDF left behind: only a fresh child's word is final.
                Err(Error::Crashed { .. } | Error::Memory { .. }) => {}
                other => return other,
            }
        }
        let fresh = Worker::start(&self.launch).map_err(|error| Error::NotStarted { cause: error.to_string() })?;
        self.metrics.started.inc();
        self.ask_of(fresh, job, pdf).await
    }

    async fn ask_of(&self, mut worker: Worker, job: Job, pdf: &[u8]) -> Result<(Answer, Vec<u8>), Error> {
        let most = self.longest_answer(job);
        let work = async {
            match worker.ask(job, pdf, most).await {
                Ok(answer) => Ok((answer, worker)),
                Err(_) => Err(self.cause_of_death(worker).await),
            }
        };
        let late = Error::Timeout { limit: self.limits.time };
        let (answer, worker) = tokio::time::timeout(self.limits.time, work).await.unwrap_or(Err(late))?;
        self.put_back(worker);
        Ok(answer)
    }

    const fn longest_answer(&self, job: Job) -> Most {
        match job {
            Job::Picture { .. } => Most { answer_bytes: 64 << 10, picture_bytes: LARGEST_BYTES },
            // JSON writes a character in at most six bytes; a line of one character has a hundred around it.
            Job::Text => Most {
                answer_bytes: self.limits.text_cap_chars.saturating_mul(106).saturating_add(64 << 10),
                picture_bytes: 0,
            },
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

/// Why there is no answer of the kind that was asked for.
fn not_asked_for(answer: Answer) -> Error {
    match answer {
        Answer::Password => Error::Password,
        Answer::NoPage { pages } => Error::NoPage { pages },
        Answer::Error(reason) => Error::Failed { reason: reason.chars().take(200).collect() },
        Answer::Text(_) | Answer::Picture => Error::Crashed { how: "it answered what was not asked".to_owned() },
    }
}
