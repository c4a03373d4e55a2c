//! Dead letters: looking at them and deciding about them.

use super::extract::{Id, Json, Params};
use super::invoices::{Because, cursor, limit};
use crate::auth::Identity;
use crate::desk::{Checked, Decided, Desk, Error, LetterContents, Replay, Replayed};
use crate::problem::Problem;
use crate::view::{Group, Letter, Page};
use axum::extract::State;
use contract::{Class, InvoiceId, Stage};
use operations::{Action, Booking, Refusal, Selection};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// Which dead letters.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Which {
    /// Of this invoice.
    id: Option<InvoiceId>,
    /// That stopped at this stage.
    stage: Option<Stage>,
    /// Such as `llm.timeout`.
    code: Option<String>,
    /// Whose failure is of this class.
    class: Option<Class>,
    /// The vendor's whole name as it is printed.
    vendor: Option<String>,
    /// Written before this moment, in milliseconds since 1970.
    older_than_ms: Option<i64>,
    /// Written at this moment or later, in milliseconds since 1970.
    newer_than_ms: Option<i64>,
}

/// Which dead letters, and which page of them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct List {
    /// Of this invoice.
    id: Option<InvoiceId>,
    /// That stopped at this stage.
    stage: Option<Stage>,
    /// Such as `llm.timeout`.
    code: Option<String>,
    /// Whose failure is of this class.
    class: Option<Class>,
    /// The vendor's whole name as it is printed.
    vendor: Option<String>,
    /// Written before this moment, in milliseconds since 1970.
    older_than_ms: Option<i64>,
    /// Written at this moment or later, in milliseconds since 1970.
    newer_than_ms: Option<i64>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most so many on a page: 1 to 500, 50 if left out.
    limit: Option<usize>,
}

/// Dead letters by stage and code, the most frequent first.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Groups {
    groups: Vec<Group>,
}

/// How one invoice runs again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Again {
    /// Why, for the history.
    reason: Option<String>,
    /// Where it begins: where it failed if left out.
    to: Option<Stage>,
    /// In place of what that stage was given.
    input: Option<Box<RawValue>>,
    /// Applied to what that stage is given: RFC 6902.
    patch: Option<Value>,
    /// Lets through what was held because the same PDF came before under another id: both are to be paid.
    accept_same_document: bool,
}

/// What goes on, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// For the history.
    reason: String,
    /// What the stage behind is to get, as a check gives it back; what the stage had made of it if left out.
    #[serde(default)]
    candidate: Option<Box<RawValue>>,
    /// The fields as somebody has corrected them, in place of a candidate: checked and put into its form here.
    #[serde(default)]
    invoice: Option<Value>,
    /// The vendor in the books that it is from.
    #[serde(default)]
    vendor_id: Option<String>,
    /// The account of all lines, by its id or name in the books.
    #[serde(default)]
    account: Option<String>,
    /// The tax, by its id or name in Zoho Books, of the lines that have its rate.
    #[serde(default)]
    tax: Option<String>,
    /// Whether the two hold for all later invoices of the vendor, too.
    #[serde(default)]
    remember: bool,
}

/// An invoice as somebody edits it: amounts and dates also as they are printed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Edited {
    invoice: Value,
}

pub(super) async fn list(
    State(desk): State<Desk>,
    Params(list): Params<List>,
) -> Result<axum::Json<Page<Letter>>, Problem> {
    let (after, limit) = (cursor(list.after.as_deref())?, limit(list.limit)?);
    let List { id, stage, code, class, vendor, older_than_ms, newer_than_ms, .. } = list;
    let selection = Which { id, stage, code, class, vendor, older_than_ms, newer_than_ms }.selection();
    Ok(axum::Json(desk.view().letters(&selection, after.as_ref(), limit).await.map_err(Error::from)?))
}

pub(super) async fn groups(
    State(desk): State<Desk>,
    Params(which): Params<Which>,
) -> Result<axum::Json<Groups>, Problem> {
    let groups = desk.view().letter_groups(&which.selection()).await.map_err(Error::from)?;
    Ok(axum::Json(Groups { groups }))
}

pub(super) async fn one(State(desk): State<Desk>, Id(id): Id) -> Result<axum::Json<LetterContents>, Problem> {
    Ok(axum::Json(desk.letter(&id).await?))
}

pub(super) async fn replay_many(
    State(desk): State<Desk>,
    by: Identity,
    Json(replay): Json<Replay>,
) -> Result<axum::Json<Replayed>, Problem> {
    Ok(axum::Json(desk.replay(&replay, &by.name).await?))
}

pub(super) async fn replay(
    State(desk): State<Desk>,
    by: Identity,
    Id(id): Id,
    Json(again): Json<Again>,
) -> Result<axum::Json<Decided>, Problem> {
    let Again { reason, to, input, patch, accept_same_document } = again;
    let wrong = |error: serde_json::Error| Problem::bad_request(format!("`patch` is no JSON patch: {error}"));
    let patch = patch.map(serde_json::from_value).transpose().map_err(wrong)?;
    let action = Action::Replay { to, input, patch, accept_same_document };
    Ok(axum::Json(desk.act(&id, &action, &by.name, reason.as_deref()).await?))
}

pub(super) async fn approve(
    State(desk): State<Desk>,
    by: Identity,
    Id(id): Id,
    Json(approval): Json<Approval>,
) -> Result<axum::Json<Decided>, Problem> {
    let Approval { reason, candidate, invoice, vendor_id, account, tax, remember } = approval;
    let reason = Because { reason }.given()?;
    let candidate = match (candidate, invoice) {
        (Some(_), Some(_)) => return Err(Problem::bad_request("give `candidate` or `invoice`, not both")),
        (None, Some(invoice)) => Some(corrected(&desk, &id, &invoice).await?),
        (candidate, None) => candidate,
    };
    let action = Action::Approve { candidate, vendor_id, booking: Booking { account, tax, remember } };
    Ok(axum::Json(desk.act(&id, &action, &by.name, Some(&reason)).await?))
}

pub(super) async fn discard(
    State(desk): State<Desk>,
    by: Identity,
    Id(id): Id,
    Json(because): Json<Because>,
) -> Result<axum::Json<Decided>, Problem> {
    let reason = because.given()?;
    Ok(axum::Json(desk.act(&id, &Action::Discard, &by.name, Some(&reason)).await?))
}

pub(super) async fn check(
    State(desk): State<Desk>,
    Id(id): Id,
    Json(edited): Json<Edited>,
) -> Result<axum::Json<Checked>, Problem> {
    Ok(axum::Json(desk.check(&id, &edited.invoice).await?))
}

/// What the stage behind is to get for these fields.
async fn corrected(desk: &Desk, id: &InvoiceId, invoice: &Value) -> Result<Box<RawValue>, Problem> {
    let checked = desk.check(id, invoice).await?;
    let unreadable = || Problem::bad_request("a field of `invoice` cannot be read: a check says which");
    let candidate = checked.candidate.ok_or_else(unreadable)?;
    to_raw_value(&candidate).map_err(|error| Error::from(Refusal::Patch { problem: error.to_string() }).into())
}

impl Which {
    fn selection(self) -> Selection {
        Selection {
            ids: self.id.into_iter().collect(),
            stage: self.stage,
            code: self.code,
            class: self.class,
            older_than_ms: self.older_than_ms,
            newer_than_ms: self.newer_than_ms,
            vendor: self.vendor,
        }
    }
}
