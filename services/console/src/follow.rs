//! Reads the topics into the view, for as long as the console runs.
//!
//! Nothing that goes wrong here ends the console: what is shown grows old meanwhile, and the reading begins again where the view
//! stands. A view that does not belong to the topics (any more) is made anew.

use crate::view::{self, Seen, Source, View};
use contract::Topics;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;
use stream::client::ClientSettings;
use stream::read::{self, Batch};
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, interval, sleep};

/// Records that one transaction of the view takes in; what it costs to write the counts is shared by all of them.
const MOST_RECORDS: usize = 20_000;

/// Batches that wait while one is being written.
const AHEAD: usize = 8;

/// How often the view forgets what the topics forget.
const TIDY: Duration = Duration::from_secs(60);

/// Between attempts to read; doubled with each failure.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long the topics keep what the view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    pub history: Duration,
    pub dead_letters: Duration,
}

/// Why the reading begins again.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Read(#[from] read::Error),
    #[error(transparent)]
    View(#[from] view::Error),
}

/// Feeds the view until it is dropped.
pub async fn follow(view: View, kafka: ClientSettings, topics: Topics, keep: Keep) -> Infallible {
    let follower = Follower { view, kafka, topics, keep };
    let mut wait = FIRST_WAIT;
    loop {
        let began = Instant::now();
        let Err(error) = follower.read().await;
        if began.elapsed() > LONGEST_WAIT {
            wait = FIRST_WAIT;
        }
        let again = match &error {
            Error::Read(read::Error::Moved { .. }) => true,
            Error::Read(_) => false,
            Error::View(error) => error.is_of_the_view(),
        };
        let reason = chain(&error);
        if again {
            tracing::warn!(reason, "the view does not fit the topics and is made anew");
            if let Err(error) = follower.in_view(|view| view.rebuild()).await {
                tracing::error!(reason = chain(&error), "the view cannot be made anew");
            }
        } else {
            tracing::warn!(reason, wait_ms = wait.as_millis(), "what the console shows is not renewed; trying again");
        }
        sleep(wait).await;
        wait = LONGEST_WAIT.min(wait * 2);
    }
}

struct Follower {
    view: View,
    kafka: ClientSettings,
    topics: Topics,
    keep: Keep,
}

/// What one of the topics has brought.
type Brought = (Source, Result<Batch, read::Error>);

impl Follower {
    async fn read(&self) -> Result<Infallible, Error> {
        let cluster = read::cluster_id(&self.kafka).await?.unwrap_or_default();
        let identity = format!("{cluster}/{}", self.topics.family());
        self.in_view(move |view| view.belong_to(&identity)).await?;
        self.tidy().await?;
        let mut positions = self.in_view(|view| view.positions()).await?;
        let (sender, mut brought) = mpsc::channel(AHEAD);
        let mut readers = JoinSet::new();
        for source in Source::ALL {
            let partitions = positions.remove(&source).unwrap_or_default();
            let last = partitions.into_iter().map(|(partition, position)| (partition, position.offset)).collect();
            readers.spawn(bring(self.kafka.clone(), self.topic(source), source, last, sender.clone()));
        }
        drop(sender);
        let mut behind = BTreeSet::from(Source::ALL);
        let mut tidy = interval(TIDY);
        loop {
            tokio::select! {
                first = brought.recv() => {
                    let first = first.ok_or(view::Error::Interrupted)?;
                    self.take_in(first, &mut brought, &mut behind).await?;
                }
                _ = tidy.tick() => self.tidy().await?,
            }
        }
    }

    /// Everything that is there now goes into one transaction.
    async fn take_in(
        &self,
        first: Brought,
        brought: &mut mpsc::Receiver<Brought>,
        behind: &mut BTreeSet<Source>,
    ) -> Result<(), Error> {
        let was_behind = !behind.is_empty();
        let mut seen = Vec::new();
        let mut next = Some(first);
        while let Some((source, batch)) = next {
            let batch = batch?;
            if batch.is_at_end {
                behind.remove(&source);
            }
            seen.extend(batch.records.into_iter().map(|record| Seen { source, record }));
            next = if seen.len() < MOST_RECORDS { brought.try_recv().ok() } else { None };
        }
        let is_caught_up = was_behind && behind.is_empty();
        self.in_view(move |view| {
            view.apply(seen)?;
            if is_caught_up { view.set_caught_up() } else { Ok(()) }
        })
        .await?;
        Ok(())
    }

    async fn tidy(&self) -> Result<(), view::Error> {
        let now = chrono::Utc::now().timestamp_millis();
        let before = |kept: Duration| now.saturating_sub(i64::try_from(kept.as_millis()).unwrap_or(i64::MAX));
        let (history, letters) = (before(self.keep.history), before(self.keep.dead_letters));
        self.in_view(move |view| view.tidy(history, letters)).await
    }

    fn topic(&self, source: Source) -> String {
        match source {
            Source::Status => self.topics.status(),
            Source::History => self.topics.history(),
            Source::Letters(stage) => self.topics.dead_letter(stage),
        }
    }

    /// The view's calls block.
    async fn in_view<T: Send + 'static>(
        &self,
        call: impl FnOnce(&View) -> Result<T, view::Error> + Send + 'static,
    ) -> Result<T, view::Error> {
        let view = self.view.clone();
        spawn_blocking(move || call(&view)).await.map_err(|_| view::Error::Interrupted)?
    }
}

async fn bring(
    kafka: ClientSettings,
    topic: String,
    source: Source,
    last: BTreeMap<i32, i64>,
    sender: mpsc::Sender<Brought>,
) {
    let mut tail = match read::tail(&kafka, &topic, last).await {
        Ok(tail) => tail,
        Err(error) => return drop(sender.send((source, Err(error))).await),
    };
    while let Some(batch) = tail.next().await {
        if sender.send((source, batch)).await.is_err() {
            return;
        }
    }
}

/// The error and what it comes from, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
