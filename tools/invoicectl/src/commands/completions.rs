//! `invoicectl completions`.

use crate::cli::Cli;
use crate::exit::Exit;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Exit {
        clap_complete::generate(self.shell, &mut Cli::command(), "invoicectl", &mut io::stdout());
        Exit::Done
    }
}
