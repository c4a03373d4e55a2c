//! `invoicectl offsets`.

use crate::context::Context;
use crate::exit::Exit;
use crate::output::{Format, line, word};
use chrono::Utc;
use clap::{Subcommand, ValueEnum};
use stream::topics::{Begin, Found, NewPosition, Position, Standing, find, positions, set};

#[derive(Debug, Subcommand)]
pub(crate) enum Offsets {
    /// Shows where each consumer group stands; exit code 1 when a service could not go on from there.
    Show {
        /// One JSON object per group and partition.
        #[arg(long)]
        json: bool,
    },
    /// Sets offsets that were lost, or set by somebody else, to the oldest record that is not settled.
    ///
    /// The history names each settled record. What is settled further on is marked, so it is not repeated. Offsets
    /// that are in order are left alone. The services must be stopped.
    Set {
        /// Of this group only.
        #[arg(long)]
        group: Option<String>,
        /// Shows what would be set, and sets nothing.
        #[arg(long)]
        dry_run: bool,
        /// Begins at an end of the topic whatever the history says: `oldest` repeats what is settled, `newest` loses
        /// what is open.
        #[arg(long, value_enum)]
        to: Option<End>,
        /// One JSON object per group and partition.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum End {
    Oldest,
    Newest,
}

impl Offsets {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Show { json } => show(context, Format::new(json)).await,
            Self::Set { group, dry_run, to, json } => {
                let found = find(&context.kafka, &context.topics, group.as_deref(), begin(context, to)).await?;
                if !dry_run {
                    set(&context.kafka, &context.topics, &found).await?;
                }
                report(&found, dry_run, Format::new(json))
            }
        }
    }
}

async fn show(context: &Context, format: Format) -> anyhow::Result<Exit> {
    let positions = positions(&context.kafka, &context.topics).await?;
    for position in &positions {
        format.write(position, text)?;
    }
    let good = positions.iter().all(|position| position.state == Standing::Good);
    Ok(if good { Exit::Done } else { Exit::Failed })
}

fn begin(context: &Context, to: Option<End>) -> Begin {
    match to {
        None => Begin::Settled { history: context.layout.history_retention, now_ms: Utc::now().timestamp_millis() },
        Some(End::Oldest) => Begin::Oldest,
        Some(End::Newest) => Begin::Newest,
    }
}

fn report(found: &[Found], dry_run: bool, format: Format) -> anyhow::Result<Exit> {
    for one in found {
        format.write(&one.new, |new| new_text(new, dry_run))?;
    }
    if format == Format::Text {
        let open: u64 = found.iter().map(|one| one.new.open).sum();
        let verb = if dry_run { "would set" } else { "set" };
        line(&format!("{verb} {} offsets; {open} records are open", found.len()))?;
    }
    Ok(Exit::Done)
}

fn text(position: &Position) -> String {
    let Position { group, partition, state, committed, low, high, .. } = position;
    let at = committed.map_or_else(|| "none".to_owned(), |offset| offset.to_string());
    format!("{group}  partition {partition}  {}  at {at} of {low} to {high}", word(state))
}

fn new_text(new: &NewPosition, dry_run: bool) -> String {
    let NewPosition { group, partition, was, position, open, repeated, presumed_settled, .. } = new;
    let verb = if dry_run { "would be set" } else { "set" };
    let mut parts = vec![format!("{group}  partition {partition}  {verb} to {position} (was {})", word(was))];
    parts.push(format!("{open} open"));
    if *repeated > 0 {
        parts.push(format!("{repeated} of them settled and repeated"));
    }
    if *presumed_settled > 0 {
        parts.push(format!("{presumed_settled} older than the history and taken for settled"));
    }
    parts.join("  ")
}
