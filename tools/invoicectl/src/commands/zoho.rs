//! `invoicectl zoho`.

use crate::exit::Exit;
use crate::output::{Format, line};
use clap::Subcommand;
use post_to_zoho::check::{self, Finding, Verdict};
use runtime::Settings;

#[derive(Debug, Subcommand)]
pub(crate) enum Zoho {
    /// Says what Zoho Books lacks for the pipeline, a line per item; exit code 1 when no bill could be made.
    ///
    /// It only reads: about seven calls, and one of the ten access tokens that Zoho gives in ten minutes.
    Check {
        /// One JSON object per item.
        #[arg(long)]
        json: bool,
    },
}

impl Zoho {
    pub(crate) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Check { json } => report(&check::run(&Settings::load()?.zoho).await?, Format::new(json)),
        }
    }
}

fn report(findings: &[Finding], format: Format) -> anyhow::Result<Exit> {
    for finding in findings {
        format.write(finding, ToString::to_string)?;
    }
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let warnings = findings.iter().filter(|finding| finding.verdict == Verdict::Warning).count();
    if format == Format::Text {
        line(&format!("{errors} errors, {warnings} warnings"))?;
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Failed })
}
