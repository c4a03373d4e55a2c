//! PDFs that come as bytes: into the document store first, then submitted by their content.

use bytes::Bytes;
use contract::url::CanonicalUrl;
use contract::{ContentHash, Request};
use documents::{Documents, is_pdf};

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error("is not a PDF")]
    NotPdf,
    #[error("has {bytes} bytes, more than the {limit} that fetch.max_bytes allows")]
    TooLarge { bytes: u64, limit: u64 },
}

/// Whether the pipeline takes a file of that size that begins so.
///
/// # Errors
/// Why not.
pub fn check_pdf(start: &[u8], bytes: u64, limit: u64) -> Result<(), NotTaken> {
    if !is_pdf(start) {
        return Err(NotTaken::NotPdf);
    }
    if bytes > limit { Err(NotTaken::TooLarge { bytes, limit }) } else { Ok(()) }
}

/// Puts a PDF into the document store, and returns the request for the invoice in it. The same bytes are the same request.
///
/// # Errors
/// When the store cannot take it.
pub async fn keep(documents: &Documents, pdf: Bytes) -> Result<Request, documents::Error> {
    let hash = ContentHash::of(&pdf);
    documents.keep(&hash, pdf).await?;
    Ok(Request::of(CanonicalUrl::of_stored(&hash).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pdf_or_too_large_is_not_taken() {
        assert_eq!(check_pdf(b"%PDF-1.7 one", 12, 12), Ok(()));
        assert_eq!(check_pdf(b"%PDF-1.7 one", 13, 12), Err(NotTaken::TooLarge { bytes: 13, limit: 12 }));
        assert_eq!(check_pdf(b"<!doctype html>", 15, 99), Err(NotTaken::NotPdf));
    }

    #[tokio::test]
    async fn the_same_file_twice_is_the_same_request() {
        let folder = tempfile::tempdir().unwrap();
        let documents = Documents::open(folder.path().join("store").to_str().unwrap(), &[].into()).unwrap();
        let pdf = Bytes::from_static(b"%PDF-1.7 one");
        let request = keep(&documents, pdf.clone()).await.unwrap();
        assert_eq!(request, keep(&documents, pdf.clone()).await.unwrap());
        assert_eq!(request.pdf_url, format!("store:{}", ContentHash::of(&pdf)));
    }
}
