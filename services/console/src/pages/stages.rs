//! The stages: whether each works, what waits before it, what holds it, and the switch that pauses it; spend and throughput.

use super::banner::Cause;
use super::chart::{self, Chart};
use super::layout::Viewer;
use super::{fix, money, time, words};
use crate::auth::Role;
use contract::Stage;
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    pub stages: Vec<Standing>,
    pub charts: Vec<Chart>,
    pub now_ms: i64,
}

/// How a stage stands, its replicas together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub stage: Stage,
    /// Why it waits, if it does.
    pub waits: Option<Cause>,
    pub since_ms: Option<i64>,
    /// An attempt is on its way to find out whether what was away is back.
    pub is_probing: bool,
    /// Records that no replica was handed yet; `None` while it is not known.
    pub lag: Option<u64>,
    pub in_flight: u64,
    /// Waiting for the time of their next attempt.
    pub waiting: u64,
    /// Calls of the last minute and the limit of all replicas together.
    pub quota: Option<(u64, u64)>,
    pub replicas: Vec<Replica>,
}

/// One replica of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    pub instance: String,
    pub version: String,
    pub at_ms: i64,
    pub partitions: usize,
    pub in_flight: u64,
    pub open: u64,
    pub held_bytes: u64,
    /// Not heard of for a while.
    pub is_silent: bool,
}

/// The whole page.
#[must_use]
pub fn page(board: &Board, viewer: &Viewer) -> Markup {
    html! {
        div.heading {
            h1 { "Stages" }
        }
        div.boards {
            @for standing in &board.stages { (one(standing, board.now_ms, viewer)) }
        }
        div.charts {
            @for chart in &board.charts { (chart::figure(chart)) }
        }
    }
}

fn one(standing: &Standing, now_ms: i64, viewer: &Viewer) -> Markup {
    let id = format!("stage-{}", standing.stage);
    html! {
        section.card.board aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } {
                (words::doing(standing.stage))
                " "
                span.sub { (standing.stage) }
            }
            div id={ (id) } data-live="stages" { (health(standing, now_ms)) (figures(standing)) (replicas(standing)) }
            @if viewer.may(Role::Operate) { (switch(standing, viewer)) }
        }
    }
}

fn health(standing: &Standing, now_ms: i64) -> Markup {
    let code = |code: &Option<contract::Code>| {
        html! {
            @if let Some(code) = code { " " (fix::link(code)) }
        }
    };
    let since = html! {
        @if let Some(since) = standing.since_ms { " since " (time::clock(since)) }
    };
    html! {
        @match &standing.waits {
            None => p.health.good {
                span.icon aria-hidden="true" { "✓" }
                " Working"
            },
            Some(Cause::Away { code: known }) => p.health.bad {
                span.icon aria-hidden="true" { "!" }
                " Waits: "
                (words::depends_on(standing.stage))
                " is away"
                (since)
                (code(known))
                @if standing.is_probing { "; asking now whether it is back" }
            },
            Some(Cause::Parked { code: known, until_ms }) => p.health.bad {
                span.icon aria-hidden="true" { "‖" }
                " Rests"
                (since)
                "; goes on "
                (time::until(*until_ms, now_ms))
                (code(known))
            },
            Some(Cause::Paused { actor, reason }) => p.health.bad {
                span.icon aria-hidden="true" { "‖" }
                " Paused by "
                (actor)
                (since)
                @if let Some(reason) = reason { ": “" (reason) "”" }
            },
            Some(Cause::Silent) => p.health.bad {
                span.icon aria-hidden="true" { "✕" }
                " No replica has been heard of"
                (since)
            },
        }
    }
}

fn figures(standing: &Standing) -> Markup {
    html! {
        dl.figures {
            div {
                dt { "Not begun" }
                dd {
                    @if let Some(lag) = standing.lag { (money::count(lag)) } @else { "–" }
                }
            }
            div {
                dt { "In flight" }
                dd { (money::count(standing.in_flight)) }
            }
            div {
                dt { "Waiting to retry" }
                dd { (money::count(standing.waiting)) }
            }
            @if let Some((used, limit)) = standing.quota {
                div {
                    dt { "Calls a minute" }
                    dd {
                        (money::count(used))
                        " of "
                        (money::count(limit))
                        " "
                        meter min="0" max=(limit) value=(used) aria-label="Calls of the last minute" {
                            (used)
                            " of "
                            (limit)
                        }
                    }
                }
            }
        }
    }
}

fn replicas(standing: &Standing) -> Markup {
    html! {
        details {
            summary { (words::counted(standing.replicas.len() as u64, "replica", "replicas")) }
            ul.replicas {
                @for replica in &standing.replicas {
                    li {
                        span.code { (replica.instance) }
                        " "
                        span.sub { (replica.version) }
                        @if replica.is_silent {
                            " "
                            span.tag.bad { "not heard of" }
                        }
                        span.sub {
                            ({
                                words::counted(
                                    replica.partitions as u64,
                                    "partition",
                                    "partitions",
                                )
                            })
                            ", "
                            (replica.in_flight)
                            " in flight, "
                            (replica.open)
                            " open, "
                            (mebibytes(replica.held_bytes))
                            " MiB held, heard of at "
                            (time::clock(replica.at_ms))
                        }
                    }
                }
            }
        }
    }
}

fn mebibytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1024 * 1024);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn switch(standing: &Standing, viewer: &Viewer) -> Markup {
    let stage = standing.stage;
    let is_paused = matches!(standing.waits, Some(Cause::Paused { .. }));
    let (to, label, why, sub) = if is_paused {
        ("resume", "Resume", "Why it goes on", "Every replica goes on at once.")
    } else {
        ("pause", "Pause", "Why it is paused", "What is under way is finished; nothing new begins. Nothing is lost.")
    };
    html! {
        details.switch open[is_paused] {
            summary { (label) " this stage" }
            form method="post" action={ "/stages/" (stage) "/" (to) } data-confirm={ (label) " " (stage) "?" } {
                (viewer.token())
                (super::ending::reason(stage.as_str(), why))
                button { (label) " " (stage) }
                p.sub { (sub) }
            }
        }
    }
}
