//! A stage that does nothing: llm-structure without a language model, to try the engine alone.

use engine::{Handler, StageError, StageOutput, Work};
use serde_json::value::RawValue;
use std::process::ExitCode;

struct PassThrough;

#[derive(Debug, serde::Serialize)]
#[serde(transparent)]
struct Same(Box<RawValue>);

impl StageOutput for Same {}

impl Handler for PassThrough {
    const STAGE: contract::Stage = contract::Stage::LlmStructure;
    type Input = Box<RawValue>;
    type Output = Same;

    async fn handle(&self, work: Work<Box<RawValue>>) -> Result<Same, StageError> {
        Ok(Same(work.input))
    }
}

fn main() -> ExitCode {
    runtime::main(|_, _| Ok(PassThrough))
}
