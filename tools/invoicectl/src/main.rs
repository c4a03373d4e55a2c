//! `invoicectl`: submits invoices, shows where they are, and puts dead letters right.
//!
//! It decides nothing: what changes an invoice goes through Kafka and admission as a command. Of Zoho Books it only
//! reads.

mod cli;
mod commands;
mod context;
mod day;
mod duration;
mod events;
mod exit;
mod output;
mod rebuild;
mod scan;
mod view;

use clap::Parser;
use cli::Cli;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli).await {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error).into(),
    }
}
