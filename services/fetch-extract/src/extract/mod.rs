//! Reads the text of a PDF in child processes.
//!
//! A hostile or broken PDF can overflow the stack, eat all memory or never end, and none of that can be caught inside
//! a process. So each PDF is parsed in a child: this same executable, started with [`CHILD`], with limits on memory
//! and processor time, an empty environment, and no way to open a file or a socket. A PDF costs at most one child.
//!
//! Architecture invariant: `pdf` is called in a child only. Another engine, or a tighter sandbox, is a change of
//! `pdf` or `confine` alone.

pub mod child;
mod confine;
mod error;
mod limits;
mod pdf;
mod pool;
mod text;
mod wire;
mod worker;

pub use error::Error;
pub use limits::Limits;
pub use pool::{Launch, Pool};
pub use wire::Reading;

use std::error::Error as StdError;
use std::path::Path;
use std::process::ExitCode;

/// The first argument that makes the executable a reader of PDFs.
pub const CHILD: &str = "extract-child";

/// Prints the text of a file, read by a child with the default limits.
#[must_use]
pub fn by_hand(file: &Path) -> ExitCode {
    match read_file(file) {
        Ok(reading) => {
            println!("{}", reading.text);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}

fn read_file(file: &Path) -> Result<Reading, Box<dyn StdError>> {
    let pdf = std::fs::read(file)?;
    let pool = Pool::new(&Limits::default(), std::env::current_exe()?, 1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(pool.read(&pdf))?)
}
