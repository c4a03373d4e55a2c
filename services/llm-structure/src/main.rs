//! The `llm-structure` service.

use llm_structure::LlmStructure;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main(|settings| {
        settings.llm.require()?;
        Ok(LlmStructure::new(&settings.llm)?)
    })
}
