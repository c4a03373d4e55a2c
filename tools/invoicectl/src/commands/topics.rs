//! `invoicectl topics`.

use super::close_lost::CloseLost;
use super::rebuild_status::RebuildStatus;
use super::repartition::Repartition;
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{Format, line};
use clap::Subcommand;
use stream::topics::{Severity, apply, check};

#[derive(Debug, Subcommand)]
pub(crate) enum Topics {
    /// Makes the topics as the settings say. Applying twice changes nothing.
    ///
    /// Refuses to change a partition count, to guess where a group begins that has lost its offsets, and to make an
    /// empty status topic beside a history that knows of invoices.
    Apply {
        /// One JSON object per change.
        #[arg(long)]
        json: bool,
    },
    /// Gives the topics more partitions and moves each invoice's status to where it is looked for from then on.
    Repartition(Repartition),
    /// Makes the status of each invoice from the history, after the status topic was lost.
    RebuildStatus(RebuildStatus),
    /// Closes invoices that are on their way and whose record is gone with a deleted topic.
    CloseLost(CloseLost),
    /// Compares the cluster with the settings and changes nothing; exit code 1 when something is wrong.
    Check {
        /// One JSON object per finding.
        #[arg(long)]
        json: bool,
    },
}

impl Topics {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Apply { json } => apply_all(context, Format::new(json)).await,
            Self::Repartition(command) => command.run(context).await,
            Self::RebuildStatus(command) => command.run(context).await,
            Self::CloseLost(command) => command.run(context).await,
            Self::Check { json } => check_all(context, Format::new(json)).await,
        }
    }
}

async fn apply_all(context: &Context, format: Format) -> anyhow::Result<Exit> {
    let changes = apply(&context.kafka, &context.topics, &context.layout).await?;
    for change in &changes {
        format.write(change, ToString::to_string)?;
    }
    if changes.is_empty() && format == Format::Text {
        line("nothing to change")?;
    }
    Ok(Exit::Done)
}

async fn check_all(context: &Context, format: Format) -> anyhow::Result<Exit> {
    let findings = check(&context.kafka, &context.topics, &context.layout).await?;
    for finding in &findings {
        format.write(finding, ToString::to_string)?;
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if format == Format::Text {
        line(&format!("{errors} errors, {} warnings", findings.len() - errors))?;
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Failed })
}
