//! `invoicectl config`.

use crate::exit::Exit;
use crate::output::line;
use clap::Subcommand;
use runtime::Settings;

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Prints the settings in effect, secrets as ***, or every mistake in them (exit code 64).
    Check,
}

impl Config {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Check => line(&serde_json::to_string_pretty(&Settings::load()?.redacted())?)?,
        }
        Ok(Exit::Done)
    }
}
