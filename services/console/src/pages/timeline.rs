//! What has happened to an invoice: the three steps at a glance, then every attempt, wait, failure and decision in its order.

use super::invoices::Row;
use super::{fix, money, time, words};
use contract::history::EventKind;
use contract::{HistoryEvent, Stage, State};
use maud::{Markup, html};

/// How far a run came with a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Passed,
    /// It is there now.
    Here,
    /// It ended there without passing.
    Stopped,
    Ahead,
    /// A later run began behind it.
    Before,
}

/// One run of an invoice with its events, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run<'a> {
    pub number: u32,
    pub events: Vec<&'a HistoryEvent>,
}

/// The runs of a history, oldest first. A decision belongs to the run that it is about.
#[must_use]
pub fn runs(history: &[HistoryEvent]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for event in history {
        match runs.last_mut() {
            Some(run) if run.number >= event.run => run.events.push(event),
            _ => runs.push(Run { number: event.run, events: vec![event] }),
        }
    }
    runs
}

/// How far the latest run came with a stage.
#[must_use]
pub fn progress(row: &Row, events: &[&HistoryEvent], stage: Stage) -> Progress {
    let passed =
        events.iter().any(|event| event.stage == stage && event.kind == EventKind::Forwarded && event.run == row.run);
    if passed || (row.state == State::Posted && stage <= row.stage) {
        Progress::Passed
    } else if stage > row.stage {
        Progress::Ahead
    } else if stage < row.stage {
        Progress::Before
    } else if row.state.is_terminal() {
        Progress::Stopped
    } else {
        Progress::Here
    }
}

/// The three steps of the latest run, beside each other.
#[must_use]
pub fn steps(row: &Row, history: &[HistoryEvent], now_ms: i64) -> Markup {
    let events: Vec<&HistoryEvent> = history.iter().collect();
    html! {
        ol #steps.steps data-live="invoice" data-invoice=(row.id) {
            @for stage in Stage::ALL {
                @let progress = progress(row, &events, stage);
                li class=(class(progress)) {
                    span.icon aria-hidden="true" { (icon(progress)) }
                    strong { (words::doing(stage)) }
                    span.sub { (stage) }
                    span.said { (said(progress, row, &events, stage, now_ms)) }
                }
            }
        }
    }
}

const fn class(progress: Progress) -> &'static str {
    match progress {
        Progress::Passed => "passed",
        Progress::Here => "here",
        Progress::Stopped => "stopped",
        Progress::Ahead => "ahead",
        Progress::Before => "before",
    }
}

const fn icon(progress: Progress) -> &'static str {
    match progress {
        Progress::Passed => "✓",
        Progress::Here => "●",
        Progress::Stopped => "!",
        Progress::Ahead => "○",
        Progress::Before => "–",
    }
}

fn said(progress: Progress, row: &Row, events: &[&HistoryEvent], stage: Stage, now_ms: i64) -> Markup {
    let took = events
        .iter()
        .rev()
        .find(|event| event.stage == stage && event.kind == EventKind::Forwarded)
        .and_then(|event| event.took_ms);
    match progress {
        Progress::Passed => html! {
            "done"
            @if let Some(ms) = took { " in " (time::lasting(ms)) }
        },
        Progress::Here => super::invoices::why(row, now_ms),
        Progress::Stopped => html! {
            (words::named(row.state))
            @if let Some(code) = &row.code { ": " (fix::link(code)) }
        },
        Progress::Ahead => html! {
            "to come"
        },
        Progress::Before => html! {
            "in an earlier run"
        },
    }
}

/// Everything, the latest run first; earlier runs are folded up.
#[must_use]
pub fn all(history: &[HistoryEvent]) -> Markup {
    let runs = runs(history);
    let latest = runs.last().map(|run| run.number);
    html! {
        div #timeline data-live="invoice" {
            @if runs.is_empty() {
                p.sub { "Nothing has been settled yet." }
            }
            @for run in runs.iter().rev() {
                details.run open[Some(run.number) == latest] {
                    summary {
                        "Run "
                        (run.number)
                        " "
                        span.sub { (words::counted(run.events.len() as u64, "event", "events")) }
                    }
                    ol.events {
                        @for (index, event) in run.events.iter().enumerate() {
                            (entry(event, before(&run.events, index)))
                        }
                    }
                }
            }
        }
    }
}

