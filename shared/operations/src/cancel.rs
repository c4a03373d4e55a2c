//! Stopping an invoice before it is posted: a word in the document store, which post-to-zoho looks for at the last moment.

use crate::Error;
use contract::{InvoiceId, State, Status, Topics};
use documents::Documents;
use serde::Serialize;
use stream::client::ClientSettings;
use stream::read;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// It will not be posted, unless its bill was being made just then.
    Noted,
    /// No invoice has that id.
    Unknown,
    /// It has ended already, as this says.
    Over(Box<Status>),
}

/// What the document store keeps of it.
#[derive(Debug, Serialize)]
struct Note<'a> {
    by: &'a str,
    reason: &'a str,
    /// Milliseconds since 1970.
    at_ms: i64,
}

/// Says that an invoice is not to be posted.
///
/// # Errors
/// When the topics cannot be read or the store cannot take the word.
pub async fn cancel(
    kafka: &ClientSettings,
    topics: &Topics,
    documents: &Documents,
    id: &InvoiceId,
    actor: &str,
    reason: &str,
    at_ms: i64,
) -> Result<Cancelled, Error> {
    let Some(before) = read::latest_status(kafka, topics, id).await? else { return Ok(Cancelled::Unknown) };
    if before.state.is_terminal() {
        return Ok(Cancelled::Over(Box::new(before)));
    }
    let note = serde_json::to_vec(&Note { by: actor, reason, at_ms }).expect("a note is text and a number");
    documents.cancel(id, note.into()).await?;
    match read::latest_status(kafka, topics, id).await? {
        Some(after) if after.state == State::Posted => Ok(Cancelled::Over(Box::new(after))),
        _ => Ok(Cancelled::Noted),
    }
}
