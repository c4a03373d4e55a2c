//! Invoices: handing in, looking, cancelling, erasing.

use super::extract::{Id, Json, MAX_JSON_BYTES, Params, body, media_type, segment, unsupported};
use super::route::JSON;
use super::upload;
use crate::auth::Identity;
use crate::desk::{Desk, Details, Ending, Erased, Facts, RawRecord, Receipt};
use crate::problem::Problem;
use crate::server::App;
use crate::view::{self, Cursor, Filter, Page};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::{HistoryEvent, InvoiceId, Stage, State as Stands};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::Instant;

/// The longest that an answer is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const MOST_REQUESTS: usize = 1000;
const PAGE: usize = 50;
const LARGEST_PAGE: usize = 500;

/// One invoice, or several as a list.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "describes a body, which is read by hand so that a mistake in it can be named")]
pub(super) enum Wanted {
    One(Ask),
    Many(Vec<Ask>),
}

/// An invoice that is at a URL.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    /// An absolute http(s) URL of a PDF, or `store:` and the content hash of one that is in the document store.
    pdf_url: String,
    /// Your own id; without it, the id is made from the URL.
    #[serde(default)]
    invoice_id: Option<InvoiceId>,
    /// It is another invoice although the same PDF came before under another id.
    #[serde(default)]
    accept_same_document: bool,
}

/// How long to wait for the end.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Patience {
    /// Such as `30s` or `500ms`; at most a minute. Without it, the answer comes at once.
    wait: Option<String>,
}

/// How something is handed in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Handing {
    /// How long to wait for the end, such as `30s` or `500ms`; at most a minute. Without it, the answer comes at once.
    wait: Option<String>,
    /// Of a PDF as the body: your own id in place of one made from its content.
    invoice_id: Option<InvoiceId>,
}

/// What was handed in.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Submitted {
    /// In the order of the request.
    submitted: Vec<Receipt>,
}

/// An invoice, its history, and the dead letter that waits for somebody.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Known {
    #[serde(flatten)]
    details: Details,
    /// Whether it has ended, so that nothing happens any more unless somebody asks for it.
    ended: bool,
}

/// Which invoices. Several values are separated by commas.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct List {
    /// `running`, `retrying`, `parked`, `review`, `posted`, `dead`, `discarded`, `cancelled`, `erased`.
    state: Option<String>,
    /// `fetch-extract`, `llm-structure`, `post-to-zoho`.
    stage: Option<String>,
    /// The code of the latest failure, such as `llm.timeout`.
    code: Option<String>,
    /// The vendor's whole name.
    vendor: Option<String>,
    /// Words, each of which begins a word of the id, the vendor's name, the bill's number or the bill's id.
    q: Option<String>,
    /// Changed at this moment or later, in milliseconds since 1970.
    from_ms: Option<i64>,
    /// Changed before this moment, in milliseconds since 1970.
    to_ms: Option<i64>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most so many on a page: 1 to 500, 50 if left out.
    limit: Option<usize>,
}

/// The events of one invoice, oldest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct History {
    events: Vec<HistoryEvent>,
}

/// The records of one invoice, oldest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Records {
    records: Vec<RawRecord>,
}

/// Why something is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Because {
    /// For the history.
    pub(super) reason: String,
}

/// A PDF as bytes.
#[derive(Debug, JsonSchema)]
pub(super) struct Pdf(#[allow(dead_code, reason = "describes a body")] Vec<u8>);

pub(super) async fn submit(
    State(app): State<App>,
    by: Identity,
    Params(Handing { wait, invoice_id }): Params<Handing>,
    request: Request,
) -> Result<Response, Problem> {
    let (desk, patience) = (&app.desk, Patience { wait }.length()?);
    let receipts = match media_type(request.headers()).as_str() {
        JSON => desk.submit(upload::requests(wanted(request).await?, MOST_REQUESTS)?, &by.name).await?,
        upload::PDF => desk.upload(vec![upload::single(request, desk, invoice_id).await?], &by.name).await?,
        upload::FORM => desk.upload(upload::several(request, desk).await?, &by.name).await?,
        _ => return Err(unsupported("application/json, application/pdf or multipart/form-data")),
    };
    let submitted = match patience {
        Some(patience) => desk.wait(receipts, patience).await?,
        None => receipts,
    };
    let is_over = submitted.iter().all(|receipt| receipt.ending != Ending::Pending);
    let status = if is_over { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, axum::Json(Submitted { submitted })).into_response())
}

