//! What waits for a person, and replaying many at once.

use super::frame::Content;
use super::{Pages, Shown, may};
use crate::auth::{Form, Identity, Role, Visitor};
use crate::desk::{Replay, Replayed};
use crate::pages::layout::{Section, Viewer};
use crate::pages::replay::{self, Bar, Plan, Report};
use crate::pages::review::{self, Choice, Waiting};
use crate::pages::words;
use crate::problem::Problem;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use contract::Code;
use operations::Selection;

/// Items on a page.
const ROWS: usize = 50;

type Fields = Vec<(String, String)>;

pub(super) async fn list(State(pages): State<Pages>, Visitor(by): Visitor, RawQuery(query): RawQuery) -> Response {
    let shown = pages.waiting(query.as_deref().unwrap_or_default(), &by).await;
    pages.answer(&by, query.as_deref(), shown).await
}

/// Leads to an item that waits, if there is one.
pub(super) async fn next(State(pages): State<Pages>, Visitor(_): Visitor) -> Response {
    let page = pages.desk.view().letters(&Selection::default(), None, 1).await;
    let first = page.ok().and_then(|page| page.items.into_iter().next());
    Redirect::to(&first.map_or_else(|| "/review".to_owned(), |letter| format!("/review/{}", letter.invoice_id)))
        .into_response()
}

/// Says what a replay would do.
pub(super) async fn forecast(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    form: Result<Form<Fields>, Problem>,
) -> Response {
    let shown = pages.replay(form, true).await;
    pages.answer(&by, None, shown).await
}

/// Replays, and says what was done.
pub(super) async fn run(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    form: Result<Form<Fields>, Problem>,
) -> Response {
    let shown = pages.replay(form, false).await;
    pages.answer(&by, None, shown).await
}

impl Pages {
    async fn waiting(&self, query: &str, by: &Identity) -> Shown {
        let choice = Choice::of_query(query).map_err(|misread| Problem::bad_request(misread.to_string()))?;
        let selection = Selection::from(&choice);
        let after = choice.after.parse().ok();
        let view = self.desk.view();
        let groups = view.letter_groups(&selection).await.map_err(failed)?;
        let page = view.letters(&selection, after.as_ref(), ROWS).await.map_err(failed)?;
        let waiting = Waiting {
            groups: groups.into_iter().map(Into::into).collect(),
            letters: page.items.into_iter().map(Into::into).collect(),
            next: page.next.map(|cursor| cursor.to_string()),
            choice,
        };
        Ok(Content::new("Review", Section::Review, review::page(&waiting, &Viewer::from(by))))
    }

    async fn replay(&self, form: Result<Form<Fields>, Problem>, dry_run: bool) -> Shown {
        let Form { by, fields } = form?;
        may(&by, Role::Operate)?;
        let plan = plan(&fields)?;
        let wanted = Replay {
            selection: Selection::from(&plan.choice),
            dry_run,
            reason: Some(plan.reason.clone()).filter(|reason| !reason.is_empty()),
            to: plan.to,
            max: plan.max,
            rate: plan.rate,
            force: plan.force,
            after: plan.choice.after.parse().ok(),
            ..Replay::default()
        };
        let replayed = self.desk.replay(&wanted, &by.name).await?;
        let viewer = Viewer::from(&by);
        let next = replayed.next.map(|cursor| cursor.to_string()).unwrap_or_default();
        let report = report(&replayed, &plan);
        let plan = Plan { choice: plan.choice.behind(&next), ..plan };
        let page =
            if dry_run { replay::forecast(&plan, &report, &viewer) } else { replay::done(&plan, &report, &viewer) };
        Ok(Content::new("Replay", Section::Review, page))
    }
}

fn failed(error: crate::view::Error) -> Problem {
    crate::desk::Error::from(error).into()
}

/// What the form asks for.
///
/// # Errors
/// When a field cannot be read: nothing is guessed about many invoices at once.
fn plan(fields: &[(String, String)]) -> Result<Plan, Problem> {
    let mut plan = Plan::default();
    let misread = |name: &str| Problem::bad_request(format!("what stands under “{name}” cannot be read"));
    for (name, value) in fields {
        let value = value.trim();
        match name.as_str() {
            _ if value.is_empty() => {}
            "to" if !is_day(value) => plan.to = Some(value.parse().map_err(|_| misread("Begin at"))?),
            "max" => plan.max = Some(value.parse().map_err(|_| misread("At most so many"))?),
            "rate" => plan.rate = Some(value.parse().map_err(|_| misread("At most so many a second"))?),
            "force" => plan.force = value == "yes",
            "reason" => value.clone_into(&mut plan.reason),
            name => plan.choice.restrict(name, value).map_err(|misread| Problem::bad_request(misread.to_string()))?,
        }
    }
    Ok(plan)
}

/// `to` of the choice is a day.
fn is_day(value: &str) -> bool {
    value.parse::<chrono::NaiveDate>().is_ok()
}

fn report(replayed: &Replayed, plan: &Plan) -> Report {
    let bar = |row: &operations::Row| Bar {
        stage: row.stage,
        code: Code::foreign(row.code.clone()),
        outcome: outcome(row, plan),
        is_replayed: row.skipped.is_none(),
        count: row.letters,
    };
    let answers = &replayed.answers;
    Report {
        bars: replayed.histogram.rows().map(bar).collect(),
        left: if replayed.next.is_some() { replayed.left } else { 0 },
        late: (answers.stale + answers.refused) as u64,
        unanswered: answers.unanswered as u64,
    }
}

/// What becomes of them, in words.
fn outcome(row: &operations::Row, plan: &Plan) -> String {
    let from = plan.to.unwrap_or(row.stage);
    match row.skipped.as_deref() {
        None => format!("runs again, from “{}” on", words::doing(from)),
        Some("poison") => "skipped: it was never readable".to_owned(),
        Some("rejected") => "skipped: it was refused before it was an invoice".to_owned(),
        Some("loop_guard") => "skipped: it has failed alike again and again (see Options)".to_owned(),
        Some("left") => "left: more than were asked for".to_owned(),
        Some("closed") => "skipped: somebody has decided about it".to_owned(),
        Some("input_unknown") => "skipped: what the step was given is not known any more".to_owned(),
        Some("not_passed" | "nothing_made") => "skipped: it has not come so far".to_owned(),
        Some("not_approvable") => "skipped: it is not put right by going on".to_owned(),
        Some(other) => format!("skipped: {other}"),
    }
}
