//! `invoicectl export`: for spreadsheets and programs. It reads topics and holds no more than one record of them at a time, and for
//! each invoice where its latest state stands.

mod dead_letters;
mod history;
mod invoices;
mod table;

use crate::context::Context;
use crate::exit::Exit;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use table::{Form, Row, Table};

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// The latest state of each invoice, with its bill and what the model cost.
    Invoices(invoices::Invoices),
    /// What happened, and who asked for it, when and why.
    History(history::History),
    /// What waits for somebody.
    DeadLetters(dead_letters::DeadLetters),
}

#[derive(Debug, Args)]
struct To {
    /// A table, or one JSON object per line. In a table, text that a spreadsheet would take for a formula begins with an
    /// apostrophe; times are UTC.
    #[arg(long, value_enum, default_value_t = Form::Csv)]
    format: Form,
    /// In place of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Invoices(command) => command.run(context).await,
            Self::History(command) => command.run(context).await,
            Self::DeadLetters(command) => command.run(context).await,
        }
    }
}
