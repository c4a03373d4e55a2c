//! The `llm-structure` service. `structure FILE.txt` reads one text with the configured model and prints what became
//! of it; `healthcheck` asks the running service how it is.

use documents::Documents;
use llm_structure::{Company, LlmStructure, by_hand};
use runtime::{Settings, healthcheck};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["structure", file] => by_hand::structure(file, build),
        [healthcheck::COMMAND, options @ ..] => healthcheck::main(options),
        [] => runtime::main(|settings, registry| {
            let stage = build(settings)?;
            stage.register(registry)?;
            Ok(stage)
        }),
        _ => by_hand::usage(),
    }
}

fn build(settings: &Settings) -> anyhow::Result<LlmStructure> {
    settings.llm.require()?;
    let documents = Documents::open(&settings.documents.location, &settings.documents.options)?;
    Ok(LlmStructure::new(&settings.llm, Company::from(settings), documents)?)
}
