//! The `post-to-zoho` service: structured invoices in, bills in Zoho Books out.

use documents::Documents;
use post_to_zoho::PostToZoho;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main(|settings| {
        let documents = Documents::open(&settings.documents.location, &settings.documents.options)?;
        PostToZoho::new(&settings.zoho, documents, settings.stages.post_to_zoho.retry.max_attempts)
    })
}
