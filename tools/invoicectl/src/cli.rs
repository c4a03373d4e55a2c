//! The command line's words.

use crate::commands::{
    acls, cancel, completions, config, dlq, erase, export, history, man, offsets, reconcile, stage, status, submit,
    tail, topics, watch, zoho,
};
use crate::exit;
use clap::{Parser, Subcommand};

/// Submits invoices, shows where they are, and puts dead letters right.
#[derive(Debug, Parser)]
#[command(name = "invoicectl", version, after_help = exit::HELP, propagate_version = true)]
pub(crate) struct Cli {
    /// Kafka's brokers (`host:port`, comma-separated) in place of those in the settings.
    #[arg(long, global = true, value_name = "HOST:PORT,…")]
    pub(crate) brokers: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Asks for invoices by the URLs of their PDFs.
    Submit(submit::Submit),
    /// Shows where an invoice is and how it came there: every attempt, wait and cause.
    Status(status::Status),
    History(history::History),
    /// Writes invoices, events or dead letters as a table (CSV) or as JSON.
    #[command(subcommand)]
    Export(export::Export),
    Cancel(cancel::Cancel),
    Erase(erase::Erase),
    /// Shows, pauses and resumes the stages.
    #[command(subcommand)]
    Stage(stage::Stage),
    /// Shows all invoices as a live table: how many are in which state, and the latest changes. `q` ends it.
    ///
    /// Where there is no terminal, it writes lines as `tail` does.
    Watch(watch::Watch),
    /// Follows invoices, one line per change, until interrupted.
    Tail(tail::Tail),
    /// Makes and checks the pipeline's topics.
    #[command(subcommand)]
    Topics(topics::Topics),
    /// Shows and sets where the consumer groups stand.
    #[command(subcommand)]
    Offsets(offsets::Offsets),
    /// Prints the access rules that a cluster with access control needs.
    Acls(acls::Acls),
    /// Lists, shows, replays, approves and discards dead letters.
    #[command(subcommand)]
    Dlq(dlq::Dlq),
    /// Checks the settings.
    #[command(subcommand)]
    Config(config::Config),
    /// Holds what was posted against what Zoho Books has; exit code 5 when something differs.
    Reconcile(reconcile::Reconcile),
    /// Looks at Zoho Books.
    #[command(subcommand)]
    Zoho(zoho::Zoho),
    /// Writes a shell's completions.
    Completions(completions::Completions),
    /// Writes the manual, a page per command, into a folder.
    Man(man::Man),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_replay_is_of_what_is_selected_or_of_all() {
        for words in [
            &["--all"][..],
            &["--class", "transient", "--older-than", "3d", "--rate", "5", "--max", "100"],
            &["--vendor", "Acme", "--newer-than", "1h", "--dry-run", "--to", "fetch-extract"],
            &["--id", "A-1", "--input", "f"],
        ] {
            Cli::try_parse_from(["invoicectl", "dlq", "replay"].iter().chain(words)).unwrap();
        }
    }

    #[test]
    fn wrong_usage_is_refused() {
        for words in [
            &["submit"][..],
            &["submit", "https://a", "--timeout", "1"],
            &["status", "not an id"],
            &["dlq", "replay"],
            &["dlq", "replay", "--all", "--id", "x"],
            &["dlq", "replay", "--all", "--vendor", "Acme"],
            &["dlq", "replay", "--stage", "fetch-extract", "--input", "f"],
            &["dlq", "replay", "--all", "--rate", "0"],
            &["dlq", "replay", "--class", "sometimes"],
            &["dlq", "discard", "x"],
            &["cancel", "x"],
            &["erase", "x"],
            &["stage", "pause", "post-to-zoho"],
            &["stage", "pause", "nowhere", "--reason", "x"],
            &["history", "--kind", "nonsense"],
            &["reconcile"],
            &["reconcile", "--since", "lately"],
            &["reconcile", "--since", "2026-13-01"],
            &["topics", "repartition"],
            &["topics", "repartition", "--partitions", "0"],
            &["offsets", "set", "--to", "somewhere"],
        ] {
            let words = ["invoicectl"].iter().chain(words);
            assert_eq!(
                Cli::try_parse_from(words.clone()).unwrap_err().exit_code(),
                2,
                "{:?}",
                words.collect::<Vec<_>>()
            );
        }
    }
}
