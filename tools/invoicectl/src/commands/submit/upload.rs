//! PDF files on this machine: into the document store first, then submitted by their content.

use anyhow::Context as _;
use contract::url::CanonicalUrl;
use contract::{ContentHash, Request};
use documents::{Documents, START_WITHIN, is_pdf};
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
    if !is_pdf(&start) {
        return Err("is not a PDF".to_owned());
    }
    if bytes > max_bytes {
        return Err(format!("has {bytes} bytes, more than the {max_bytes} that fetch.max_bytes allows"));
    }
    Ok(())
}

/// Puts the file into the document store, and asks for the invoice in it.
pub(super) async fn keep(file: &Path, documents: &Documents) -> anyhow::Result<Request> {
    let pdf = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let hash = ContentHash::of(&pdf);
    documents.keep(&hash, pdf.into()).await?;
    Ok(Request::of(CanonicalUrl::of_stored(&hash).to_string()))
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

    #[tokio::test]
    async fn the_same_file_twice_is_the_same_request() {
        let folder = tempfile::tempdir().unwrap();
        let documents = Documents::open(folder.path().join("store").to_str().unwrap(), &[].into()).unwrap();
        let (one, two) = (folder.path().join("one.pdf"), folder.path().join("two.pdf"));
        for file in [&one, &two] {
            std::fs::write(file, b"%PDF-1.7 one").unwrap();
        }
        let request = keep(&one, &documents).await.unwrap();
        assert_eq!(request, keep(&two, &documents).await.unwrap());
        assert_eq!(request.pdf_url, format!("store:{}", ContentHash::of(b"%PDF-1.7 one")));
    }
}
