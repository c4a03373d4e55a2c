//! What stands before the first bill, against the sandbox's Zoho Books: access tokens over a restart, and the check of a
//! new user's set-up.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../src/fixture.rs"]
mod fixture;

use contract::{Class, DocumentType, code};
use documents::Documents;
use engine::{Handler, StageError, Work};
use object_store::memory::InMemory;
use post_to_zoho::Memory;
use post_to_zoho::PostToZoho;
use post_to_zoho::check::{self, Finding, Item, Verdict};
use runtime::Settings;
use runtime::settings::Zoho;
use sandbox::server::{self, Running};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(60);

async fn open() -> Running {
    server::start(sandbox::Settings::for_tests()).await.unwrap()
}

/// A refresh token that was made with these scopes.
async fn open_with_scope(scope: &str) -> Running {
    let settings = sandbox::Settings { scope: scope.to_owned(), ..sandbox::Settings::for_tests() };
    server::start(settings).await.unwrap()
}

fn settings(running: &Running, others: &[(&str, &str)]) -> Zoho {
    let url = running.url();
    let sandbox = [
        ("ACCOUNTS_URL", url.as_str()),
        ("API_URL", &url),
        ("ORGANIZATION_ID", "10234695"),
        ("CLIENT_ID", "sandbox"),
        ("CLIENT_SECRET", "sandbox"),
        ("REFRESH_TOKEN", "sandbox"),
    ];
    let kept = sandbox.iter().filter(|(name, _)| others.iter().all(|(other, _)| other != name));
    let variables = kept.chain(others).map(|(name, value)| (format!("INVOICES__ZOHO__{name}").into(), value.into()));
    Settings::load_from(variables).unwrap().zoho
}

/// A process that starts, posts the invoice of this id and ends.
async fn start_and_post(settings: &Zoho, id: &str) -> Result<(), StageError> {
    let mut invoice = fixture::invoice();
    invoice.invoice_number = id.to_owned();
    let input = fixture::structured(invoice);
    let handler =
        PostToZoho::new(settings, Documents::on(Arc::new(InMemory::new())), 1, Arc::new(Memory::empty())).unwrap();
    handler.handle(Work::alone(id.parse().unwrap(), input)).await.map(|_| ())
}

async fn fault(running: &Running, fault: Value) {
    let url = format!("{}/_sandbox/faults", running.url());
    let answer = reqwest::Client::new().post(url).json(&fault).send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
}

async fn calls(running: &Running) -> Value {
    let answer = reqwest::get(format!("{}/_sandbox/calls", running.url())).await.unwrap();
    answer.json().await.unwrap()
}

