//! Invoices, events and dead letters as tables for spreadsheets, or as lines of JSON for programs. Whoever exports, the same
//! rows have the same columns. Nothing that a stranger wrote is run by the spreadsheet that shows it.

mod rows;

pub use rows::Invoice;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use std::io::{self, Write};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// RFC 4180 with a header, in UTF-8; lines end as on Unix.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// A row: as JSON what serde makes of it.
pub trait Row: Serialize {
    const COLUMNS: &'static [&'static str];

    /// As many as there are columns.
    fn cells(&self) -> Vec<String>;
}

/// Rows on their way out.
#[derive(Debug)]
pub enum Table<W: Write> {
    Csv(Box<csv::Writer<W>>),
    JsonLines(W),
}

impl<W: Write> Table<W> {
    /// A table from its beginning.
    ///
    /// # Errors
    /// When `out` takes nothing.
    pub fn begin<R: Row>(out: W, form: Form) -> io::Result<Self> {
        let mut table = Self::go_on(out, form);
        if let Self::Csv(writer) = &mut table {
            writer.write_record(R::COLUMNS).map_err(io_error)?;
        }
        Ok(table)
    }

    /// More rows of a table whose beginning was written elsewhere.
    pub fn go_on(out: W, form: Form) -> Self {
        match form {
            Form::Csv => Self::Csv(Box::new(csv::Writer::from_writer(out))),
            Form::JsonLines => Self::JsonLines(out),
        }
    }

    /// # Errors
    /// When `out` takes nothing more.
    pub fn write<R: Row>(&mut self, row: &R) -> io::Result<()> {
        match self {
            Self::Csv(writer) => writer.write_record(row.cells().iter().map(|cell| inert(cell))).map_err(io_error),
            Self::JsonLines(out) => {
                serde_json::to_writer(&mut *out, row).map_err(io::Error::from)?;
                out.write_all(b"\n")
            }
        }
    }

    /// Writes what is still held back, and gives back where to.
    ///
    /// # Errors
    /// When `out` takes nothing more.
    pub fn close(self) -> io::Result<W> {
        match self {
            Self::Csv(writer) => writer.into_inner().map_err(csv::IntoInnerError::into_error),
            Self::JsonLines(mut out) => out.flush().map(|()| out),
        }
    }
}

/// A reader that has gone is known by the kind of its error.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Text of strangers must not be run by the spreadsheet that shows it. Numbers stay numbers.
fn inert(cell: &str) -> String {
    let is_number = cell.parse::<rust_decimal::Decimal>().is_ok();
    let begins =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if begins && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

/// A moment in UTC.
fn moment(ms: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(ms)
        .map_or_else(|| ms.to_string(), |at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
