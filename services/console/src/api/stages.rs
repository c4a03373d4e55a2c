//! Totals, and the stages themselves.

use super::extract::{Json, OfStage, Params};
use crate::auth::Identity;
use crate::desk::{Desk, Error};
use crate::problem::Problem;
use crate::stages::StageReport;
use crate::view::Totals;
use axum::extract::State;
use contract::stages::Control;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Thirty days.
const SINCE_MS: i64 = 30 * 24 * 3600 * 1000;

/// From which day on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Since {
    /// The first day is that of this moment, in milliseconds since 1970; thirty days ago if left out.
    since_ms: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Counts {
    #[serde(flatten)]
    totals: Totals,
    /// False while the console reads the topics after a start: then there is more than is counted here.
    caught_up: bool,
}

/// All stages, in their order.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Reports {
    stages: Vec<StageReport>,
}

/// Why a stage is paused or goes on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Reason {
    /// For the history.
    reason: Option<String>,
}

pub(super) async fn totals(
    State(desk): State<Desk>,
    Params(since): Params<Since>,
) -> Result<axum::Json<Counts>, Problem> {
    let since_ms = since.since_ms.unwrap_or_else(|| chrono::Utc::now().timestamp_millis() - SINCE_MS);
    let totals = desk.view().totals(since_ms).await.map_err(Error::from)?;
    Ok(axum::Json(Counts { totals, caught_up: desk.view().caught_up() }))
}

pub(super) async fn all(State(desk): State<Desk>) -> axum::Json<Reports> {
    axum::Json(Reports { stages: desk.stages() })
}

pub(super) async fn pause(
    State(desk): State<Desk>,
    by: Identity,
    OfStage(stage): OfStage,
    Json(Reason { reason }): Json<Reason>,
) -> Result<axum::Json<Control>, Problem> {
    Ok(axum::Json(desk.pause(stage, true, &by.name, reason.as_deref()).await?))
}

pub(super) async fn resume(
    State(desk): State<Desk>,
    by: Identity,
    OfStage(stage): OfStage,
    Json(Reason { reason }): Json<Reason>,
) -> Result<axum::Json<Control>, Problem> {
    Ok(axum::Json(desk.pause(stage, false, &by.name, reason.as_deref()).await?))
}