/// The attempt before, of which this one was the next.
fn before<'a>(events: &[&'a HistoryEvent], index: usize) -> Option<&'a HistoryEvent> {
    let event = events[index];
    events[..index]
        .iter()
        .rev()
        .find(|earlier| earlier.stage == event.stage && earlier.kind == EventKind::Retried)
        .copied()
}

fn entry(event: &HistoryEvent, before: Option<&HistoryEvent>) -> Markup {
    let (class, icon) = look(event.kind);
    html! {
        li class=(class) {
            span.icon aria-hidden="true" { (icon) }
            div {
                p.what {
                    (what(event))
                    " "
                    span.when { (time::at(event.at_ms)) }
                }
                @if let Some(waited) = before.and_then(|before| waited_ms(before, event)) {
                    p.sub { "after a wait of " (time::lasting(waited)) }
                }
                @if let Some(code) = &event.code {
                    p { (fix::link(code)) " " (fix::title(code.as_str())) }
                }
                @if let Some(message) = &event.message {
                    p.message { (message) }
                }
                @if let Some(actor) = &event.actor {
                    p {
                        strong { (actor) }
                        @if let Some(reason) = &event.reason { ": “" (reason) "”" } @else { ", without a reason" }
                    }
                }
                p.sub {
                    @if let Some(ms) = event.took_ms { "took " (time::lasting(ms)) " · " }
                    @if let Some(usd) = event.cost_usd { "paid " (money::dollars(usd)) " · " }
                    "record "
                    a.code href={ "#record-" (event.record) } data-record { (event.record) }
                }
            }
        }
    }
}

/// How long an invoice waited between two attempts.
fn waited_ms(before: &HistoryEvent, event: &HistoryEvent) -> Option<u64> {
    let began = event.at_ms - i64::try_from(event.took_ms?).ok()?;
    u64::try_from(began - before.at_ms).ok().filter(|waited| *waited > 0)
}

fn what(event: &HistoryEvent) -> Markup {
    let doing = words::doing(event.stage);
    html! {
        @match event.kind {
            EventKind::Forwarded => {
                strong { (doing) }
                ": done"
                (nth(event))
            }
            EventKind::Retried => {
                strong { (doing) }
                ": attempt "
                (event.attempt)
                " failed; another follows"
            }
            EventKind::DeadLettered => {
                strong { (doing) }
                ": stopped"
                (nth(event))
            }
            EventKind::Duplicate => { "Submitted again; it was taken already, so nothing was done" }
            EventKind::CommandAccepted => {
                strong { "A person decided" }
            }
            EventKind::StaleCommand => { "A decision came too late; nothing was done" }
            EventKind::Erased => {
                strong { "Personal data was erased" }
            }
            EventKind::StagePaused => {
                strong { (doing) }
                ": paused"
            }
            EventKind::StageResumed => {
                strong { (doing) }
                ": resumed"
            }
        }
    }
}

fn nth(event: &HistoryEvent) -> Markup {
    html! {
        @if event.attempt > 1 { " at attempt " (event.attempt) }
    }
}

const fn look(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Forwarded => ("passed", "✓"),
        EventKind::Retried => ("retried", "↻"),
        EventKind::DeadLettered => ("stopped", "!"),
        EventKind::Duplicate | EventKind::StaleCommand => ("plain", "·"),
        EventKind::CommandAccepted | EventKind::Erased | EventKind::StagePaused | EventKind::StageResumed => {
            ("decided", "➜")
        }
    }
}

/// What the language model was paid, if it was.
#[must_use]
pub fn cost(row: &Row) -> Markup {
    html! {
        @if let Some(usd) = row.cost_usd {
            (money::dollars(usd))
            @if let Some(model) = &row.model {
                " to "
                span.code { (model) }
            }
        } @else { "nothing so far" }
    }
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
