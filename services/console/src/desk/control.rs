//! The stages: how they are, and whether they start anything.

use super::act::now_ms;
use super::{Desk, Error};
use crate::stages::StageReport;
use contract::Stage;
use contract::stages::Control;

impl Desk {
    /// How the stages are, as their replicas say.
    #[must_use]
    pub fn stages(&self) -> Vec<StageReport> {
        self.inner.stages.report(now_ms())
    }

    /// Tells a stage to start nothing, or to go on; all its replicas, those that start later, too.
    ///
    /// # Errors
    /// When the cluster does not take it.
    pub async fn pause(&self, stage: Stage, paused: bool, by: &str, reason: Option<&str>) -> Result<Control, Error> {
        let control =
            Control { stage, paused, actor: by.to_owned(), reason: reason.map(str::to_owned), at_ms: now_ms() };
        self.inner.publisher.control(&control).await?;
        Ok(control)
    }
}