pub(super) async fn list(
    State(desk): State<Desk>,
    Params(list): Params<List>,
) -> Result<axum::Json<Page<view::Invoice>>, Problem> {
    let (filter, after, limit) = list.read()?;
    let page = desk.view().invoices(&filter, after.as_ref(), limit).await.map_err(crate::desk::Error::from)?;
    Ok(axum::Json(page))
}

pub(super) async fn one(
    State(desk): State<Desk>,
    Id(id): Id,
    Params(patience): Params<Patience>,
) -> Result<axum::Json<Known>, Problem> {
    if let Some(patience) = patience.length()? {
        desk.ended(&id, 0, Instant::now() + patience).await?;
    }
    let details = desk.invoice(&id).await?;
    let ended = details.invoice.state.is_terminal();
    Ok(axum::Json(Known { details, ended }))
}

pub(super) async fn history(State(desk): State<Desk>, Id(id): Id) -> Result<axum::Json<History>, Problem> {
    let details = desk.invoice(&id).await?;
    Ok(axum::Json(History { events: details.history }))
}

pub(super) async fn records(State(desk): State<Desk>, Id(id): Id) -> Result<axum::Json<Records>, Problem> {
    Ok(axum::Json(Records { records: desk.records(&id).await? }))
}

pub(super) async fn facts(State(desk): State<Desk>, Id(id): Id) -> Result<axum::Json<Facts>, Problem> {
    Ok(axum::Json(desk.facts(&id).await?))
}

pub(super) async fn document(State(desk): State<Desk>, Id(id): Id) -> Result<Response, Problem> {
    let pdf = desk.document(&id).await?;
    Ok(file(upload::PDF, &format!("inline; filename=\"{}.pdf\"", safe(&id)), pdf))
}

pub(super) async fn page(State(desk): State<Desk>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let Id(id) = Id::from_request_parts(&mut parts, &desk).await?;
    let name = segment(&mut parts, &desk, "page").await.unwrap_or_default();
    let page =
        name.strip_suffix(".png").and_then(|number| number.parse().ok()).filter(|page| (1..10_000).contains(page));
    let page = page.ok_or_else(|| Problem::not_found("a page is named 1.png, 2.png and so on"))?;
    Ok(file("image/png", "inline", desk.page(&id, page).await?))
}

