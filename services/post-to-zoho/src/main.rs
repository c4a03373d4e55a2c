//! The `post-to-zoho` service: structured invoices in, bills in Zoho Books out.

use documents::Documents;
use post_to_zoho::{Memory, PostToZoho};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    runtime::main(|settings| {
        let documents = Documents::open(&settings.documents.location, &settings.documents.options)?;
        let memory = Arc::new(Memory::unread());
        runtime::follow_states(settings, memory.clone());
        PostToZoho::new(&settings.zoho, documents, settings.stages.post_to_zoho.retry.max_attempts, memory)
    })
}
