//! `invoicectl`, as a script would use it: JSON lines out, exit codes heeded.

use std::process::{Command, Output};

use anyhow::{Context, Result, bail};
use local::Stack;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What `invoicectl status` exits with for an id that it does not know.
const UNKNOWN: i32 = 3;

pub(crate) struct Ctl<'a>(pub(crate) &'a Stack);

#[derive(Debug, Deserialize)]
pub(crate) struct Submitted {
    pub(crate) invoice_id: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Status {
    pub(crate) state: String,
    pub(crate) stage: String,
    pub(crate) error_code: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DeadLetter {
    pub(crate) invoice_id: String,
    pub(crate) stage: String,
    pub(crate) code: String,
    pub(crate) class: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) invoice_id: String,
}

impl Ctl<'_> {
    /// The invoice ids, in the order of the URLs.
    pub(crate) fn submit<'u>(&self, urls: impl Iterator<Item = &'u str>) -> Result<Vec<String>> {
        let args: Vec<&str> = ["submit", "--json"].into_iter().chain(urls).collect();
        let submitted: Vec<Submitted> = self.lines(&args)?;
        if submitted.len() + 2 != args.len() {
            bail!("invoicectl submitted {} of {} invoices", submitted.len(), args.len() - 2);
        }
        Ok(submitted.into_iter().map(|one| one.invoice_id).collect())
    }

    /// `None` as long as nothing has happened to the invoice.
    pub(crate) fn status(&self, id: &str) -> Result<Option<Status>> {
        let args = ["status", id, "--brief", "--json"];
        let done = self.command(&args)?.output()?;
        if done.status.code() == Some(UNKNOWN) {
            return Ok(None);
        }
        Ok(parse(&args, &done)?.into_iter().next())
    }

    pub(crate) fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        self.lines(&["dlq", "list", "--json"])
    }

    pub(crate) fn duplicates(&self) -> Result<Vec<Event>> {
        self.lines(&["history", "--json", "--kind", "duplicate"])
    }

    fn lines<T: DeserializeOwned>(&self, args: &[&str]) -> Result<Vec<T>> {
        parse(args, &self.command(args)?.output()?)
    }

    fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = self.0.invoicectl()?;
        command.args(args);
        Ok(command)
    }
}

fn parse<T: DeserializeOwned>(args: &[&str], done: &Output) -> Result<Vec<T>> {
    let what = || format!("invoicectl {}", args.first().unwrap_or(&""));
    if !done.status.success() {
        bail!("{} ended with {}: {}", what(), done.status, String::from_utf8_lossy(&done.stderr));
    }
    let text = String::from_utf8_lossy(&done.stdout);
    text.lines().map(|line| serde_json::from_str(line).with_context(|| format!("{}: {line}", what()))).collect()
}
