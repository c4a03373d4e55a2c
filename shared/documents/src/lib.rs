//! Where the PDFs are kept, under the hash of their bytes: a folder, or a bucket of S3, Google or Azure.
//!
//! Why it exists: a link goes stale, and then only our own copy tells what a bill was made from; and the same bytes
//! under another invoice id are a bill about to be paid twice. Architecture invariants: what is read back is what was
//! kept, or an error; and of several who claim a document, one is told that it is theirs.

mod erase;
mod error;
mod pdf;
mod place;

pub use erase::Erased;
pub use error::Error;
pub use pdf::{START_WITHIN, is_pdf};
pub use place::SetupError;

use bytes::Bytes;
use contract::{ContentHash, InvoiceId};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A store that has not answered by then is as good as away.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where it is written whose a document is.
const CLAIMS: &str = "by-hash";

/// The document store.
#[derive(Debug, Clone)]
pub struct Documents {
    store: Arc<dyn ObjectStore>,
}

/// Whose a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Of the invoice that claimed it, now or earlier.
    Ours,
    /// Of the invoice that was first.
    Taken { by: InvoiceId },
}

impl Documents {
    /// The store at `location`: a folder, which is made if it is not there, or `s3://`, `gs://` or `az://` with a bucket
    /// and a prefix. `options` are the cloud's, by the names of the `object_store` crate; its environment variables count
    /// too. Connects to nothing.
    ///
    /// # Errors
    /// When the folder cannot be made, or the location or an option is not understood.
    pub fn open(location: &str, options: &BTreeMap<String, String>) -> Result<Self, SetupError> {
        place::open(location, options).map(Self::on)
    }

    /// On a store of the caller's own.
    #[must_use]
    pub fn on(store: Arc<dyn ObjectStore>) -> Self {
        Self { store }
    }

    /// Keeps a PDF under the hash of its bytes. One that is there already stays as it is.
    ///
    /// # Errors
    /// When the store cannot take it.
    pub async fn keep(&self, hash: &ContentHash, pdf: Bytes) -> Result<(), Error> {
        self.create(&document(hash), pdf.into()).await.map(|_created| ())
    }

