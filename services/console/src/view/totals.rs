//! What there is in all, and what each day brought.

use super::Error;
use super::counts::{self, Kind};
use super::events::{DEAD_LETTERED, DUPLICATE, POSTED};
use super::letters::{self, Group};
use contract::{Stage, State};
use operations::Selection;
use rusqlite::Connection;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Decimal places of the counts of money.
const PICO: u32 = 12;

/// Counts of everything, kept as records come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Totals {
    /// Those that there are.
    pub by_state: Vec<StateCount>,
    /// Invoices on their way, in the order of the stages; all three.
    pub by_stage: Vec<StageCount>,
    /// Open dead letters, the most frequent reason first.
    pub by_code: Vec<Group>,
    /// Oldest first; a day on which nothing happened is left out.
    pub days: Vec<Day>,
    /// Records of the topics that could not be read and were passed over.
    pub skipped: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StateCount {
    pub state: State,
    pub count: u64,
}

/// Invoices that are at a stage and have not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StageCount {
    pub stage: Stage,
    pub running: u64,
    pub retrying: u64,
    pub parked: u64,
}

/// What happened on one day, by the clock of the replica that settled it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Day {
    /// `YYYY-MM-DD`, UTC.
    pub day: String,
    pub posted: u64,
    pub dead_lettered: u64,
    pub duplicates: u64,
    /// What was paid for language models.
    pub spent: Vec<Spend>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spend {
    /// That gave the answer; empty while an invoice has none.
    pub model: String,
    /// US dollars, as text.
    pub usd: Decimal,
}

pub(super) fn read(connection: &Connection, since_ms: i64) -> Result<Totals, Error> {
    let skipped = counts::read(connection, Kind::Skipped, "")?;
    let (by_state, by_stage) = states(connection)?;
    Ok(Totals {
        by_state,
        by_stage,
        by_code: letters::groups(connection, &Selection::default())?,
        days: days(connection, &day_of(since_ms))?,
        skipped: skipped.iter().map(|count| number(count.n)).sum(),
    })
}

fn states(connection: &Connection) -> Result<(Vec<StateCount>, Vec<StageCount>), Error> {
    let mut by_state: Vec<StateCount> = Vec::new();
    let mut by_stage = Stage::ALL.map(|stage| StageCount { stage, running: 0, retrying: 0, parked: 0 });
    for count in counts::read(connection, Kind::State, "")? {
        let state: State = serde_json::from_value(count.a.into()).map_err(|_| Error::Foreign)?;
        let stage: Stage = count.b.parse().map_err(|_| Error::Foreign)?;
        match by_state.iter_mut().find(|known| known.state == state) {
            Some(known) => known.count += number(count.n),
            None => by_state.push(StateCount { state, count: number(count.n) }),
        }
        let Some(at) = by_stage.iter_mut().find(|at| at.stage == stage) else { continue };
        match state {
            State::Running => at.running += number(count.n),
            State::Retrying => at.retrying += number(count.n),
            State::Parked => at.parked += number(count.n),
            _ => {}
        }
    }
    Ok((by_state, by_stage.into()))
}

fn days(connection: &Connection, from: &str) -> Result<Vec<Day>, Error> {
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    let empty = |day: &String| Day { day: day.clone(), ..Day::default() };
    for count in counts::read(connection, Kind::Day, from)? {
        let day = days.entry(count.a).or_insert_with_key(empty);
        match count.b.as_str() {
            POSTED => day.posted = number(count.n),
            DEAD_LETTERED => day.dead_lettered = number(count.n),
            DUPLICATE => day.duplicates = number(count.n),
            _ => {}
        }
    }
    for count in counts::read(connection, Kind::Spent, from)? {
        let usd = Decimal::new(count.n, PICO).normalize();
        days.entry(count.a).or_insert_with_key(empty).spent.push(Spend { model: count.b, usd });
    }
    Ok(days.into_values().collect())
}

/// The day of a moment, UTC.
pub(super) fn day_of(at_ms: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    at.format("%Y-%m-%d").to_string()
}

/// Money as a whole number, so that sums are exact; what is smaller than its last place is rounded.
pub(super) fn picodollars(usd: Decimal) -> i64 {
    let mut scaled = usd;
    scaled.rescale(PICO);
    i64::try_from(scaled.mantissa()).unwrap_or(i64::MAX)
}

fn number(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
