//! The `post-to-zoho` service: structured invoices in, bills out, in the ledger that the settings choose.

use post_to_zoho::{Memory, PostToZoho};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    runtime::main(|settings, registry| {
        let memory = Arc::new(Memory::unread());
        runtime::follow_states(settings, memory.clone());
        let stage = PostToZoho::chosen(settings, memory)?;
        instruments::register(registry, stage.metrics())?;
        Ok(stage)
    })
}
