//! From a request to a text, and what becomes of a document that came before.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests and what they share")]

mod support;

use contract::{Class, Code, ContentHash, Extracted, Request, code};
use documents::{Claim, Documents};
use engine::{Handler, StageError, Work};
use fetch_extract::FetchExtract;
use fetch_extract::extract::Reading;
use runtime::settings::{Fetch, SameDocument, Scans};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::host::{answer, serve};
use support::{pdf, pool, settings};

const LINES: [&str; 3] = ["TAX INVOICE", "Invoice No: KK/2026/017", "Total: Rs. 1,180.00"];

/// A stage with a document store and a host that has one PDF under every path.
struct Site {
    stage: FetchExtract,
    documents: Documents,
    folder: tempfile::TempDir,
    host: SocketAddr,
    pdf: Vec<u8>,
    downloads: Arc<AtomicUsize>,
}

impl Site {
    async fn with(settings: Fetch, pdf: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let documents = Documents::open(folder.path().to_str().unwrap(), &BTreeMap::new()).unwrap();
        let downloads = Arc::new(AtomicUsize::new(0));
        let (counted, sent) = (Arc::clone(&downloads), pdf.clone());
        let host = serve(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            answer("200 OK", "", &sent)
        })
        .await;
        let stage = FetchExtract::with_readers(&settings, documents.clone(), pool(&settings)).unwrap();
        Self { stage, documents, folder, host, pdf, downloads }
    }

    async fn of(settings: Fetch) -> Self {
        Self::with(settings, pdf::invoice(&LINES)).await
    }

    fn hash(&self) -> ContentHash {
        ContentHash::of(&self.pdf)
    }

    fn at_host(&self) -> Request {
        Request::of(format!("http://u:p@{}/kk-017.pdf?sig=secret", self.host))
    }

    async fn handle(&self, id: &str, request: Request) -> Result<Extracted, StageError> {
        self.stage.handle(Work::alone(id.parse().unwrap(), request)).await
    }

    /// The document of that kind in the store's folder.
    fn kept(&self, kind: &str, ending: &str) -> PathBuf {
        self.folder.path().join(kind).join(format!("{}{ending}", self.hash()))
    }
}

fn refusal(outcome: Result<Extracted, StageError>) -> (Code, Class, String) {
    let error = outcome.unwrap_err();
    (error.code, error.class, error.message)
}

