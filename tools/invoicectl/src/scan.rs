//! Reading a topic to its end with a progress bar, which shows itself on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};
use operations::OnProgress;
use std::time::Duration;
use stream::read::{Feed, Progress, Record};

/// How often the bar is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// How far a reading is.
#[derive(Debug, Clone)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}").expect("the template is valid");
        Self(ProgressBar::new(0).with_style(style))
    }

    /// `None` when the topic has been read.
    pub(crate) fn set(&self, topic: &str, progress: Option<Progress>) {
        let Some(progress) = progress else { return self.0.finish_and_clear() };
        if self.0.is_finished() || self.0.length() != Some(progress.total) {
            self.0.reset();
            self.0.set_length(progress.total);
            self.0.set_message(topic.to_owned());
            self.0.enable_steady_tick(TICK);
        }
        self.0.set_position(progress.done);
    }

    /// For whoever reads topics for us.
    pub(crate) fn on_progress(&self) -> OnProgress {
        let bar = self.clone();
        Box::new(move |topic, progress| bar.set(topic, progress))
    }

    /// Writes to standard output without tearing the bar.
    pub(crate) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

/// A bounded reading.
pub(crate) struct Scan {
    feed: Feed,
    topic: String,
    bar: Bar,
}

impl Scan {
    pub(crate) fn new(feed: Feed, topic: &str) -> Self {
        Self { feed, topic: topic.to_owned(), bar: Bar::new() }
    }

    /// The next record, or `None` at the end.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Record>> {
        let record = self.feed.next().await.transpose()?;
        self.bar.set(&self.topic, record.as_ref().map(|_| self.feed.progress()));
        Ok(record)
    }

    /// Writes to standard output without tearing the bar.
    pub(crate) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.beside(write)
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.bar.set(&self.topic, None);
    }
}
