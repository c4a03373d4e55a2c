//! The `fetch-extract` service. `extract-child` is what it starts itself; `extract FILE.pdf` prints a file's text; `healthcheck` asks
//! the running service how it is.

use documents::Documents;
use fetch_extract::{FetchExtract, extract};
use runtime::healthcheck;
use runtime::settings::Extractor;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [extract::CHILD, limits @ ..] => extract::child::serve(limits),
        [healthcheck::COMMAND, options @ ..] => healthcheck::main(options),
        ["extract", options @ .., file] => by_hand(options, file),
        [] => runtime::main(|settings, registry| {
            let stage = FetchExtract::new(&settings.fetch, open(&settings.documents)?)?;
            instruments::register(registry, stage.metrics())?;
            Ok(stage)
        }),
        _ => usage(),
    }
}

fn open(settings: &runtime::settings::Documents) -> Result<Documents, documents::SetupError> {
    Documents::open(&settings.location, &settings.options)
}

fn by_hand(options: &[&str], file: &str) -> ExitCode {
    let (mut as_json, mut extractor) = (false, Some(Extractor::default()));
    for option in options {
        match option.strip_prefix("--extractor=") {
            Some(name) => extractor = Extractor::parse(name),
            None if *option == "--json" => as_json = true,
            None => return usage(),
        }
    }
    extractor.map_or_else(usage, |extractor| extract::by_hand(file.as_ref(), as_json, extractor))
}

fn usage() -> ExitCode {
    eprintln!("usage: fetch-extract | fetch-extract healthcheck [--ready]");
    eprintln!("       fetch-extract extract [--json] [--extractor=hayro|pdf-extract] FILE.pdf");
    ExitCode::from(64)
}
