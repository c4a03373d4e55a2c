//! Rows as CSV (RFC 4180) or as lines of JSON.

use super::To;
use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, Write};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Csv,
    Json,
}

/// A row: as JSON what serde makes of it.
pub(super) trait Row: Serialize {
    const COLUMNS: &'static [&'static str];

    /// As many as there are columns.
    fn cells(&self) -> Vec<String>;
}

/// Rows on their way out.
pub(super) enum Table {
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Json(Box<dyn Write>),
}

impl Table {
    pub(super) fn open<R: Row>(to: &To) -> anyhow::Result<Self> {
        let out: Box<dyn Write> = match &to.output {
            Some(file) => Box::new(File::create(file).with_context(|| format!("cannot write {}", file.display()))?),
            None => Box::new(io::stdout()),
        };
        Self::on::<R>(Box::new(BufWriter::new(out)), to.format)
    }

    fn on<R: Row>(out: Box<dyn Write>, form: Form) -> anyhow::Result<Self> {
        if form == Form::Json {
            return Ok(Self::Json(out));
        }
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(R::COLUMNS).map_err(io_error)?;
        Ok(Self::Csv(Box::new(writer)))
    }

    pub(super) fn write<R: Row>(&mut self, row: &R) -> anyhow::Result<()> {
        match self {
            Self::Csv(writer) => {
                Ok(writer.write_record(row.cells().iter().map(|cell| inert(cell))).map_err(io_error)?)
            }
            Self::Json(out) => {
                serde_json::to_writer(&mut *out, row).map_err(io::Error::from)?;
                Ok(out.write_all(b"\n")?)
            }
        }
    }

    pub(super) fn close(mut self) -> anyhow::Result<()> {
        match &mut self {
            Self::Csv(writer) => Ok(writer.flush()?),
            Self::Json(out) => Ok(out.flush()?),
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What these rows are written as.
    pub(in super::super) fn written<R: Row>(rows: &[R], form: Form) -> String {
        let out = Shared::default();
        let mut table = Table::on::<R>(Box::new(out.clone()), form).unwrap();
        rows.iter().for_each(|row| table.write(row).unwrap());
        table.close().unwrap();
        String::from_utf8(out.0.lock().unwrap().clone()).unwrap()
    }

    #[derive(Serialize)]
    struct Named {
        name: &'static str,
        total: &'static str,
    }

    impl Row for Named {
        const COLUMNS: &'static [&'static str] = &["name", "total"];

        fn cells(&self) -> Vec<String> {
            vec![self.name.to_owned(), self.total.to_owned()]
        }
    }

    #[test]
    fn no_cell_is_a_formula_and_numbers_stay_numbers() {
        let formulas = ["=HYPERLINK(\"http://x\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\u{ff1d}1"];
        for name in formulas {
            assert_eq!(inert(name), format!("'{name}"));
        }
        for cell in ["-118.00", "+5", "Acme = Co", "", "a-b"] {
            assert_eq!(inert(cell), cell);
        }
    }

    #[test]
    fn rows_are_a_table_with_a_header_or_lines_of_json() {
        let rows = [Named { name: "A, \"B\"\nC", total: "-1.50" }, Named { name: "=1", total: "2" }];
        assert_eq!(written(&rows, Form::Csv), "name,total\n\"A, \"\"B\"\"\nC\",-1.50\n'=1,2\n");
        let json = written(&rows, Form::Json);
        assert_eq!(json.lines().count(), 2);
        assert!(json.ends_with("{\"name\":\"=1\",\"total\":\"2\"}\n"), "{json}");
        assert_eq!(written::<Named>(&[], Form::Csv), "name,total\n", "nothing is a table, too");
    }
}
