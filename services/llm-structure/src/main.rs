//! The `llm-structure` service.

use documents::Documents;
use llm_structure::LlmStructure;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main(|settings| {
        settings.llm.require()?;
        let documents = Documents::open(&settings.documents.location, &settings.documents.options)?;
        Ok(LlmStructure::new(&settings.llm, documents)?)
    })
}
