//! Reads the text of a PDF, and draws its pages, in child processes.
//!
//! A hostile or broken PDF can overflow the stack, eat all memory or never end, and none of that can be caught inside
//! a process. So each PDF is parsed in a child: this same executable, started with [`CHILD`], with limits on memory
//! and processor time, an empty environment, and no way to open a file or a socket. A PDF costs at most one child.
//!
//! Architecture invariant: `source` and `picture` are called in a child only. Another engine, or a tighter sandbox, is a change of
//! `source` or `confine` alone.

pub mod child;
mod confine;
mod error;
mod limits;
mod picture;
mod pool;
mod source;
mod text;
mod wire;
mod worker;

pub use confine::Confinement;
pub use error::Error;
pub use limits::Limits;
pub use picture::WIDTHS;
pub use pool::{Launch, Pool};
pub use wire::{Counts, Line, Reading};

use runtime::settings::Extractor;
use std::error::Error as StdError;
use std::path::Path;
use std::process::ExitCode;

/// The first argument that makes the executable a reader of PDFs.
pub const CHILD: &str = "extract-child";

/// Reads a PDF of our own in this process: for tests, and to measure what a child costs beside it. `None` if it cannot be
/// read.
#[doc(hidden)]
#[must_use]
pub fn in_this_process(pdf: Vec<u8>, limits: &Limits) -> Option<Reading> {
    child::read(source::of(limits.extractor), pdf, limits).ok()
}

/// Prints what a child with the default limits reads from a file: the text, or all of it as JSON.
#[must_use]
pub fn by_hand(file: &Path, as_json: bool, extractor: Extractor) -> ExitCode {
    let shown = |reading: Reading| {
        if as_json { Ok(serde_json::to_string(&reading)? + "\n") } else { Ok(reading.text()) }
    };
    match read_file(file, extractor).and_then(shown) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}

fn read_file(file: &Path, extractor: Extractor) -> Result<Reading, Box<dyn StdError>> {
    let pdf = std::fs::read(file)?;
    let limits = Limits { extractor, ..Limits::default() };
    let pool = Pool::new(&limits, std::env::current_exe()?, 1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let read = runtime.block_on(pool.read(&pdf));
    read.map_err(|error| format!("{}: {error}", error.meaning().0).into())
}
