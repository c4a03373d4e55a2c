//! The `post-to-zoho` service: structured invoices in, bills out, in the ledger that the settings choose.
//! `healthcheck` asks the running service how it is.

use post_to_zoho::{Memory, PostToZoho};
use runtime::healthcheck;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [healthcheck::COMMAND, options @ ..] => healthcheck::main(options),
        [] => serve(),
        _ => {
            eprintln!("usage: post-to-zoho | post-to-zoho healthcheck [--ready]");
            ExitCode::from(64)
        }
    }
}

fn serve() -> ExitCode {
    runtime::main(|settings, registry| {
        let memory = Arc::new(Memory::unread());
        runtime::follow_states(settings, memory.clone());
        let stage = PostToZoho::chosen(settings, memory)?;
        instruments::register(registry, stage.metrics())?;
        Ok(stage)
    })
}
