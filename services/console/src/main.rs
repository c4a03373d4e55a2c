//! The `console` service. `extract-child` is what it starts itself, to draw pages of PDFs; `healthcheck` asks the running
//! console how it is.

use fetch_extract::extract;
use runtime::healthcheck;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [extract::CHILD, limits @ ..] => extract::child::serve(limits),
        [healthcheck::COMMAND, options @ ..] => healthcheck::main(options),
        [] => console::main(),
        _ => {
            eprintln!("usage: console | console healthcheck [--ready]");
            ExitCode::from(64)
        }
    }
}
