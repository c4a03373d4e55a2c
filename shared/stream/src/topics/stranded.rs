//! Invoices that are on their way by their status, and of which no topic holds a record any more: their topic was deleted,
//! or their record was skipped. The gate takes them for running for ever.
//!
//! Only true while no service runs: between two settlements an invoice is in nobody's reach for a moment.

use super::Error;
use super::cluster::Cluster;
use super::offsets::{self, Lane, Stability};
use crate::client::ClientSettings;
use crate::read;
use crate::signature::Signature;
use contract::{InvoiceId, Stage, State, Status, Topics};
use engine::offset_map;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Which invoices count as stranded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranded {
    /// Those on their way.
    Running,
    /// Also those that wait for a person, and whose dead letter is gone.
    RunningAndReviews,
}

/// The invoices whose record is gone, with their status.
///
/// # Errors
/// When a group has no offset of ours to tell open records from finished ones, or the cluster does not answer.
pub async fn stranded(
    settings: &ClientSettings,
    topics: &Topics,
    which: Stranded,
) -> Result<Vec<(InvoiceId, Status)>, Error> {
    let mut carried = HashSet::new();
    for lane in offsets::lanes(topics).into_iter().filter(|lane| carries_runs(lane, topics)) {
        carried.extend(open_runs(settings, &lane).await?);
    }
    let letters = match which {
        Stranded::Running => None,
        Stranded::RunningAndReviews => Some(letters(settings, topics).await?),
    };
    let mut latest: HashMap<InvoiceId, Status> = HashMap::new();
    let mut feed = read::scan(settings, &topics.status()).await?;
    while let Some(record) = feed.next().await.transpose()? {
        let status: Option<Status> = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
        let (Some(id), Some(status)) = (record.invoice_id(), status) else { continue };
        if latest.get(&id).is_none_or(|known| (known.run, known.at_ms) <= (status.run, status.at_ms)) {
            latest.insert(id, status);
        }
    }
    let stranded = latest.into_iter().filter(|(id, status)| {
        let run = (id.clone(), status.run);
        match (status.state, &letters) {
            (State::Review, Some(letters)) => !letters.contains(&run),
            (state, _) => !state.is_terminal() && !carried.contains(&run),
        }
    });
    let mut stranded: Vec<_> = stranded.collect();
    stranded.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
    Ok(stranded)
}

/// What waits at the gate has not started a run yet.
fn carries_runs(lane: &Lane, topics: &Topics) -> bool {
    lane.topic != topics.main(Stage::FetchExtract)
}

/// The runs of the records that the group has not finished.
async fn open_runs(settings: &ClientSettings, lane: &Lane) -> Result<HashSet<(InvoiceId, u32)>, Error> {
    let finished = finished(settings, lane).await?;
    let starts = finished.iter().map(|(partition, (position, _))| (*partition, *position)).collect();
    let mut feed = read::scan_from(settings, &lane.topic, starts).await?;
    let mut open = HashSet::new();
    while let Some(record) = feed.next().await.transpose()? {
        let done = finished.get(&record.partition).is_some_and(|(_, above)| above.contains(&record.offset));
        if let (false, Some(id)) = (done, record.invoice_id()) {
            open.insert((id, record.headers.run.unwrap_or(1)));
        }
    }
    Ok(open)
}

/// The runs of all dead letters.
async fn letters(settings: &ClientSettings, topics: &Topics) -> Result<HashSet<(InvoiceId, u32)>, Error> {
    let mut letters = HashSet::new();
    for stage in Stage::ALL {
        let mut feed = read::scan(settings, &topics.dead_letter(stage)).await?;
        while let Some(record) = feed.next().await.transpose()? {
            letters.extend(record.invoice_id().map(|id| (id, record.headers.run.unwrap_or(1))));
        }
    }
    Ok(letters)
}

/// Of each partition, the committed position and the finished offsets above it.
async fn finished(settings: &ClientSettings, lane: &Lane) -> Result<BTreeMap<i32, (i64, BTreeSet<i64>)>, Error> {
    let found = Cluster::connect(settings)?.snapshot().await?.topics.get(&lane.topic).map(|topic| topic.partitions);
    let refused = |reason: &str| Error::Refused { subject: lane.group.clone(), reason: reason.to_owned() };
    let partitions = found.ok_or_else(|| refused("its topic does not exist; run `invoicectl topics apply`"))?;
    let commits = offsets::commits(settings, lane, partitions, Stability::Stable).await?;
    let read = |commit: &offsets::Commit| {
        let (position, metadata) = commit.committed.as_ref()?;
        let metadata = match Signature::read(metadata) {
            Signature::Held(before) => before,
            Signature::Ours(_) | Signature::Foreign => metadata,
        };
        let Signature::Ours(map) = Signature::read(metadata) else { return None };
        Some((commit.partition, (*position, offset_map::decode(*position, map).unwrap_or_default())))
    };
    let known: Option<BTreeMap<_, _>> = commits.iter().map(read).collect();
    known.ok_or_else(|| refused("it has lost offsets; run `invoicectl offsets set` first"))
}
