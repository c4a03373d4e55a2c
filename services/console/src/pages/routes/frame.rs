//! Puts a page into its frame: who looks, what waits, what stands still.

use super::{Pages, Shown};
use crate::auth::Identity;
use crate::pages::banner::{Banner, Cause};
use crate::pages::layout::{self, Frame, Note, Section, Viewer};
use crate::pages::problem;
use crate::problem::Problem;
use crate::stages::StageReport;
use crate::view::{StageCount, Totals};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use contract::stages::Breaker;
use maud::Markup;
use std::time::{SystemTime, UNIX_EPOCH};
use url::form_urlencoded;

/// What a page shows, and what it is called.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) title: String,
    pub(super) section: Section,
    pub(super) markup: Markup,
    pub(super) status: StatusCode,
}

impl Content {
    pub(super) fn new(title: impl Into<String>, section: Section, markup: Markup) -> Self {
        Self { title: title.into(), section, markup, status: StatusCode::OK }
    }

    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl From<&Identity> for Viewer {
    fn from(by: &Identity) -> Self {
        Self { name: by.name.to_string(), role: by.role, csrf: by.csrf(), logged_in: by.can_log_out() }
    }
}

impl Pages {
    /// The page, or why there is none, with everything around it. `query` may name a note.
    pub(super) async fn answer(&self, by: &Identity, query: Option<&str>, shown: Shown) -> Response {
        let content = shown.unwrap_or_else(|problem| of_problem(&problem));
        let viewer = Viewer::from(by);
        let now_ms = now_ms();
        // A view that cannot be read makes a page without counts, which still says what is wrong.
        let totals = self.desk.view().totals(now_ms).await.unwrap_or_default();
        let banners = banners(&self.desk.stages(), &totals.by_stage);
        let frame = Frame {
            title: &content.title,
            section: content.section,
            viewer: Some(&viewer),
            banners: &banners,
            waiting: waiting(&totals),
            caught_up: self.desk.view().caught_up(),
            note: query.and_then(note),
            now_ms,
        };
        (content.status, layout::page(&frame, &content.markup)).into_response()
    }
}

/// Leads to a page that says what was done.
pub(super) fn noted(path: &str, note: &str) -> Response {
    Redirect::to(&format!("{path}?note={note}")).into_response()
}

pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn waiting(totals: &Totals) -> u64 {
    totals.by_code.iter().map(|group| group.count).sum()
}

pub(super) fn note(query: &str) -> Option<Note> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "note").and_then(|(_, key)| Note::of(&key))
}

fn of_problem(problem: &Problem) -> Content {
    let title = match problem.status() {
        StatusCode::NOT_FOUND => "Nothing is here",
        StatusCode::FORBIDDEN => "You may not do this",
        StatusCode::GONE => "It was erased",
        StatusCode::CONFLICT => "That cannot be done now",
        StatusCode::SERVICE_UNAVAILABLE => "Not now",
        _ => "That did not work",
    };
    let mistakes = problem.mistakes_of().iter().map(|mistake| format!(" {}.", mistake.detail));
    let text = sentence(problem.detail()) + &mistakes.collect::<String>();
    let markup = problem::page(title, &text, Some(problem.code().as_str()));
    Content::new(title, Section::Other, markup).with_status(problem.status())
}

/// With a capital and a full stop, as a page's text has them.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    first + characters.as_str() + end
}

/// The stages that wait, with why.
pub(super) fn banners(reports: &[StageReport], at_stages: &[StageCount]) -> Vec<Banner> {
    let banner = |report: &StageReport| {
        let at_stage = at_stages.iter().find(|count| count.stage == report.stage);
        let waiting = at_stage.map(|count| count.running + count.retrying + count.parked);
        let (cause, since_ms) = cause(report)?;
        Some(Banner { stage: report.stage, cause, since_ms, waiting })
    };
    reports.iter().filter_map(banner).collect()
}

/// Why a stage waits, and since when; `None` if it works. One replica whose breaker is open is enough to say so, as all of them
/// depend on the same service.
pub(super) fn cause(report: &StageReport) -> Option<(Cause, Option<i64>)> {
    if let Some(control) = report.control.as_ref().filter(|control| control.paused) {
        let cause = Cause::Paused { actor: control.actor.clone(), reason: control.reason.clone() };
        return Some((cause, Some(control.at_ms)));
    }
    let heard: Vec<_> =
        report.replicas.iter().filter(|replica| !replica.silent).map(|replica| &replica.heartbeat).collect();
    if heard.is_empty() {
        let last = report.replicas.iter().map(|replica| replica.heartbeat.at_ms).max()?;
        return Some((Cause::Silent, Some(last)));
    }
    if let Some(parked) = heard.iter().find(|heartbeat| heartbeat.parked_until_ms.is_some()) {
        let until_ms = parked.parked_until_ms.unwrap_or_default();
        return Some((Cause::Parked { code: parked.parked_because.clone(), until_ms }, None));
    }
    let away = heard.iter().find(|heartbeat| heartbeat.breaker != Breaker::Closed)?;
    Some((Cause::Away { code: away.parked_because.clone() }, None))
}
