//! Waits until the topics are as a stage needs them, and notices when they no longer are.
//!
//! A stage never goes on over topics that were deleted, made anew or given more partitions: it drains, if there is
//! anywhere to drain to, ends with a coded error, and, started again, waits with the same code.

use crate::client::ClientSettings;
use crate::error::Error;
use crate::event::{Event, Events};
use crate::topics::{self, Readiness};
use contract::{Stage, Topics, code};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often a stage that waits looks again.
const WAITING: Duration = Duration::from_secs(2);
/// How often a running stage looks. Until then records may be sent to and fro between two partition counts.
const RUNNING: Duration = Duration::from_secs(5);
/// A broker that has just come back may not know all topics yet: so often in a row a topic must be missing.
const MISSED: u32 = 2;

/// The topics that a stage stands on.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    pub(crate) kafka: ClientSettings,
    pub(crate) topics: Topics,
    /// As the settings say.
    pub(crate) partitions: i32,
}

/// Returns once the stage may run; `None` when told to shut down before.
///
/// # Errors
/// When a group of the stage has no committed offset: waiting would not give it one.
pub(crate) async fn await_topics(
    stage: Stage,
    ground: &Ground,
    shutdown: &mut watch::Receiver<bool>,
) -> Option<Result<(), Error>> {
    loop {
        match until(look(stage, ground), shutdown).await? {
            Ok(Look::Ready) => return Some(Ok(())),
            Ok(Look::NoOffset(group)) => return Some(Err(Error::NoOffset { group })),
            Ok(Look::NotReady(readiness)) => {
                let code = readiness.code().map(|code| code.to_string());
                tracing::warn!(code, "waiting for topics: {readiness}");
            }
            Err(error) => tracing::warn!(%error, "waiting for Kafka"),
        }
        until(tokio::time::sleep(WAITING), shutdown).await?;
    }
}

enum Look {
    Ready,
    NotReady(Readiness),
    NoOffset(String),
}

async fn look(stage: Stage, ground: &Ground) -> Result<Look, topics::Error> {
    let Ground { kafka, topics, partitions } = ground;
    match topics::readiness(kafka, topics, *partitions).await? {
        Readiness::Ready => {
            let group = topics::without_offset(kafka, topics, stage, *partitions).await?;
            Ok(group.map_or(Look::Ready, Look::NoOffset))
        }
        other => Ok(Look::NotReady(other)),
    }
}

/// Looks after the ground of a running stage. Dropping it ends that.
pub(crate) struct Watch {
    shutdown: watch::Receiver<bool>,
    changed: Arc<OnceLock<Readiness>>,
    task: JoinHandle<()>,
}

impl Watch {
    pub(crate) fn start(stage: Stage, ground: Ground, events: Events, mut asked: watch::Receiver<bool>) -> Self {
        let (sender, shutdown) = watch::channel(false);
        let changed = Arc::new(OnceLock::new());
        let found = Arc::clone(&changed);
        let task = tokio::spawn(async move {
            if let Some(readiness) = until(change(&ground), &mut asked).await {
                tracing::error!(code = readiness.code().map(|code| code.to_string()), "the stage ends: {readiness}");
                let hopeless = readiness.lacks(&own_topics(stage, &ground.topics));
                let error = error(&readiness);
                found.set(readiness).ok();
                if hopeless {
                    events.send(Event::Fatal(error)).await;
                }
            }
            sender.send_replace(true);
        });
        Self { shutdown, changed, task }
    }

    /// Turns true when the stage is to drain: somebody asked for it, or the ground has changed.
    pub(crate) fn shutdown(&self) -> watch::Receiver<bool> {
        self.shutdown.clone()
    }

    /// What a stage that has ended in this way has to say.
    pub(crate) fn verdict(&self, ended: Result<(), Error>) -> Result<(), Error> {
        match self.changed.get() {
            Some(readiness) => Err(error(readiness)),
            None => ended,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn error(readiness: &Readiness) -> Error {
    let code = readiness.code().unwrap_or(code::ENGINE_TOPICS_MISSING);
    Error::TopicsChanged { code, what: readiness.to_string() }
}

/// Without one of these, nothing that is in the air can be committed any more.
fn own_topics(stage: Stage, topics: &Topics) -> [String; 6] {
    let (main, retry, dead_letter) = (topics.main(stage), topics.retry(stage), topics.dead_letter(stage));
    [main, retry, dead_letter, topics.output(stage), topics.status(), topics.history()]
}

/// Returns when the ground has changed.
async fn change(ground: &Ground) -> Readiness {
    let mut missed = 0;
    loop {
        tokio::time::sleep(RUNNING).await;
        match topics::readiness(&ground.kafka, &ground.topics, ground.partitions).await {
            Ok(Readiness::Ready) => missed = 0,
            Ok(Readiness::Missing(_)) if missed + 1 < MISSED => missed += 1,
            Ok(changed) => return changed,
            // The clients that need the cluster say so themselves.
            Err(error) => tracing::debug!(%error, "the topics cannot be looked at"),
        }
    }
}

pub(crate) async fn until<T>(work: impl Future<Output = T>, shutdown: &mut watch::Receiver<bool>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        _ = shutdown.wait_for(|shutdown| *shutdown) => None,
    }
}
