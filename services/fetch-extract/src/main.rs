//! The `fetch-extract` service. `extract-child` is what it starts itself; `extract FILE.pdf` prints a file's text.

use fetch_extract::{FetchExtract, extract};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [extract::CHILD, limits @ ..] => extract::child::serve(limits),
        ["extract", file] => extract::by_hand(file.as_ref()),
        [] => runtime::main(|settings| Ok(FetchExtract::new(&settings.fetch)?)),
        _ => {
            eprintln!("usage: fetch-extract | fetch-extract extract FILE.pdf");
            ExitCode::from(64)
        }
    }
}
