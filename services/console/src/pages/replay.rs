//! Replaying many at once: first what would happen, by step and code and outcome; then the same, done, with what is left.

use super::layout::Viewer;
use super::review::Choice;
use super::{fix, money, words};
use contract::{Code, Stage};
use maud::{Markup, html};
use std::num::NonZeroU32;

/// How it is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    pub choice: Choice,
    /// Where the runs begin; where each failed if `None`.
    pub to: Option<Stage>,
    pub max: Option<NonZeroU32>,
    /// How many begin in a second.
    pub rate: Option<NonZeroU32>,
    /// Also those that have failed alike again and again.
    pub force: bool,
    pub reason: String,
}

/// So many would meet, or have met, the same end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub stage: Stage,
    pub code: Code,
    /// What happens, in words.
    pub outcome: String,
    pub is_replayed: bool,
    pub count: u64,
}

/// What a dry run says, or what a run has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    pub bars: Vec<Bar>,
    /// How many that match are still to be asked for.
    pub left: u64,
    /// Commands that came too late: somebody else had decided.
    pub late: u64,
    /// Commands that admission has not answered yet.
    pub unanswered: u64,
}

impl Report {
    /// How many are replayed.
    #[must_use]
    pub fn replayed(&self) -> u64 {
        self.bars.iter().filter(|bar| bar.is_replayed).map(|bar| bar.count).sum()
    }

    /// How many are not.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.bars.iter().filter(|bar| !bar.is_replayed).map(|bar| bar.count).sum()
    }
}

/// What would happen, and the form that makes it happen.
#[must_use]
pub fn forecast(plan: &Plan, report: &Report, viewer: &Viewer) -> Markup {
    html! {
        (crumbs())
        h1 { "Replay: what will happen" }
        p.lead role="status" {
            strong {
                ({
                    words::counted(
                        report.replayed(),
                        "item is replayed",
                        "items are replayed",
                    )
                })
            }
            @if report.skipped() > 0 { ", " (words::counted(report.skipped(), "is skipped", "are skipped")) }
            ". Nothing has been done yet."
        }
        (table(report))
        (form(plan, report, viewer))
    }
}

/// What was done.
#[must_use]
pub fn done(plan: &Plan, report: &Report, viewer: &Viewer) -> Markup {
    html! {
        (crumbs())
        h1 { "Replay: what was done" }
        p.lead role="status" {
            strong {
                ({
                    words::counted(
                        report.replayed(),
                        "item was replayed",
                        "items were replayed",
                    )
                })
            }
            @if report.skipped() > 0 { ", " (words::counted(report.skipped(), "was skipped", "were skipped")) }
            "."
        }
        (table(report))
        @if report.late > 0 {
            p { (words::counted(report.late, "had", "had")) " been decided by somebody else meanwhile." }
        }
        @if report.unanswered > 0 {
            p {
                (words::counted(report.unanswered, "is", "are"))
                " asked for and not answered yet: that happens as soon as fetch-extract runs."
            }
        }
        @if report.left > 0 {
            form.card method="post" action="/review/replay/run" {
                (viewer.token())
                (kept(plan))
                p {
                    strong { (words::counted(report.left, "item is left", "items are left")) }
                    ". A request replays so many at a time; what was replayed is not replayed again."
                }
                button.primary { "Go on with the rest" }
            }
        }
        p.actions {
            a.button href="/review" { "Back to Review" }
            a.button href="/invoices?state=running&state=retrying" { "See them run" }
        }
    }
}

fn crumbs() -> Markup {
    html! {
        nav.crumbs aria-label="Where you are" {
            a href="/review" { "Review" }
            " / "
            span aria-current="page" { "Replay" }
        }
    }
}

fn table(report: &Report) -> Markup {
    let most = report.bars.iter().map(|bar| bar.count).max().unwrap_or(1).max(1);
    html! {
        div.table-wrap {
            table.list.cards role="table" {
                caption.unseen { "By step, code and what happens" }
                thead role="rowgroup" {
                    tr role="row" {
                        th scope="col" role="columnheader" { "Step" }
                        th scope="col" role="columnheader" { "Failed with" }
                        th scope="col" role="columnheader" { "What happens" }
                        th.num scope="col" role="columnheader" { "Items" }
                        th scope="col" role="columnheader" {
                            span.unseen { "Share" }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for bar in &report.bars { (tr(bar, most)) }
                }
            }
        }
    }
}

fn tr(bar: &Bar, most: u64) -> Markup {
    let (class, icon) = if bar.is_replayed { ("passes", "✓") } else { ("odd", "–") };
    html! {
        tr role="row" {
            td role="cell" data-label="Step" { (words::doing(bar.stage)) }
            td role="cell" data-label="Failed with" { (fix::link(&bar.code)) }
            td role="cell" data-label="What happens" {
                span class=(class) {
                    span.icon aria-hidden="true" { (icon) }
                    " "
                    (bar.outcome)
                }
            }
            td.num role="cell" data-label="Items" { (money::count(bar.count)) }
            td.share role="cell" {
                svg.bar viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
                    rect class=(class) x="0" y="0" width=((bar.count * 100).div_ceil(most)) height="8" rx="1" {}
                }
            }
        }
    }
}

fn form(plan: &Plan, report: &Report, viewer: &Viewer) -> Markup {
    html! {
        form
            #replay
            .card
            method="post"
            action="/review/replay/run"
            data-confirm={ "Replay " (words::counted(report.replayed(), "item", "items")) "?" }
        {
            h2 { "Replay them" }
            (viewer.token())
            (plan.choice.hidden())
            (super::ending::reason("replay", "Why (stands in the history of each)"))
            details
                open[
                    plan.to.is_some() || plan.max.is_some() || plan.rate.is_some()
                        || plan.force
                ]
            {
                summary { "Options" }
                div.grid { (options(plan)) }
            }
            div.actions {
                button.primary disabled[report.replayed() == 0] {
                    "Replay "
                    (words::counted(report.replayed(), "item", "items"))
                }
                button formaction="/review/replay" formnovalidate data-no-confirm { "Show again what will happen" }
                a.button.quiet href="/review" { "Back" }
            }
        }
    }
}

fn options(plan: &Plan) -> Markup {
    html! {
        p.field {
            label for="p-to" { "Begin at" }
            select #p-to name="to" {
                option value="" { "the step that failed" }
                @for stage in Stage::ALL {
                    option value=(stage) selected[plan.to == Some(stage)] { (words::doing(stage)) " (" (stage) ")" }
                }
            }
        }
        p.field {
            label for="p-rate" { "At most so many a second" }
            input #p-rate type="number" name="rate" min="1" max="1000" value=[plan.rate];
        }
        p.field {
            label for="p-max" { "At most so many" }
            input #p-max type="number" name="max" min="1" value=[plan.max];
        }
        p.field {
            label.check {
                input type="checkbox" name="force" value="yes" checked[plan.force];
                " Also those that have failed alike again and again"
            }
        }
    }
}

fn kept(plan: &Plan) -> Markup {
    html! {
        (plan.choice.hidden())
        @if !plan.choice.after.is_empty() {
            input type="hidden" name="after" value=(plan.choice.after);
        }
        input type="hidden" name="reason" value=(plan.reason);
        @if let Some(to) = plan.to {
            input type="hidden" name="to" value=(to);
        }
        @if let Some(rate) = plan.rate {
            input type="hidden" name="rate" value=(rate);
        }
        @if let Some(max) = plan.max {
            input type="hidden" name="max" value=(max);
        }
        @if plan.force {
            input type="hidden" name="force" value="yes";
        }
    }
}
