//! PDF files on this machine: into the document store first, then submitted by their content.

use anyhow::Context as _;
use contract::Request;
use documents::{Documents, START_WITHIN};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Whether the file can be submitted, without reading all of it.
pub(super) fn check(file: &Path, max_bytes: u64) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let mut start = Vec::new();
    let opened = File::open(file).map_err(unreadable)?;
    let bytes = opened.metadata().map_err(unreadable)?.len();
    opened.take(START_WITHIN as u64).read_to_end(&mut start).map_err(unreadable)?;
    operations::check_pdf(&start, bytes, max_bytes).map_err(|refusal| refusal.to_string())
}

/// Puts the file into the document store, and asks for the invoice in it.
pub(super) async fn keep(file: &Path, documents: &Documents) -> anyhow::Result<Request> {
    let pdf = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(operations::keep(documents, pdf.into()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pdf_or_too_large_or_not_there_is_said_before_anything_is_submitted() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &[u8]| {
            std::fs::write(folder.path().join(name), content).unwrap();
            folder.path().join(name)
        };
        assert_eq!(check(&file("a.pdf", b"%PDF-1.7 one"), 12), Ok(()));
        assert!(check(&file("b.pdf", b"%PDF-1.7 more"), 12).unwrap_err().contains("13 bytes"));
        assert!(check(&file("c.pdf", b"<!doctype html>"), 99).unwrap_err().contains("not a PDF"));
        assert!(check(&folder.path().join("d.pdf"), 99).unwrap_err().contains("cannot be read"));
    }
}
