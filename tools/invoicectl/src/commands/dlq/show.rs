//! `invoicectl dlq show`.

use crate::context::Context;
use crate::exit::Exit;
use crate::output::line;
use crate::scan::Bar;
use clap::Args;
use contract::{Coordinates, InvoiceId, Stage, Topics};
use operations::{Content, Ended, Letter, Selection, Summary};
use serde::Serialize;
use serde_json::value::RawValue;
use stream::read;

/// How much of a record that cannot be read is shown, in bytes.
const SHOWN_BYTES: usize = 4096;

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// An invoice's id, or a dead letter's coordinates as `dlq list` prints them.
    #[arg(value_name = "ID|TOPIC:PARTITION:OFFSET")]
    which: String,
}

#[derive(Debug, Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    summary: Summary,
    origin: Option<&'a Coordinates>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a RawValue>,
    /// The beginning of a record that cannot be read or was refused, as far as it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
}

impl Show {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let letters = match coordinates(&context.topics, &self.which) {
            Some((stage, at)) => one(context, stage, &at).await?,
            None => of_invoice(context, &self.which).await?,
        };
        if letters.is_empty() {
            eprintln!("invoicectl: there is no dead letter of {}", self.which);
            return Ok(Exit::NotFound);
        }
        for (letter, open) in &letters {
            line(&serde_json::to_string_pretty(&shown(letter, *open))?)?;
        }
        Ok(Exit::Done)
    }
}

async fn one(context: &Context, stage: Stage, at: &Coordinates) -> anyhow::Result<Vec<(Letter, bool)>> {
    let Some(record) = read::read_one(&context.kafka, at).await? else { return Ok(Vec::new()) };
    let status = match record.invoice_id() {
        Some(id) => read::latest_status(&context.kafka, &context.topics, &id).await?,
        None => None,
    };
    let letter = Letter::of(record, stage);
    let open = letter.is_open(status.as_ref().map(Ended::of).as_ref());
    Ok(vec![(letter, open)])
}

async fn of_invoice(context: &Context, id: &str) -> anyhow::Result<Vec<(Letter, bool)>> {
    let id: InvoiceId = id.parse()?;
    let mut letters = context.letters(Selection::of(id), &Bar::new()).await?;
    let mut found = Vec::new();
    while let Some(letter) = letters.next().await? {
        found.push((letter.letter, letter.open));
    }
    Ok(found)
}

fn shown(letter: &Letter, open: bool) -> Shown<'_> {
    let envelope = match &letter.content {
        Content::Envelope(envelope) => Some(envelope),
        Content::Poison => None,
    };
    let raw = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_BYTES)]).into_owned();
    Shown {
        summary: letter.summary(open),
        origin: letter.record.headers.origin.as_ref(),
        evidence: envelope.and_then(|envelope| envelope.evidence.as_deref()),
        candidate: envelope.and_then(|envelope| envelope.candidate.as_deref()),
        input: envelope.map(|envelope| &*envelope.input),
        raw: if envelope.is_none() { letter.record.value.as_deref().map(raw) } else { None },
    }
}

/// Coordinates on one of our dead-letter topics; an invoice's id may hold colons too.
fn coordinates(topics: &Topics, text: &str) -> Option<(Stage, Coordinates)> {
    let (rest, offset) = text.rsplit_once(':')?;
    let (topic, partition) = rest.rsplit_once(':')?;
    let stage = Stage::ALL.into_iter().find(|stage| topics.dead_letter(*stage) == topic)?;
    let at = Coordinates { topic: topic.to_owned(), partition: partition.parse().ok()?, offset: offset.parse().ok()? };
    Some((stage, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_told_from_ids_with_colons() {
        let topics = Topics::default();
        let (stage, at) = coordinates(&topics, "invoices.llm-structure.dlq:3:7").unwrap();
        assert_eq!((stage, at.partition, at.offset), (Stage::LlmStructure, 3, 7));
        for id in ["A:3:7", "rejected:invoices.fetch-extract:3:7", "invoices.llm-structure.dlq:3:x", "A-1"] {
            assert!(coordinates(&topics, id).is_none(), "{id}");
        }
    }
}
