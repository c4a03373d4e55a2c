//! `invoicectl stage`.

use crate::context::{Context, actor};
use crate::exit::Exit;
use crate::output::{Format, line, moment, plain, span};
use chrono::Utc;
use clap::Subcommand;
use contract::Stage as Which;
use contract::stages::{Control, Heartbeat};
use operations::Stages;

/// Of an older one its replica is taken to be gone, in milliseconds.
const FRESH_MS: i64 = 10_000;

#[derive(Debug, Subcommand)]
pub(crate) enum Stage {
    /// Shows the replicas of each stage, as they say they are, and what is paused.
    List {
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Lets a stage start nothing more; what is under way is finished. It stays so over restarts, until it is resumed.
    Pause {
        stage: Which,
        /// Why, for the history.
        #[arg(long)]
        reason: String,
    },
    /// Lets a paused stage go on.
    Resume {
        stage: Which,
        /// Why, for the history.
        #[arg(long)]
        reason: String,
    },
}

impl Stage {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List { json } => list(context, Format::new(json)).await,
            Self::Pause { stage, reason } => control(context, stage, true, &reason).await,
            Self::Resume { stage, reason } => control(context, stage, false, &reason).await,
        }
    }
}

async fn control(context: &Context, stage: Which, paused: bool, reason: &str) -> anyhow::Result<Exit> {
    let publisher = context.publisher().await?;
    operations::control(&publisher, stage, paused, &actor(), reason, Utc::now().timestamp_millis()).await?;
    let what = if paused { "is paused: it starts nothing until it is resumed" } else { "goes on" };
    line(&format!("stage: {stage} {what}"))?;
    Ok(Exit::Done)
}

async fn list(context: &Context, format: Format) -> anyhow::Result<Exit> {
    let (stages, now_ms) = (Stages::read(&context.kafka, &context.topics).await?, Utc::now().timestamp_millis());
    if format == Format::Json {
        line(&serde_json::to_string(&stages)?)?;
        return Ok(Exit::Done);
    }
    for stage in Which::ALL {
        let paused = stages.controls.get(&stage).filter(|control| control.paused);
        line(&plain(&format!("{stage}  {}", paused.map_or_else(|| "open".to_owned(), paused_by))))?;
        for beat in stages.heartbeats.iter().filter(|beat| beat.stage == stage) {
            line(&plain(&replica(beat, now_ms)))?;
        }
    }
    Ok(Exit::Done)
}

fn paused_by(control: &Control) -> String {
    let why = control.reason.as_ref().map(|reason| format!(" because: {reason}")).unwrap_or_default();
    format!("paused by {} at {}{why}", control.actor, moment(control.at_ms))
}

fn replica(beat: &Heartbeat, now_ms: i64) -> String {
    let silent_ms = now_ms.saturating_sub(beat.at_ms);
    let mut parts = vec![format!("  {}", beat.instance), beat.version.clone()];
    if silent_ms > FRESH_MS {
        let silent = span(u64::try_from(silent_ms).unwrap_or(0));
        parts.push(format!("silent for {silent}"));
        return parts.join("  ");
    }
    let Heartbeat { in_flight, open, waiting, .. } = beat;
    parts.push(format!("{} partitions", beat.partitions.len()));
    parts.push(format!("{in_flight} in flight, {open} open, {waiting} waiting"));
    parts.extend(beat.lag.map(|lag| format!("lag {lag}")));
    parts.push(format!("breaker {}", crate::output::word(&beat.breaker)));
    let because = beat.parked_because.as_ref().map(|code| format!(" for {code}")).unwrap_or_default();
    parts.extend(beat.parked_until_ms.map(|until| format!("parked until {}{because}", moment(until))));
    parts.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_that_is_silent_is_not_shown_as_if_it_worked() {
        let beat = r#"{"stage":"llm-structure","instance":"a","version":"1","at_ms":1000,"partitions":[0,3],"in_flight":4,
            "open":9,"waiting":2,"lag":7,"breaker":"open","parked_until_ms":60000,"parked_because":"llm.spend_limit"}"#;
        let beat: Heartbeat = serde_json::from_str(beat).unwrap();
        assert_eq!(
            replica(&beat, 3000),
            "  a  1  2 partitions  4 in flight, 9 open, 2 waiting  lag 7  breaker open  parked until 1970-01-01T00:01:00Z \
             for llm.spend_limit"
        );
        assert_eq!(replica(&beat, 62_000), "  a  1  silent for 1 min 1 s");
    }
}