#[tokio::test]
async fn a_url_becomes_a_text_and_the_original_is_kept_with_the_place_of_every_line() {
    let site = Site::of(settings()).await;
    let extracted = site.handle("kk-017", site.at_host()).await.unwrap();
    assert!(extracted.text.contains("Invoice No: KK/2026/017"));
    let document = extracted.document;
    assert_eq!((document.pages, document.bytes, document.sha256), (1, site.pdf.len() as u64, site.hash()));
    assert_eq!(document.source, format!("http://{}/kk-017.pdf", site.host));
    assert_eq!(std::fs::read(site.kept("documents", ".pdf")).unwrap(), site.pdf);
    let reading: Value = serde_json::from_slice(&std::fs::read(site.kept("readings", ".json")).unwrap()).unwrap();
    assert_eq!(reading["lines"][1]["text"], LINES[1]);
    assert_eq!(reading["lines"][1]["bounds"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_was_read_from_a_document_is_read_back_also_if_it_was_kept_before_there_were_page_sizes() {
    let site = Site::of(settings()).await;
    let (documents, hash) = (&site.documents, site.hash());
    assert_eq!(Reading::kept(documents, &hash).await, Ok(None));
    site.handle("kk-017", site.at_host()).await.unwrap();
    let reading = Reading::kept(documents, &hash).await.unwrap().unwrap();
    assert_eq!((reading.lines[1].text.as_str(), reading.page_sizes.as_slice()), (LINES[1], &[[595.0, 842.0]][..]));

    let mut earlier: Value = serde_json::from_slice(&reading.to_json()).unwrap();
    earlier.as_object_mut().unwrap().remove("page_sizes");
    documents.keep_reading(&hash, earlier.to_string().into_bytes()).await.unwrap();
    assert_eq!(Reading::kept(documents, &hash).await.unwrap().unwrap().page_sizes, [[0.0; 2]; 0]);
    documents.keep_reading(&hash, b"{".to_vec()).await.unwrap();
    assert_eq!(Reading::kept(documents, &hash).await, Err(documents::Error::Damaged { hash }));
}

#[tokio::test]
async fn the_same_pdf_under_another_id_waits_for_a_person_who_is_told_which_came_first() {
    let site = Site::of(settings()).await;
    site.handle("first", site.at_host()).await.unwrap();
    let (code, class, message) = refusal(site.handle("second", site.at_host()).await);
    assert_eq!((code, class), (code::FETCH_SAME_DOCUMENT, Class::Review));
    assert!(message.contains("as invoice first") && message.contains("--accept-same-document"), "{message}");
    assert!(site.handle("first", site.at_host()).await.is_ok(), "its own id, again after a crash");

    let accepted = Request { accept_same_document: true, ..site.at_host() };
    assert!(site.handle("second", accepted).await.is_ok(), "a person has looked");
}

#[tokio::test]
async fn by_setting_the_same_pdf_is_dropped_or_let_through() {
    let site = Site::of(Fetch { same_document: SameDocument::Drop, ..settings() }).await;
    site.handle("first", site.at_host()).await.unwrap();
    let (code, class, message) = refusal(site.handle("second", site.at_host()).await);
    assert_eq!((code, class), (code::FETCH_SAME_DOCUMENT, Class::Permanent), "{message}");

    let site = Site::of(Fetch { same_document: SameDocument::LetThrough, ..settings() }).await;
    site.handle("first", site.at_host()).await.unwrap();
    assert!(site.handle("second", site.at_host()).await.is_ok());
    let claim = site.documents.claim(&site.hash(), &"third".parse().unwrap()).await.unwrap();
    assert_eq!(claim, Claim::Taken { by: "first".parse().unwrap() });
}

#[tokio::test]
async fn a_stored_document_is_read_without_a_download() {
    let site = Site::of(settings()).await;
    site.documents.keep(&site.hash(), site.pdf.clone().into()).await.unwrap();
    let request = Request::of(format!("store:{}", site.hash()));
    let extracted = site.handle("uploaded", request).await.unwrap();
    assert!(extracted.text.contains("KK/2026/017"));
    assert_eq!(extracted.document.source, format!("store:{}", site.hash()));
    assert_eq!(site.downloads.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_document_that_is_not_in_the_store_or_was_changed_there_is_named() {
    let site = Site::of(settings()).await;
    let request = Request::of(format!("store:{}", site.hash()));
    let (code, class, _) = refusal(site.handle("uploaded", request.clone()).await);
    assert_eq!((code, class), (code::DOCUMENTS_MISSING, Class::Permanent));
    site.documents.keep(&site.hash(), pdf::invoice(&["another"]).into()).await.unwrap();
    let (code, class, _) = refusal(site.handle("uploaded", request).await);
    assert_eq!((code, class), (code::DOCUMENTS_DAMAGED, Class::Permanent));
}

#[tokio::test]
async fn without_the_store_nothing_goes_on_and_no_invoice_is_to_blame() {
    let site = Site::of(settings()).await;
    // Where its folders would be made.
    for kind in ["documents", "by-hash", "readings"] {
        std::fs::write(site.folder.path().join(kind), "").unwrap();
    }
    let (code, class, message) = refusal(site.handle("kk-017", site.at_host()).await);
    assert_eq!((code, class), (code::DOCUMENTS_UNAVAILABLE, Class::Unavailable), "{message}");
}

#[tokio::test]
async fn a_scan_waits_for_a_person_or_goes_to_the_model_as_it_is() {
    let scan = pdf::invoice(&["Page 1"]);
    let site = Site::with(settings(), scan.clone()).await;
    let (code, class, _) = refusal(site.handle("scan", site.at_host()).await);
    assert_eq!((code, class), (code::EXTRACT_NO_TEXT, Class::Review));

    let shown = Fetch { scans: Scans::ShowModel, ..settings() };
    let site = Site::with(shown.clone(), scan.clone()).await;
    let extracted = site.handle("scan", site.at_host()).await.unwrap();
    assert!(extracted.scan && extracted.text.is_empty());
    assert_eq!(site.documents.pdf(&extracted.document.sha256).await.unwrap(), scan, "the reference leads to the PDF");

    let site = Site::with(Fetch { scan_max_pages: 0, ..shown }, scan).await;
    assert_eq!(refusal(site.handle("scan", site.at_host()).await).0, code::EXTRACT_NO_TEXT, "too long a scan");
}

#[tokio::test]
async fn a_text_that_was_cut_waits_for_a_person_who_can_hand_it_on_as_it_is() {
    let site = Site::of(Fetch { text_cap_chars: 50, ..settings() }).await;
    let error = site.handle("long", site.at_host()).await.unwrap_err();
    assert_eq!((error.code, error.class), (code::EXTRACT_TEXT_TRUNCATED, Class::Review));
    let candidate: Extracted = serde_json::from_str(error.candidate.unwrap().get()).unwrap();
    assert!(
        candidate.text.starts_with(LINES[0]) && candidate.text.trim_end().ends_with(LINES[2]),
        "{}",
        candidate.text
    );
}

#[tokio::test]
async fn a_signed_link_stands_in_no_result_error_or_file() {
    let site = Site::of(settings()).await;
    let extracted = site.handle("first", site.at_host()).await.unwrap();
    let refused = site.handle("second", site.at_host()).await.unwrap_err();
    let gone = Request::of("http://u:secret@127.0.0.1:1/a.pdf?sig=secret".to_owned());
    let unreached = site.handle("third", gone).await.unwrap_err();
    let mut shown = format!("{extracted:?} {refused:?} {unreached:?}");
    for kind in ["documents", "by-hash", "readings"] {
        for file in std::fs::read_dir(site.folder.path().join(kind)).unwrap() {
            shown += &String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }
    assert!(!shown.contains("secret"), "{shown}");
}