pub(super) async fn cancel(
    State(desk): State<Desk>,
    by: Identity,
    Id(id): Id,
    Json(because): Json<Because>,
) -> Result<StatusCode, Problem> {
    desk.cancel(&id, &by.name, &because.given()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn erase(
    State(desk): State<Desk>,
    by: Identity,
    Id(id): Id,
    Json(because): Json<Because>,
) -> Result<axum::Json<Erased>, Problem> {
    Ok(axum::Json(desk.erase(&id, &by.name, &because.given()?).await?))
}

impl Because {
    /// A decision that nobody can explain later is worth little.
    pub(super) fn given(self) -> Result<String, Problem> {
        let is_given = !self.reason.trim().is_empty();
        if is_given { Ok(self.reason) } else { Err(Problem::bad_request("`reason` must say why")) }
    }
}

impl Ask {
    pub(super) fn request(self) -> contract::Request {
        contract::Request {
            accept_same_document: self.accept_same_document,
            ..contract::Request::of(self.pdf_url).named(self.invoice_id)
        }
    }
}

impl Patience {
    fn length(&self) -> Result<Option<Duration>, Problem> {
        let Some(text) = &self.wait else { return Ok(None) };
        let unit = |ending: &str, ms: u64| text.strip_suffix(ending)?.parse::<u64>().ok()?.checked_mul(ms);
        let ms = unit("ms", 1).or_else(|| unit("s", 1000)).or_else(|| unit("", 1000));
        let wait = ms.map(Duration::from_millis).filter(|wait| *wait <= LONGEST_WAIT);
        wait.map(Some).ok_or_else(|| Problem::bad_request("`wait` must be like 30s or 500ms, and at most 60s"))
    }
}

impl List {
    pub(super) fn read(self) -> Result<(Filter, Option<Cursor>, usize), Problem> {
        let filter = Filter {
            states: words(self.state.as_deref(), "state", |word| serde_json::from_value::<Stands>(word.into()).ok())?,
            stages: words(self.stage.as_deref(), "stage", |word| word.parse::<Stage>().ok())?,
            code: self.code,
            vendor: self.vendor,
            text: self.q,
            from_ms: self.from_ms,
            to_ms: self.to_ms,
        };
        Ok((filter, cursor(self.after.as_deref())?, limit(self.limit)?))
    }
}

pub(super) fn cursor(text: Option<&str>) -> Result<Option<Cursor>, Problem> {
    text.map(str::parse).transpose().map_err(|error: view::InvalidCursor| Problem::bad_request(error.to_string()))
}

pub(super) fn limit(wanted: Option<usize>) -> Result<usize, Problem> {
    let limit = wanted.unwrap_or(PAGE);
    let allowed = (1..=LARGEST_PAGE).contains(&limit);
    if allowed { Ok(limit) } else { Err(Problem::bad_request("`limit` must be from 1 to 500")) }
}

/// Several words, separated by commas.
fn words<T>(text: Option<&str>, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Problem> {
    let words = text.into_iter().flat_map(|text| text.split(',')).filter(|word| !word.is_empty());
    let read = words.map(|word| {
        read(word).ok_or_else(|| Problem::bad_request(format!("`{name}` is none of those that there are")))
    });
    read.collect()
}

async fn wanted(request: Request) -> Result<Vec<Ask>, Problem> {
    let body = body(request, MAX_JSON_BYTES).await?;
    // Serde says of an untagged choice only that nothing fits, so what was meant is looked at first.
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let read = if is_list { serde_json::from_slice(&body) } else { serde_json::from_slice(&body).map(|ask| vec![ask]) };
    read.map_err(|error| Problem::bad_request(format!("the JSON cannot be read: {error}")))
}

/// A file that a browser shows and takes nothing else from.
pub(super) fn file(media_type: &'static str, disposition: &str, bytes: axum::body::Bytes) -> Response {
    const POLICY: HeaderValue = HeaderValue::from_static(
        "default-src 'none'; object-src 'self'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'",
    );
    const FRAME: (HeaderName, HeaderValue) = (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    let mut response = ([(header::CONTENT_TYPE, media_type)], bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(FRAME.0, FRAME.1);
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// As part of a file's name, which has no colon on some systems.
fn safe(id: &InvoiceId) -> String {
    id.as_str().replace(':', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_at_most_a_minute() {
        let length = |wait: &str| Patience { wait: Some(wait.to_owned()) }.length();
        assert_eq!(length("30s").unwrap(), Some(Duration::from_secs(30)));
        assert_eq!(length("500ms").unwrap(), Some(Duration::from_millis(500)));
        assert_eq!(length("5").unwrap(), Some(Duration::from_secs(5)));
        for bad in ["61s", "1m", "-1s", "", "s", "999999999999999999999s", "18446744073709551615s", "1.5s"] {
            assert_eq!(length(bad).unwrap_err().status(), StatusCode::BAD_REQUEST, "{bad}");
        }
    }
}