    /// Claims a document for an invoice. Whoever is first has it for ever; claiming again is no other claim.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn claim(&self, hash: &ContentHash, invoice_id: &InvoiceId) -> Result<Claim, Error> {
        if self.create(&claim_on(hash), invoice_id.as_str().to_owned().into()).await? {
            return Ok(Claim::Ours);
        }
        match self.claimed_by(hash).await?.ok_or(Error::Missing { hash: *hash })? {
            by if by == *invoice_id => Ok(Claim::Ours),
            by => Ok(Claim::Taken { by }),
        }
    }

    /// Keeps what was read from a document, in place of what was read from it before.
    ///
    /// # Errors
    /// When the store cannot take it.
    pub async fn keep_reading(&self, hash: &ContentHash, read: Vec<u8>) -> Result<(), Error> {
        within_patience(self.store.put(&reading(hash), PutPayload::from(read))).await.map(|_| ())
    }

    /// What [`Documents::keep_reading`] kept last of a document; `None` if it was never read.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn reading(&self, hash: &ContentHash) -> Result<Option<Bytes>, Error> {
        self.read(&reading(hash)).await
    }

    /// Says that an invoice is not to be posted, with who said so and why. The last word counts.
    ///
    /// # Errors
    /// When the store cannot take it.
    pub async fn cancel(&self, invoice_id: &InvoiceId, note: Bytes) -> Result<(), Error> {
        within_patience(self.store.put(&cancellation(invoice_id), note.into())).await.map(|_| ())
    }

    /// What was said when the invoice was cancelled, if it was.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn cancellation(&self, invoice_id: &InvoiceId) -> Result<Option<Bytes>, Error> {
        self.read(&cancellation(invoice_id)).await
    }

    /// The PDF of that hash.
    ///
    /// # Errors
    /// When it is not there, is another than was kept, or the store does not answer.
    pub async fn pdf(&self, hash: &ContentHash) -> Result<Bytes, Error> {
        let pdf = self.read(&document(hash)).await?.ok_or(Error::Missing { hash: *hash })?;
        if ContentHash::of(&pdf) == *hash { Ok(pdf) } else { Err(Error::Damaged { hash: *hash }) }
    }

    /// Whose a document is, without claiming it.
    ///
    /// # Errors
    /// When the store does not answer, or has something else than an invoice id there.
    pub async fn claimed_by(&self, hash: &ContentHash) -> Result<Option<InvoiceId>, Error> {
        let Some(first) = self.read(&claim_on(hash)).await? else { return Ok(None) };
        let by = std::str::from_utf8(&first).ok().and_then(|text| text.parse().ok());
        by.ok_or(Error::Damaged { hash: *hash }).map(Some)
    }

    /// Whether it was not there before.
    async fn create(&self, place: &Path, content: PutPayload) -> Result<bool, Error> {
        let created = async {
            match self.store.put_opts(place, content, PutMode::Create.into()).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        };
        within_patience(created).await
    }

    async fn read(&self, place: &Path) -> Result<Option<Bytes>, Error> {
        let read = async {
            match self.store.get(place).await {
                Ok(found) => found.bytes().await.map(Some),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        within_patience(read).await
    }
}

fn document(hash: &ContentHash) -> Path {
    Path::from_iter(["documents".to_owned(), format!("{hash}.pdf")])
}

fn reading(hash: &ContentHash) -> Path {
    Path::from_iter(["readings".to_owned(), format!("{hash}.json")])
}

fn claim_on(hash: &ContentHash) -> Path {
    Path::from_iter([CLAIMS.to_owned(), hash.to_string()])
}

fn cancellation(invoice_id: &InvoiceId) -> Path {
    Path::from_iter(["cancelled".to_owned(), format!("{invoice_id}.json")])
}

async fn within_patience<T>(call: impl Future<Output = object_store::Result<T>>) -> Result<T, Error> {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(answer) => answer.map_err(|error| Error::unavailable(&error)),
        Err(_) => Err(Error::Unavailable { cause: format!("no answer within {} s", PATIENCE.as_secs()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    fn documents() -> Documents {
        Documents::on(Arc::new(InMemory::new()))
    }

    fn id(text: &str) -> InvoiceId {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn what_is_kept_is_read_back_and_keeping_it_twice_changes_nothing() {
        let (documents, pdf) = (documents(), Bytes::from_static(b"%PDF-1.7 one"));
        let hash = ContentHash::of(&pdf);
        assert_eq!(documents.pdf(&hash).await, Err(Error::Missing { hash }));
        for _ in 0..2 {
            documents.keep(&hash, pdf.clone()).await.unwrap();
        }
        assert_eq!(documents.pdf(&hash).await, Ok(pdf));
    }

    #[tokio::test]
    async fn what_was_changed_in_the_store_is_not_handed_out() {
        let documents = documents();
        let hash = ContentHash::of(b"%PDF-1.7 one");
        documents.keep(&hash, Bytes::from_static(b"%PDF-1.7 two")).await.unwrap();
        assert_eq!(documents.pdf(&hash).await, Err(Error::Damaged { hash }));
    }

    #[tokio::test]
    async fn of_many_who_claim_a_document_at_once_one_has_it_and_all_others_learn_who() {
        let folder = tempfile::tempdir().unwrap();
        let local = Documents::open(folder.path().to_str().unwrap(), &BTreeMap::new()).unwrap();
        for documents in [documents(), local] {
            let hash = ContentHash::of(b"%PDF-1.7 one");
            let mut claiming = tokio::task::JoinSet::new();
            for number in 0..32 {
                let documents = documents.clone();
                claiming.spawn(async move {
                    let id = id(&format!("invoice-{number}"));
                    (id.clone(), documents.claim(&hash, &id).await.unwrap())
                });
            }
            let (first, others): (Vec<_>, Vec<_>) =
                claiming.join_all().await.into_iter().partition(|(_, claim)| *claim == Claim::Ours);
            assert_eq!(first.len(), 1);
            let by = first[0].0.clone();
            assert!(others.iter().all(|(_, claim)| *claim == Claim::Taken { by: by.clone() }));
            assert_eq!(documents.claim(&hash, &by).await, Ok(Claim::Ours), "after a crash it claims again");
        }
    }

    #[tokio::test]
    async fn what_was_said_last_about_a_cancelled_invoice_is_read_back() {
        let documents = documents();
        assert_eq!(documents.cancellation(&id("a:1")).await, Ok(None));
        for note in ["{\"by\":\"asha\"}", "{\"by\":\"ravi\"}"] {
            documents.cancel(&id("a:1"), Bytes::from_static(note.as_bytes())).await.unwrap();
            assert_eq!(documents.cancellation(&id("a:1")).await, Ok(Some(Bytes::from_static(note.as_bytes()))));
        }
        assert_eq!(documents.cancellation(&id("a")).await, Ok(None));
    }

    #[tokio::test]
    async fn what_was_read_last_from_a_document_is_read_back() {
        let (documents, hash) = (documents(), ContentHash::of(b"%PDF-1.7 one"));
        assert_eq!(documents.reading(&hash).await, Ok(None));
        for reading in [&b"{\"pages\":1}"[..], b"{\"pages\":2}"] {
            documents.keep_reading(&hash, reading.to_vec()).await.unwrap();
            assert_eq!(documents.reading(&hash).await, Ok(Some(Bytes::copy_from_slice(reading))));
        }
    }

    #[tokio::test]
    async fn a_folder_keeps_documents_as_files_that_a_person_can_open() {
        let folder = tempfile::tempdir().unwrap();
        let location = folder.path().join("made/for/it");
        let documents = Documents::open(location.to_str().unwrap(), &BTreeMap::new()).unwrap();
        let hash = ContentHash::of(b"%PDF-1.7 one");
        documents.keep(&hash, Bytes::from_static(b"%PDF-1.7 one")).await.unwrap();
        documents.keep_reading(&hash, b"{}".to_vec()).await.unwrap();
        documents.keep_reading(&hash, b"{\"pages\":1}".to_vec()).await.unwrap();
        assert_eq!(std::fs::read(location.join(format!("documents/{hash}.pdf"))).unwrap(), b"%PDF-1.7 one");
        assert_eq!(std::fs::read(location.join(format!("readings/{hash}.json"))).unwrap(), b"{\"pages\":1}");
    }
}
