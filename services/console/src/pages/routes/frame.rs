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
    let since_ms = report.replicas.iter().filter_map(|replica| replica.waits_since_ms).min();
    if let Some(parked) = heard.iter().find(|heartbeat| heartbeat.parked_until_ms.is_some()) {
        let until_ms = parked.parked_until_ms.unwrap_or_default();
        return Some((Cause::Parked { code: parked.parked_because.clone(), until_ms }, since_ms));
    }
    let away = heard.iter().find(|heartbeat| heartbeat.breaker != Breaker::Closed)?;
    Some((Cause::Away { code: away.parked_because.clone() }, since_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{Stage, code};
    use serde_json::json;

    fn report(replicas: &[serde_json::Value]) -> StageReport {
        let replica = |value: &serde_json::Value| crate::stages::Replica {
            heartbeat: serde_json::from_value(value["heartbeat"].clone()).unwrap(),
            silent: value["silent"] == true,
            waits_since_ms: value["since"].as_i64(),
        };
        let replicas = replicas.iter().map(replica).collect();
        StageReport { stage: Stage::LlmStructure, paused: false, control: None, replicas }
    }

    fn replica(breaker: &str, since: Option<i64>, silent: bool) -> serde_json::Value {
        let heartbeat =
            json!({ "stage": "llm-structure", "instance": "a", "version": "1", "at_ms": 50, "breaker": breaker });
        json!({ "heartbeat": heartbeat, "since": since, "silent": silent })
    }

    #[test]
    fn one_open_breaker_is_an_outage_with_the_invoices_that_wait_at_its_stage() {
        let counts = [StageCount { stage: Stage::LlmStructure, running: 200, retrying: 10, parked: 4 }];
        let away = report(&[replica("closed", None, false), replica("open", Some(9), false)]);
        let banner = Banner {
            stage: Stage::LlmStructure,
            cause: Cause::Away { code: None },
            since_ms: Some(9),
            waiting: Some(214),
        };
        assert_eq!(banners(&[away], &counts), [banner]);
        assert_eq!(banners(&[report(&[replica("closed", None, false)])], &counts), []);
    }

    #[test]
    fn a_person_s_pause_comes_before_all_else_and_what_a_dead_replica_said_last_does_not_count() {
        let dead = replica("open", Some(9), true);
        assert_eq!(cause(&report(&[dead.clone(), replica("closed", None, false)])), None);
        assert_eq!(cause(&report(std::slice::from_ref(&dead))), Some((Cause::Silent, Some(50))));
        let control = json!({ "stage": "llm-structure", "paused": true, "actor": "asha", "at_ms": 7 });
        let paused = StageReport { control: serde_json::from_value(control).unwrap(), ..report(&[dead]) };
        let expected = Cause::Paused { actor: "asha".into(), reason: None };
        assert_eq!(cause(&paused), Some((expected, Some(7))));
    }

    #[test]
    fn a_stage_that_was_asked_to_rest_says_until_when_and_why() {
        let mut resting = replica("open", Some(9), false);
        resting["heartbeat"]["parked_until_ms"] = 99.into();
        resting["heartbeat"]["parked_because"] = "zoho.daily_quota".into();
        let expected = Cause::Parked { code: Some(code::ZOHO_DAILY_QUOTA), until_ms: 99 };
        assert_eq!(cause(&report(&[resting])), Some((expected, Some(9))));
    }

    #[test]
    fn a_note_is_found_in_a_query_and_a_problem_is_a_sentence() {
        assert_eq!(note("q=x&note=approved").map(|note| note.key), Some("approved"));
        assert_eq!(note("note=%3Cscript%3E"), None);
        assert_eq!(sentence("it has ended"), "It has ended.");
    }
}
