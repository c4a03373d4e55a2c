//! What of an erased invoice goes, and what stays so that it is not paid again.

use contract::history::EventKind;
use contract::{HistoryEvent, InvoiceId, Stage, State};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);

/// The document store's files, by the folder that they lie in.
fn stored(world: &World, kind: &str) -> Vec<PathBuf> {
    let location = world.env().iter().find(|(name, _)| name == "INVOICES__DOCUMENTS__LOCATION").unwrap().1.clone();
    let entries = std::fs::read_dir(Path::new(&location).join(kind)).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn erase(world: &World, id: &InvoiceId) -> std::process::Output {
    world
        .invoicectl_command(&["erase", id.as_str(), "--reason", "asked for", "--json"])
        .env("USER", "asha")
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_invoice_the_pdf_and_the_bill_go_and_the_same_one_is_still_known() {
    let world = World::start(&Setup::default());
    let publisher = world.publisher();
    let link = world.sandbox.pdf("numbered/21");
    let id = world.submit(&publisher, link.clone(), None).await;
    let other = world.submit(&publisher, world.sandbox.pdf("numbered/22"), None).await;
    let ended = world.wait_ended(&[id.clone(), other].into(), SOON).await;
    assert!(ended.values().all(|status| status.state == State::Posted), "{ended:?}");
    assert_eq!((stored(&world, "documents").len(), stored(&world, "readings").len()), (2, 2));

    let erased = erase(&world, &id);
    assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));
    let said: Value = serde_json::from_slice(&erased.stdout).unwrap();
    assert_eq!(said["documents"].as_array().unwrap().len(), 1, "{said}");
    assert!(said["remains"].as_array().unwrap().len() > 2, "{said}");
    let ended = world.wait_status(&[id.clone()].into(), SOON, |status| status.state == State::Erased).await;
    assert_eq!((&ended[&id].bill, &ended[&id].code, ended[&id].run), (&None, &None, 1));
    assert_eq!((stored(&world, "documents").len(), stored(&world, "readings").len()), (1, 1), "the other's stay");
    assert_eq!(stored(&world, "by-hash").len(), 2, "the hash stays known");
    let event = world
        .wait_record(&world.topics.history(), SOON, |record| {
            let event: HistoryEvent = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
            event.kind == EventKind::Erased
        })
        .await;
    let event: HistoryEvent = serde_json::from_slice(event.value.as_deref().unwrap()).unwrap();
    assert_eq!((event.actor.as_deref(), event.reason.as_deref()), (Some("asha"), Some("asked for")));

    // A second time nothing is left to do, and nothing is asked of admission.
    assert!(erase(&world, &id).status.success());
    world.submit(&publisher, link.clone(), None).await;
    let copy = world.submit(&publisher, format!("{link}?forwarded"), Some("COPY")).await;
    let held = world.wait_ended(&[copy.clone()].into(), SOON).await;
    assert_eq!(held[&copy].code.as_ref().map(contract::Code::as_str), Some("fetch.same_document"));
    assert_eq!(world.sandbox.llm_answers(), 2, "nothing was paid for again");
    assert_eq!(world.sandbox.bills().len(), 2, "the books are not touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_and_what_nobody_knows_is_not_erased() {
    let world = World::start(&Setup::default());
    world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 529}));
    let id = world.submit(&world.publisher(), world.sandbox.pdf("numbered/1"), None).await;
    world.wait_status(&[id.clone()].into(), SOON, |status| status.stage == Stage::LlmStructure).await;
    let running = erase(&world, &id);
    assert_eq!(running.status.code(), Some(1), "{}", String::from_utf8_lossy(&running.stdout));
    assert_eq!(stored(&world, "documents").len(), 1);
    assert_eq!(erase(&world, &"UNKNOWN".parse().unwrap()).status.code(), Some(3));
    world.sandbox.clear_faults();
    assert_eq!(world.wait_ended(&[id.clone()].into(), SOON).await[&id].state, State::Posted);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_of_admission_nothing_is_deleted() {
    let mut world = World::start(&Setup::default());
    let id = world.submit(&world.publisher(), world.sandbox.pdf("numbered/1"), None).await;
    world.wait_ended(&[id.clone()].into(), SOON).await;
    world.service(Stage::FetchExtract).process().pause().unwrap();
    let asked = world.invoicectl(&["erase", id.as_str(), "--reason", "asked for", "--timeout", "1s"]);
    assert_eq!(asked.status.code(), Some(4), "{}", String::from_utf8_lossy(&asked.stderr));
    assert_eq!(stored(&world, "documents").len(), 1);
    world.service(Stage::FetchExtract).process().resume().unwrap();
    world.wait_status(&[id.clone()].into(), SOON, |status| status.state == State::Erased).await;
    assert!(erase(&world, &id).status.success(), "asked again, it deletes what is left");
    assert_eq!(stored(&world, "documents").len(), 0);
}
