//! Keeping the stages from running while the topics are rewritten under them.
//!
//! A hold is a commit over each committed offset that no stage accepts. Kafka takes a commit from outside only while a
//! group has no members, so a hold also proves that no service runs. It keeps what it covers and is not lost with the
//! process that made it: whoever was interrupted runs again, and only the end of the work takes it off.

use super::Error;
use super::cluster::Cluster;
use super::offsets::{self, Stability};
use crate::client::ClientSettings;
use crate::signature::{self, Signature};
use contract::Topics;

/// Covers every committed offset of the pipeline. Doing it again changes nothing.
///
/// # Errors
/// When a service is running, or the cluster refuses.
pub async fn hold(settings: &ClientSettings, topics: &Topics) -> Result<(), Error> {
    rewrite(settings, topics, |metadata| match Signature::read(metadata) {
        Signature::Held(_) => metadata.to_owned(),
        Signature::Ours(_) | Signature::Foreign => signature::hold(metadata),
    })
    .await
}

/// Takes the hold off: the groups stand where they stood.
///
/// # Errors
/// When the cluster refuses.
pub async fn release(settings: &ClientSettings, topics: &Topics) -> Result<(), Error> {
    rewrite(settings, topics, |metadata| match Signature::read(metadata) {
        Signature::Held(before) => before.to_owned(),
        Signature::Ours(_) | Signature::Foreign => metadata.to_owned(),
    })
    .await
}

/// Commits the same offsets with other metadata. What is right already is committed too: that Kafka takes it proves
/// that nobody is at work.
async fn rewrite(settings: &ClientSettings, topics: &Topics, metadata: impl Fn(&str) -> String) -> Result<(), Error> {
    let existing = Cluster::connect(settings)?.snapshot().await?.topics;
    for lane in offsets::lanes(topics) {
        let Some(partitions) = existing.get(&lane.topic).map(|topic| topic.partitions) else { continue };
        let commits = offsets::commits(settings, &lane, partitions, Stability::Stable).await?;
        let rewritten: Vec<_> = commits
            .into_iter()
            .filter_map(|commit| commit.committed.map(|(offset, before)| (commit.partition, offset, metadata(&before))))
            .collect();
        if !rewritten.is_empty() {
            offsets::commit_when_idle(settings, &lane, rewritten).await?;
        }
    }
    Ok(())
}
