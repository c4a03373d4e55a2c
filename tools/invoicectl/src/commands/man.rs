//! `invoicectl man`.

use crate::cli::Cli;
use crate::exit::Exit;
use anyhow::Context as _;
use clap::{Args, CommandFactory};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Takes the pages, such as /usr/local/share/man/man1; it is made if it is not there.
    folder: PathBuf,
}

impl Man {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let unwritable = || format!("cannot write to {}", self.folder.display());
        std::fs::create_dir_all(&self.folder).with_context(unwritable)?;
        clap_mangen::generate_to(Cli::command(), &self.folder).with_context(unwritable)?;
        Ok(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let man = folder.path().join("man1");
        assert_eq!(Man { folder: man.clone() }.run().unwrap(), Exit::Done);
        let page = |name: &str| std::fs::read_to_string(man.join(name)).unwrap();
        let mut left = vec![(Cli::command(), "invoicectl".to_owned())];
        while let Some((command, name)) = left.pop() {
            assert!(page(&format!("{name}.1")).contains("SYNOPSIS"), "{name}");
            let own = command.get_subcommands().filter(|command| command.get_name() != "help");
            left.extend(own.map(|command| (command.clone(), format!("{name}-{}", command.get_name()))));
        }
        assert!(page("invoicectl-dlq-replay.1").contains("\\-\\-dry\\-run"));
    }
}
