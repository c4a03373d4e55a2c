//! Taking out of the store what is personal about an invoice.
//!
//! Architecture invariant: the claim stays. It holds a hash and an invoice id, and is why the same bytes are not paid a second
//! time after their PDF is gone.

use crate::{CLAIMS, Documents, Error, cancellation, document, reading, within_patience};
use contract::{ContentHash, InvoiceId};
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use std::collections::BTreeSet;

/// What became of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// The PDF and what was read of it are gone, or were gone before.
    Gone,
    /// It is another invoice's, which keeps it.
    Kept { of: InvoiceId },
}

impl Documents {
    /// Deletes a PDF and what was read of it, if it is that invoice's. The claim stays, so the same bytes are known again.
    /// Erasing twice is erasing once.
    ///
    /// # Errors
    /// When the store does not answer; then some of it may be gone, and erasing again takes the rest.
    pub async fn erase(&self, hash: &ContentHash, invoice_id: &InvoiceId) -> Result<Erased, Error> {
        // What nobody has claimed was kept and never read.
        if let Some(of) = self.claimed_by(hash).await?.filter(|of| of != invoice_id) {
            return Ok(Erased::Kept { of });
        }
        self.delete(&reading(hash)).await?;
        self.delete(&document(hash)).await?;
        Ok(Erased::Gone)
    }

    /// Deletes who cancelled an invoice and why.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn erase_cancellation(&self, invoice_id: &InvoiceId) -> Result<(), Error> {
        self.delete(&cancellation(invoice_id)).await
    }

    /// The documents that an invoice claimed between two moments in milliseconds since 1970, by the store's clock. It lists all
    /// claims and reads those of that time.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn claims(
        &self,
        invoice_id: &InvoiceId,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<BTreeSet<ContentHash>, Error> {
        let folder = Path::from(CLAIMS);
        let mut listed = self.store.list(Some(&folder));
        let mut found = BTreeSet::new();
        while let Some(claim) = within_patience(listed.try_next()).await? {
            let made_ms = claim.last_modified.timestamp_millis();
            let hash = claim.location.filename().and_then(|name| name.parse().ok());
            let Some(hash) = hash.filter(|_| (from_ms..=to_ms).contains(&made_ms)) else { continue };
            if self.claimed_by(&hash).await?.as_ref() == Some(invoice_id) {
                found.insert(hash);
            }
        }
        Ok(found)
    }

    async fn delete(&self, place: &Path) -> Result<(), Error> {
        let delete = async {
            match self.store.delete(place).await {
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                other => other,
            }
        };
        within_patience(delete).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Claim;
    use bytes::Bytes;
    use object_store::memory::InMemory;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn id(text: &str) -> InvoiceId {
        text.parse().unwrap()
    }

    /// A store in memory, and one in a folder.
    fn stores(folder: &tempfile::TempDir) -> [Documents; 2] {
        let local = Documents::open(folder.path().to_str().unwrap(), &BTreeMap::new()).unwrap();
        [Documents::on(Arc::new(InMemory::new())), local]
    }

    async fn kept(documents: &Documents, content: &'static [u8], by: &str) -> ContentHash {
        let hash = ContentHash::of(content);
        documents.keep(&hash, Bytes::from_static(content)).await.unwrap();
        documents.claim(&hash, &id(by)).await.unwrap();
        documents.keep_reading(&hash, b"{}".to_vec()).await.unwrap();
        hash
    }

    #[tokio::test]
    async fn an_erased_document_is_gone_with_its_reading_and_the_same_bytes_are_still_known() {
        let folder = tempfile::tempdir().unwrap();
        for documents in stores(&folder) {
            let hash = kept(&documents, b"%PDF-1.7 one", "first").await;
            for _ in 0..2 {
                assert_eq!(documents.erase(&hash, &id("first")).await, Ok(Erased::Gone));
                assert_eq!(documents.pdf(&hash).await, Err(Error::Missing { hash }));
                assert_eq!(documents.read(&reading(&hash)).await, Ok(None));
            }
            let by = id("first");
            assert_eq!(documents.claim(&hash, &id("second")).await, Ok(Claim::Taken { by }));
        }
        let left: Vec<_> = walk(folder.path());
        assert_eq!(left, [format!("by-hash/{}", ContentHash::of(b"%PDF-1.7 one"))]);
    }

    /// The files of a folder, by their paths in it.
    fn walk(folder: &std::path::Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut left = vec![folder.to_owned()];
        while let Some(next) = left.pop() {
            for entry in std::fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    left.push(path);
                } else {
                    found.push(path.strip_prefix(folder).unwrap().display().to_string());
                }
            }
        }
        found
    }

    #[tokio::test]
    async fn another_invoices_document_is_not_erased() {
        let folder = tempfile::tempdir().unwrap();
        for documents in stores(&folder) {
            let hash = kept(&documents, b"%PDF-1.7 one", "first").await;
            let kept = documents.erase(&hash, &id("second")).await;
            assert_eq!(kept, Ok(Erased::Kept { of: id("first") }));
            assert!(documents.pdf(&hash).await.is_ok());
        }
    }

    #[tokio::test]
    async fn who_cancelled_and_why_is_erased() {
        let folder = tempfile::tempdir().unwrap();
        for documents in stores(&folder) {
            documents.cancel(&id("a"), Bytes::from_static(b"{\"by\":\"asha\"}")).await.unwrap();
            for _ in 0..2 {
                assert_eq!(documents.erase_cancellation(&id("a")).await, Ok(()));
                assert_eq!(documents.cancellation(&id("a")).await, Ok(None));
            }
        }
    }

    #[tokio::test]
    async fn what_an_invoice_has_claimed_is_found_without_knowing_the_hash() {
        let folder = tempfile::tempdir().unwrap();
        for documents in stores(&folder) {
            let hash = kept(&documents, b"%PDF-1.7 one", "first").await;
            kept(&documents, b"%PDF-1.7 two", "second").await;
            assert_eq!(documents.claims(&id("first"), 0, i64::MAX).await, Ok([hash].into()));
            assert_eq!(documents.claims(&id("first"), 0, 1).await, Ok([].into()), "of another time");
        }
    }
}
