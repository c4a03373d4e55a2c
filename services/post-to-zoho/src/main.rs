//! The `post-to-zoho` service: structured invoices in, bills in Zoho Books out.

use post_to_zoho::PostToZoho;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::main(|settings| PostToZoho::new(&settings.zoho))
}