async fn tokens_taken(running: &Running) -> u64 {
    calls(running).await["endpoints"]["token"]["ok"].as_u64().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn a_second_start_within_the_tokens_life_takes_no_new_token() {
    let (running, folder) = (open().await, TempDir::new().unwrap());
    let path = folder.path().join("token");
    let settings = settings(&running, &[("TOKEN_FILE", path.to_str().unwrap())]);
    for id in ["a", "b", "c"] {
        start_and_post(&settings, id).await.unwrap();
        assert_eq!(tokens_taken(&running).await, 1, "{id}");
    }
    assert_eq!(mode(&path), 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("\"sandbox\""), "no credential stands in it: {text}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
}

#[tokio::test]
async fn a_token_file_that_is_not_ours_alone_or_of_others_is_not_used() {
    let (running, folder) = (open().await, TempDir::new().unwrap());
    let path = folder.path().join("token");
    let file = ("TOKEN_FILE", path.to_str().unwrap());
    let ours = settings(&running, &[file]);
    start_and_post(&ours, "a").await.unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    start_and_post(&ours, "b").await.unwrap();
    assert_eq!((tokens_taken(&running).await, mode(&path)), (2, 0o600), "a new one in a file of our own");
    fs::write(&path, "{\"form\":1").unwrap();
    start_and_post(&ours, "c").await.unwrap();
    assert_eq!(tokens_taken(&running).await, 3);
    // By its other name the log-in server counts as another one.
    let other_name = running.url().replace("127.0.0.1", "localhost");
    start_and_post(&settings(&running, &[file, ("ACCOUNTS_URL", &other_name)]), "d").await.unwrap();
    assert_eq!(tokens_taken(&running).await, 4);
}

#[tokio::test]
async fn a_token_file_that_cannot_be_written_fails_no_invoice() {
    let (running, folder) = (open().await, TempDir::new().unwrap());
    let nowhere = folder.path().join("no such folder").join("token");
    let settings = settings(&running, &[("TOKEN_FILE", nowhere.to_str().unwrap())]);
    start_and_post(&settings, "a").await.unwrap();
    start_and_post(&settings, "b").await.unwrap();
    assert_eq!(tokens_taken(&running).await, 2);
}

#[tokio::test]
async fn a_kept_token_that_zoho_refuses_is_renewed() {
    let (running, folder) = (open().await, TempDir::new().unwrap());
    let path = folder.path().join("token");
    let settings = settings(&running, &[("TOKEN_FILE", path.to_str().unwrap())]);
    start_and_post(&settings, "a").await.unwrap();
    fault(&running, json!({"endpoint": "bills", "kind": "expire_token", "count": 1})).await;
    start_and_post(&settings, "b").await.unwrap();
    start_and_post(&settings, "c").await.unwrap();
    assert_eq!(tokens_taken(&running).await, 2);
}

#[tokio::test]
async fn a_crash_loop_in_which_every_token_is_refused_leaves_tokens_for_others() {
    let (running, folder) = (open().await, TempDir::new().unwrap());
    let path = folder.path().join("token");
    let settings = settings(&running, &[("TOKEN_FILE", path.to_str().unwrap())]);
    fault(&running, json!({"endpoint": "bills", "kind": "status", "status": 401, "when": "before"})).await;
    for _ in 0..12 {
        assert_eq!(start_and_post(&settings, "a").await.unwrap_err().code, code::ZOHO_UNAUTHORIZED);
    }
    assert_eq!(tokens_taken(&running).await, 6);
}

#[tokio::test]
async fn a_token_that_is_under_way_when_the_process_dies_counts() {
    let (running, folder) = (open().await, TempDir::new().unwrap());
    let path = folder.path().join("token");
    let settings = settings(&running, &[("TOKEN_FILE", path.to_str().unwrap())]);
    let counted = || {
        let kept: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        kept["counted_until"].as_array().unwrap().len()
    };
    fault(&running, json!({"endpoint": "token", "kind": "hang", "count": 1})).await;
    let dying = tokio::spawn({
        let settings = settings.clone();
        async move { start_and_post(&settings, "a").await }
    });
    let under_way = async { while calls(&running).await["endpoints"]["token"]["in_air"] != 1 {} };
    tokio::time::timeout(DEADLINE, under_way).await.unwrap();
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    assert_eq!(counted(), 1);
    start_and_post(&settings, "a").await.unwrap();
    assert_eq!(counted(), 2);
}

#[tokio::test]
async fn what_zoho_refuses_for_too_many_tokens_is_not_asked_again_by_the_next_start() {
    let (running, folder) = (open().await, TempDir::new().unwrap());
    let path = folder.path().join("token");
    let settings = settings(&running, &[("TOKEN_FILE", path.to_str().unwrap())]);
    fault(&running, json!({"endpoint": "token", "kind": "status", "status": 429, "when": "before"})).await;
    for _ in 0..3 {
        let error = start_and_post(&settings, "a").await.unwrap_err();
        assert_eq!(error.code, code::ZOHO_TOKEN_THROTTLED);
        assert!(error.retry_after.unwrap().as_secs() > 500);
    }
    assert_eq!(calls(&running).await["endpoints"]["token"]["fault"], 1);
}

async fn checked(settings: &Zoho) -> Vec<Finding> {
    check::run(settings).await.unwrap()
}

fn verdict(findings: &[Finding], item: Item) -> Verdict {
    findings.iter().find(|finding| finding.item == item).unwrap().verdict
}

#[tokio::test]
async fn an_organisation_that_has_everything_passes_and_nothing_is_written() {
    let running = open().await;
    let before: Value = reqwest::get(format!("{}/_sandbox/bills", running.url())).await.unwrap().json().await.unwrap();
    let findings = checked(&settings(&running, &[("ACCOUNT_NAME", "Office Supplies")])).await;
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let wrong: Vec<&Finding> = findings.iter().filter(|finding| finding.verdict != Verdict::Ok).collect();
    let expected = [Item::TokenFile, Item::Once];
    assert_eq!(wrong.iter().map(|finding| finding.item).collect::<Vec<_>>(), expected, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("Office Supplies (460000000000000412)")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("IGST of 0, 5, 12, 18, 28, 40 %")), "{lines:#?}");
    let after: Value = reqwest::get(format!("{}/_sandbox/bills", running.url())).await.unwrap().json().await.unwrap();
    assert_eq!(before, after);
    assert_eq!(tokens_taken(&running).await, 1);
}

#[tokio::test]
async fn without_a_token_nothing_else_is_tried_and_zohos_word_is_explained() {
    let running = open().await;
    for (name, said) in [("REFRESH_TOKEN", "invalid_code"), ("CLIENT_ID", "invalid_client")] {
        let findings = checked(&settings(&running, &[(name, "do-not-show")])).await;
        assert_eq!(verdict(&findings, Item::Token), Verdict::Error);
        assert_eq!(verdict(&findings, Item::Bills), Verdict::Untried);
        let shown: String = findings.iter().map(ToString::to_string).collect();
        assert!(shown.contains(said) && !shown.contains("do-not-show"), "{shown}");
    }
    let findings = checked(&settings(&running, &[("REFRESH_TOKEN", "")])).await;
    assert_eq!(verdict(&findings, Item::Credentials), Verdict::Error);
    assert!(calls(&running).await["endpoints"]["reference"].is_null(), "nothing was asked");
}

#[tokio::test]
async fn another_organisation_is_named_as_such_once() {
    let running = open().await;
    let findings = checked(&settings(&running, &[("ORGANIZATION_ID", "999")])).await;
    let errors: Vec<Item> = findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.item).collect();
    assert_eq!(errors, [Item::Organisation]);
    assert_eq!(verdict(&findings, Item::Bills), Verdict::Untried);
}

