//! Follows the latest states of all invoices, for a stage that learns from what has ended.
//!
//! What is learned may lag behind and decides nothing about an invoice's place in the pipeline: that is admission's.

use crate::Settings;
use contract::{Stage, Status, Topics};
use std::sync::Arc;
use std::time::Duration;
use stream::client::ClientSettings;
use stream::read::{self, Feed};

/// The wait before states that could not be read are asked for again.
const AGAIN: Duration = Duration::from_secs(2);

/// Who learns from the states.
pub trait Follower: Send + Sync + 'static {
    /// The state of an invoice, later ones after earlier ones; the same may come again.
    fn take(&self, status: &Status);

    /// All states that there were at the beginning have been taken.
    fn caught_up(&self);
}

/// Hands `follower` all states of `post-to-zoho`'s pipeline, from the oldest on, for as long as the process lives.
///
/// To be called inside a tokio runtime.
pub fn follow_states(settings: &Settings, follower: Arc<impl Follower>) {
    let (kafka, topics) = (settings.kafka_client(), settings.topic_names());
    tokio::spawn(async move {
        loop {
            if let Err(error) = follow(&kafka, &topics, follower.as_ref()).await {
                tracing::warn!("the states of invoices are read again: {error}");
            }
            tokio::time::sleep(AGAIN).await;
        }
    });
}

async fn follow(kafka: &ClientSettings, topics: &Topics, follower: &impl Follower) -> Result<(), read::Error> {
    let (so_far, from_now) = read::states(kafka, topics, Stage::PostToZoho).await?;
    hand_on(so_far, follower).await?;
    follower.caught_up();
    hand_on(from_now, follower).await
}

async fn hand_on(mut states: Feed, follower: &impl Follower) -> Result<(), read::Error> {
    while let Some(record) = states.next().await.transpose()? {
        let status: Option<Status> = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
        if let Some(status) = status {
            follower.take(&status);
        }
    }
    Ok(())
}
