//! `local broker`: a Kafka to try things on, or to run one command against.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use local::os::signal::{self, Shutdown, Signal};
use local::os::spawn::spawn;
use local::{Broker, BrokerSettings, layout};

const POLL: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The port to listen on [default: a free one]
    #[arg(long)]
    port: Option<u16>,
    /// Where it keeps its data, which outlive it [default: a folder under target/, removed at the end]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Run this with the broker in KAFKA_BROKERS, and end with it.
    #[arg(last = true)]
    command: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, shutdown: &Shutdown) -> Result<ExitCode> {
    if let Some(dir) = &arguments.dir {
        return serve(arguments, dir, shutdown);
    }
    let scratch = layout::target().join(format!("kafka/scratch-{}", std::process::id()));
    let ended = serve(arguments, &scratch, shutdown);
    let removed = fs::remove_dir_all(&scratch);
    let code = ended?;
    removed.with_context(|| format!("cannot remove {}", scratch.display()))?;
    Ok(code)
}

fn serve(arguments: &Arguments, dir: &Path, shutdown: &Shutdown) -> Result<ExitCode> {
    let mut broker = Broker::start(&BrokerSettings { port: arguments.port, ..BrokerSettings::new(dir) })?;
    println!("kafka {}", broker.bootstrap());
    let code = match arguments.command.split_first() {
        Some((program, args)) => attend(program, args, &broker, shutdown)?,
        None => {
            shutdown.wait_forever();
            ExitCode::SUCCESS
        }
    };
    broker.stop()?;
    Ok(code)
}

/// Runs the command to its end; a signal to us is passed on to it.
fn attend(program: &str, args: &[String], broker: &Broker, shutdown: &Shutdown) -> Result<ExitCode> {
    let mut command = Command::new(program);
    command.args(args).env("KAFKA_BROKERS", broker.bootstrap());
    let mut child = spawn(command).with_context(|| format!("cannot start {program}"))?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        if shutdown.wait(POLL) {
            signal::send(child.id(), Signal::Terminate)?;
        }
    }
}