#[tokio::test]
async fn scopes_that_are_missing_are_named_and_cost_no_further_token() {
    let running = open_with_scope("ZohoBooks.bills.ALL ZohoBooks.contacts.CREATE ZohoBooks.settings.READ").await;
    let findings = checked(&settings(&running, &[])).await;
    let scopes = findings.iter().find(|finding| finding.item == Item::Scopes).unwrap();
    let missing = "ZohoBooks.contacts.READ, ZohoBooks.accountants.READ missing";
    assert!(scopes.is_error() && scopes.message.starts_with(missing), "{scopes}");
    let verdicts = [Item::Bills, Item::Vendors, Item::Account].map(|item| verdict(&findings, item));
    assert_eq!(verdicts, [Verdict::Ok, Verdict::Error, Verdict::Error]);
    assert_eq!(tokens_taken(&running).await, 1);
}

#[tokio::test]
async fn a_token_that_may_not_touch_vendor_credits_still_makes_bills_and_the_check_says_so() {
    let scopes = "ZohoBooks.bills.ALL ZohoBooks.contacts.ALL ZohoBooks.settings.READ ZohoBooks.accountants.READ";
    let running = open_with_scope(scopes).await;
    let settings = settings(&running, &[("CREDIT_NOTES", "vendor_credit"), ("ATTACH_PDF", "false")]);
    let findings = checked(&settings).await;
    let [scopes, credits] = [Item::Scopes, Item::VendorCredits].map(|item| verdict(&findings, item));
    assert_eq!((scopes, credits), (Verdict::Error, Verdict::Error), "{findings:#?}");
    let missing = findings.iter().find(|finding| finding.item == Item::Scopes).unwrap();
    assert!(missing.message.starts_with("ZohoBooks.debitnotes.CREATE, ZohoBooks.debitnotes.READ missing"), "{missing}");

    let mut credit = fixture::structured(fixture::invoice());
    credit.invoice.document_type = DocumentType::CreditNote;
    let handler =
        PostToZoho::new(&settings, Documents::on(Arc::new(InMemory::new())), 1, Arc::new(Memory::empty())).unwrap();
    let error = handler.handle(Work::alone(credit.invoice_id.clone(), credit)).await.unwrap_err();
    assert_eq!((error.code, error.class), (code::ZOHO_SETUP, Class::Permanent));
    let bill = fixture::structured(fixture::invoice());
    handler.handle(Work::alone(bill.invoice_id.clone(), bill)).await.unwrap();
    assert_eq!(tokens_taken(&running).await, 2, "one for the check and one for the service");
}
