//! One file per command.

pub(crate) mod acls;
pub(crate) mod cancel;
pub(crate) mod close_lost;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod dlq;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod history;
pub(crate) mod man;
pub(crate) mod offsets;
pub(crate) mod rebuild_status;
pub(crate) mod reconcile;
pub(crate) mod repartition;
pub(crate) mod stage;
pub(crate) mod status;
pub(crate) mod submit;
pub(crate) mod tail;
pub(crate) mod topics;
pub(crate) mod watch;
pub(crate) mod zoho;

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::exit::Exit;

pub(crate) async fn run(cli: Cli) -> anyhow::Result<Exit> {
    let context = || Context::load(cli.brokers);
    match cli.command {
        Command::Submit(command) => command.run(&context()?).await,
        Command::Status(command) => command.run(&context()?).await,
        Command::History(command) => command.run(&context()?).await,
        Command::Erase(command) => command.run(&context()?).await,
        Command::Stage(command) => command.run(&context()?).await,
        Command::Export(command) => command.run(&context()?).await,
        Command::Tail(command) => command.run(&context()?).await,
        Command::Watch(command) => command.run(&context()?).await,
        Command::Topics(command) => command.run(&context()?).await,
        Command::Offsets(command) => command.run(&context()?).await,
        Command::Dlq(command) => command.run(&context()?).await,
        Command::Cancel(command) => command.run(&context()?).await,
        Command::Acls(command) => command.run(&context()?),
        Command::Config(command) => command.run(),
        Command::Reconcile(command) => command.run(&context()?).await,
        Command::Zoho(command) => command.run().await,
        Command::Completions(command) => Ok(command.run()),
        Command::Man(command) => command.run(),
    }
}
