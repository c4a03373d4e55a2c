//! `local`: the whole product on one machine, for `make up`, `make demo` and the tests.

mod command;
mod demo;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use local::os::signal::Shutdown;

/// Runs the whole product on this machine: broker, sandbox and services.
#[derive(Debug, Parser)]
#[command(name = "local", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything and print where it listens, until SIGINT or SIGTERM.
    Up {
        /// Leave it running in the background; `local down` ends it.
        #[arg(long)]
        keep_running: bool,
    },
    /// End what `local up` started.
    Down,
    /// Start everything, send the sample invoices through, compare the books, and end.
    Demo,
    /// Start a broker only; prints `kafka 127.0.0.1:PORT` and runs until SIGINT or SIGTERM.
    Broker(command::broker::Arguments),
    /// Fetch Kafka's jars from Maven Central, if they are not there yet.
    Prepare,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let shutdown = Shutdown::listen()?;
    match arguments.command {
        Command::Up { keep_running: false } => command::up::in_foreground(&shutdown)?,
        Command::Up { keep_running: true } => command::up::in_background(&shutdown)?,
        Command::Down => command::down::run()?,
        Command::Demo => return command::demo::run(&shutdown),
        Command::Broker(arguments) => return command::broker::run(&arguments, &shutdown),
        Command::Prepare => command::prepare::run()?,
    }
    Ok(ExitCode::SUCCESS)
}
