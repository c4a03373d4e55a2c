//! `invoicectl topics rebuild-status`.

use crate::context::Context;
use crate::exit::Exit;
use crate::output::Format;
use crate::rebuild::Rebuild;
use crate::scan::Scan;
use clap::Args;
use contract::url::CanonicalUrl;
use contract::{Headers, HistoryEvent, InvoiceId, Posted, Stage, Status, Submission, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use stream::publish::Publisher;
use stream::read::{self, Record};
use stream::topics::{hold, make_status, release};
use tokio::task::JoinSet;

/// Records on their way to the brokers at once.
const IN_FLIGHT: usize = 256;

/// Makes the status topic if it is gone, and writes the latest state of each invoice that it does not know.
///
/// The state comes from the history, the requests, the bills and the dead letters. Statuses that are as new are left
/// alone. The services must be stopped, and none starts before it is done. Interrupted, run it again.
#[derive(Debug, Args)]
pub(crate) struct RebuildStatus {
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Rebuilt {
    /// Statuses that were there.
    known: usize,
    /// Statuses that were written.
    written: usize,
}

impl RebuildStatus {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        hold(&context.kafka, &context.topics).await?;
        make_status(&context.kafka, &context.topics, &context.layout).await?;
        let there = statuses(context).await?;
        let missing = gather(context).await?.finish(&there);
        let rebuilt = Rebuilt { known: there.len(), written: missing.len() };
        write(context, &missing).await?;
        release(&context.kafka, &context.topics).await?;
        Format::new(self.json)
            .write(&rebuilt, |rebuilt| format!("wrote {} statuses; {} were there", rebuilt.written, rebuilt.known))?;
        Ok(Exit::Done)
    }
}

async fn statuses(context: &Context) -> anyhow::Result<HashMap<InvoiceId, Status>> {
    let mut latest = HashMap::new();
    each(context, &context.topics.status(), |record| {
        if let (Some(id), Some(status)) = (record.invoice_id(), decoded(record)) {
            latest.insert(id, status);
        }
    })
    .await?;
    Ok(latest)
}

async fn gather(context: &Context) -> anyhow::Result<Rebuild> {
    let mut rebuild = Rebuild::default();
    let requests = context.topics.main(Stage::FetchExtract);
    each(context, &requests, |record| {
        if let Some((id, url_hash)) = request(record, context.layout.max_message_bytes) {
            rebuild.request(id, url_hash);
        }
    })
    .await?;
    each(context, &context.topics.posted(), |record| {
        if let Some(posted) = decoded::<Posted>(record) {
            rebuild.posted(posted.invoice_id, posted.bill, posted.cost);
        }
    })
    .await?;
    for stage in Stage::ALL {
        each(context, &context.topics.dead_letter(stage), |record| {
            if let (Some(id), Some(run), Some(class)) =
                (record.invoice_id(), record.headers.run, record.headers.error_class)
            {
                rebuild.dead_letter(id, run, class);
            }
        })
        .await?;
    }
    each(context, &context.topics.history(), |record| {
        if let Some(event) = decoded::<HistoryEvent>(record) {
            rebuild.event(&event, record.timestamp_ms);
        }
    })
    .await?;
    Ok(rebuild)
}

/// A request under its own id. Those under another key were sent again under it.
fn request(record: &Record, max_bytes: usize) -> Option<(InvoiceId, String)> {
    let Ok(Submission::Request(request)) = Submission::decode(record.value.as_deref()?, max_bytes) else { return None };
    let url = CanonicalUrl::parse(&request.pdf_url).ok()?;
    let id = request.invoice_id.unwrap_or_else(|| url.invoice_id());
    (record.key.as_deref() == Some(id.as_str().as_bytes())).then(|| (id, url.hash()))
}

fn decoded<T: DeserializeOwned>(record: &Record) -> Option<T> {
    serde_json::from_slice(record.value.as_deref()?).ok()
}

async fn each(context: &Context, topic: &str, mut take: impl FnMut(&Record)) -> anyhow::Result<()> {
    let feed = match read::scan(&context.kafka, topic).await {
        // Several topics may be gone; what they held is not known then.
        Err(read::Error::NoTopic(_)) => return Ok(()),
        feed => feed?,
    };
    let mut scan = Scan::new(feed, topic);
    while let Some(record) = scan.next().await? {
        take(&record);
    }
    Ok(())
}

async fn write(context: &Context, statuses: &[(InvoiceId, Status)]) -> anyhow::Result<()> {
    let publisher = Publisher::new(&context.kafka, context.topics.clone())?;
    for chunk in statuses.chunks(IN_FLIGHT) {
        let mut sending = JoinSet::new();
        for (id, status) in chunk {
            let (publisher, topic, id) = (publisher.clone(), context.topics.status(), id.clone());
            let value = serde_json::to_vec(status)?;
            sending.spawn(async move {
                let headers = Headers { content_type: Some(header::JSON.to_owned()), ..Headers::default() };
                publisher.raw(&topic, Some(id.as_str().as_bytes()), &value, &headers).await
            });
        }
        for sent in sending.join_all().await {
            sent?;
        }
    }
    Ok(())
}
