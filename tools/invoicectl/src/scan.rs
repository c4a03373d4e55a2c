//! Reading a topic to its end with a progress bar, which shows itself on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;
use stream::read::{Feed, Record};

/// How often the bar is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// A bounded reading.
pub(crate) struct Scan {
    feed: Feed,
    bar: ProgressBar,
}

impl Scan {
    pub(crate) fn new(feed: Feed, topic: &str) -> Self {
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}").expect("the template is valid");
        let bar = ProgressBar::new(feed.progress().total).with_style(style).with_message(topic.to_owned());
        bar.enable_steady_tick(TICK);
        Self { feed, bar }
    }

    /// The next record, or `None` at the end.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Record>> {
        let record = self.feed.next().await.transpose()?;
        self.bar.set_position(self.feed.progress().done);
        if record.is_none() {
            self.bar.finish_and_clear();
        }
        Ok(record)
    }

    /// Writes to standard output without tearing the bar.
    pub(crate) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
