//! The stages, and their switches.

use super::frame::{Content, cause, noted, now_ms};
use super::{Pages, Shown, may};
use crate::auth::{Form, Identity, Role, Visitor};
use crate::pages::chart::{Bar, Chart};
use crate::pages::layout::{Section, Viewer};
use crate::pages::stages::{self, Board, Replica, Standing};
use crate::pages::{money, words};
use crate::problem::Problem;
use crate::stages::StageReport;
use crate::view::{Day, Totals};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use chrono::{DateTime, Days, NaiveDate};
use contract::Stage;
use contract::stages::Breaker;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;

/// What the charts show.
const DAYS: u64 = 30;
const DAY_MS: i64 = 86_400_000;

pub(super) async fn show(State(pages): State<Pages>, Visitor(by): Visitor, RawQuery(query): RawQuery) -> Response {
    let shown = pages.board(&by).await;
    pages.answer(&by, query.as_deref(), shown).await
}

/// Why somebody pauses a stage, or lets it go on.
#[derive(Debug, Deserialize)]
pub(super) struct Why {
    #[serde(default)]
    reason: String,
}

pub(super) async fn pause(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(stage): Path<String>,
    form: Result<Form<Why>, Problem>,
) -> Response {
    pages.switch(&by, &stage, form, true).await
}

pub(super) async fn resume(
    State(pages): State<Pages>,
    Visitor(by): Visitor,
    Path(stage): Path<String>,
    form: Result<Form<Why>, Problem>,
) -> Response {
    pages.switch(&by, &stage, form, false).await
}

impl Pages {
    async fn switch(&self, by: &Identity, stage: &str, form: Result<Form<Why>, Problem>, paused: bool) -> Response {
        let switched = async {
            let Form { by, fields } = form?;
            may(&by, Role::Operate)?;
            let stage: Stage = stage.parse().map_err(|_| Problem::not_found("there is no such stage"))?;
            let reason = Some(fields.reason.trim()).filter(|reason| !reason.is_empty());
            self.desk.pause(stage, paused, &by.name, reason).await.map_err(Problem::from)
        };
        match switched.await {
            Ok(_) => noted("/stages", if paused { "paused" } else { "resumed" }),
            Err(problem) => self.answer(by, None, Err(problem)).await,
        }
    }

    async fn board(&self, by: &Identity) -> Shown {
        let now_ms = now_ms();
        let since_ms = now_ms - DAY_MS * (DAYS.cast_signed() - 1);
        let totals = self.desk.view().totals(since_ms).await.map_err(crate::desk::Error::from)?;
        let board = Board {
            stages: self.desk.stages().iter().map(standing).collect(),
            charts: charts(&totals, now_ms),
            now_ms,
        };
        Ok(Content::new("Stages", Section::Stages, stages::page(&board, &Viewer::from(by))))
    }
}

fn standing(report: &StageReport) -> Standing {
    let heard = || report.replicas.iter().filter(|replica| !replica.silent).map(|replica| &replica.heartbeat);
    let (waits, since_ms) = cause(report).map_or((None, None), |(cause, since_ms)| (Some(cause), since_ms));
    let limit = heard().filter_map(|heartbeat| heartbeat.rate_per_minute).map(|rate| u64::from(rate.limit)).max();
    let used = heard().filter_map(|heartbeat| heartbeat.rate_per_minute).map(|rate| u64::from(rate.used)).sum();
    Standing {
        stage: report.stage,
        waits,
        since_ms,
        is_probing: heard().any(|heartbeat| heartbeat.breaker == Breaker::Probing),
        // Unknown as long as one replica does not know its part.
        lag: heard().map(|heartbeat| heartbeat.lag).sum(),
        in_flight: heard().map(|heartbeat| heartbeat.in_flight).sum(),
        waiting: heard().map(|heartbeat| heartbeat.waiting).sum(),
        quota: limit.map(|limit| (used, limit)),
        replicas: report.replicas.iter().map(replica).collect(),
    }
}

fn replica(replica: &crate::stages::Replica) -> Replica {
    let heartbeat = &replica.heartbeat;
    Replica {
        instance: heartbeat.instance.clone(),
        version: heartbeat.version.clone(),
        at_ms: heartbeat.at_ms,
        partitions: heartbeat.partitions.len(),
        in_flight: heartbeat.in_flight,
        open: heartbeat.open,
        held_bytes: heartbeat.held_bytes,
        is_silent: replica.silent,
    }
}

fn charts(totals: &Totals, now_ms: i64) -> Vec<Chart> {
    let days = days(totals, now_ms);
    let sum = |count: fn(&Day) -> u64| days.iter().map(|(_, day)| count(day)).sum::<u64>();
    let (posted, held) = (sum(|day| day.posted), sum(|day| day.dead_lettered));
    let paid: Decimal = days.iter().map(|(_, day)| spent(day)).sum();
    let throughput = days
        .iter()
        .map(|(label, day)| Bar { label: label.clone(), parts: vec![part(day.posted), part(day.dead_lettered)] });
    let spend = days.iter().map(|(label, day)| Bar {
        label: label.clone(),
        parts: vec![(spent(day).to_f64().unwrap_or_default(), money::dollars(spent(day)))],
    });
    vec![
        Chart {
            id: "throughput",
            title: "Ended per day",
            axis: "Day (UTC)",
            names: vec!["posted", "failed or held"],
            summary: format!(
                "{} and {} in {DAYS} days",
                words::counted(posted, "bill posted", "bills posted"),
                words::counted(held, "failure or hold", "failures or holds")
            ),
            bars: throughput.collect(),
        },
        Chart {
            id: "spend",
            title: "Spend on the language model",
            axis: "Day (UTC)",
            names: vec!["spend"],
            summary: format!("{} in {DAYS} days", money::dollars(paid)),
            bars: spend.collect(),
        },
    ]
}

/// All days up to today, those on which nothing happened included.
fn days(totals: &Totals, now_ms: i64) -> Vec<(String, Day)> {
    let today = DateTime::from_timestamp_millis(now_ms).map(|now| now.date_naive()).unwrap_or_default();
    let day = |date: NaiveDate| {
        let known = totals.days.iter().find(|day| day.day == date.to_string());
        (date.format("%-d %b").to_string(), known.cloned().unwrap_or_default())
    };
    (0..DAYS).rev().filter_map(|before| today.checked_sub_days(Days::new(before))).map(day).collect()
}

fn spent(day: &Day) -> Decimal {
    day.spent.iter().map(|spend| spend.usd).sum()
}

#[allow(clippy::cast_precision_loss, reason = "no bar is so high that a pixel shows it")]
fn part(count: u64) -> (f64, String) {
    (count as f64, money::count(count))
}
