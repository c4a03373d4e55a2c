use crate::site::{SOON, Site, said};
use contract::history::EventKind;
use contract::{HistoryEvent, InvoiceId, Stage, State, Status, code};
use serde_json::json;
use std::collections::HashSet;
use testkit::world::Setup;

/// Deletes topics under the running services. Those that use them end and say why, and wait when they are started
/// again.
fn delete(site: &mut Site, topics: &[&str], users: &[Stage]) {
    for topic in topics {
        let done = site.sh(&format!(r#"kafka-topics.sh --bootstrap-server "$KAFKA" --delete --topic {topic}"#));
        assert!(done.status.success(), "{}", said(&done));
    }
    for stage in users {
        site.wait_code(*stage, &code::ENGINE_TOPICS_MISSING, true);
    }
    site.start_services(users);
    for stage in users {
        site.wait_code(*stage, &code::ENGINE_TOPICS_MISSING, false);
    }
}

async fn wait(site: &Site, ids: &HashSet<InvoiceId>, wanted: impl Fn(&Status) -> bool) {
    site.world.wait_status(ids, SOON, wanted).await;
}

/// Follows the runbook, with everything submitted again, to its end.
fn recover(site: &mut Site, section: &str) {
    site.follow("topic-deleted", "First");
    site.follow("topic-deleted", section);
    site.follow("topic-deleted", "It is over when");
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_whose_record_went_with_a_stages_topic_run_again_and_no_other_does() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    let ended = site.submit(0..3).await;
    site.wait_posted(&ended).await;
    site.world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 529}));
    let lost = site.submit(3..8).await;
    wait(&site, &lost, |status| status.stage == Stage::LlmStructure).await;
    delete(&mut site, &["invoices.llm-structure"], &[Stage::FetchExtract, Stage::LlmStructure]);
    site.world.sandbox.clear_faults();
    site.list(0..8);
    recover(&mut site, "A stage's topic or its retry topic");
    site.assert_one_bill_each(&ended.union(&lost).cloned().collect());
    assert_eq!(site.world.sandbox.llm_answers(), 8, "what had ended is not paid again");
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_that_waited_in_a_deleted_retry_topic_run_again_and_no_other_does() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    let ended = site.submit(0..3).await;
    site.wait_posted(&ended).await;
    site.world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 409, "retry_after": 500}));
    let lost = site.submit(3..6).await;
    wait(&site, &lost, |status| status.state == State::Retrying).await;
    delete(&mut site, &["invoices.llm-structure.retry"], &[Stage::LlmStructure]);
    site.world.sandbox.clear_faults();
    site.list(0..6);
    recover(&mut site, "A stage's topic or its retry topic");
    site.assert_one_bill_each(&ended.union(&lost).cloned().collect());
    assert_eq!(site.world.sandbox.llm_answers(), 6, "what had ended is not paid again");
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_whose_dead_letter_was_deleted_can_be_submitted_again() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    let ended = site.submit(0..2).await;
    site.wait_posted(&ended).await;
    site.world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 400}));
    let dead = site.submit(2..4).await;
    wait(&site, &dead, |status| status.state == State::Dead).await;
    site.world.sandbox.clear_faults();
    site.world.sandbox.fault(&json!({"endpoint": "llm", "kind": "misread", "field": "total", "value": "1.00"}));
    let review = site.submit(4..6).await;
    wait(&site, &review, |status| status.state == State::Review).await;
    site.world.sandbox.clear_faults();
    delete(&mut site, &["invoices.llm-structure.dlq"], &[Stage::LlmStructure]);
    site.list(0..6);
    recover(&mut site, "A dead-letter topic");
    let all: HashSet<InvoiceId> = ended.iter().chain(&dead).chain(&review).cloned().collect();
    site.wait_posted(&all).await;
    site.assert_one_bill_each(&all);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_status_topic_was_deleted_no_invoice_runs_twice() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    let ended = site.submit(0..5).await;
    site.wait_posted(&ended).await;
    let publisher = site.world.publisher();
    let named = site.world.submit(&publisher, site.world.sandbox.pdf("numbered/5"), Some("NAMED-1")).await;
    site.wait_posted(&HashSet::from([named.clone()])).await;
    site.world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 529}));
    let running = site.submit(6..8).await;
    wait(&site, &running, |status| status.stage == Stage::LlmStructure).await;
    delete(&mut site, &["invoices.status"], &Stage::ALL);
    let applied = site.sh("invoicectl topics apply");
    assert!(!applied.status.success() && said(&applied).contains("rebuild-status"), "{}", said(&applied));
    site.world.sandbox.clear_faults();
    recover(&mut site, "The status topic");
    let again = site.submit(0..8).await;
    let conflicting = site.world.sandbox.pdf("numbered/9");
    site.world.submit(&site.world.publisher(), conflicting, Some("NAMED-1")).await;
    let dlq = site.world.topics.dead_letter(Stage::FetchExtract);
    // The URL of an id is known again; and the sample 5, which was submitted under another id, by its bytes.
    for expected in [code::ADMISSION_ID_CONFLICT, code::FETCH_SAME_DOCUMENT] {
        site.world.wait_record(&dlq, SOON, |letter| letter.headers.error_code.as_ref() == Some(&expected)).await;
    }
    let own: HashSet<InvoiceId> =
        again.iter().filter(|id| ended.contains(id) || running.contains(id)).cloned().collect();
    site.wait_posted(&own).await;
    wait_duplicates(&site, &own).await;
    let bills = site.world.sandbox.bills().len();
    assert_eq!(bills, 8, "one bill for each of {} invoices", own.len() + 1);
    assert_eq!(site.world.sandbox.llm_answers(), 8, "and no answer is paid twice");
}

/// Each of these was submitted again and dropped.
async fn wait_duplicates(site: &Site, ids: &HashSet<InvoiceId>) {
    for id in ids {
        let is_duplicate = |record: &stream::read::Record| {
            let event: HistoryEvent = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
            event.kind == EventKind::Duplicate && event.invoice_id == *id
        };
        site.world.wait_record(&site.world.topics.history(), SOON, is_duplicate).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_history_and_the_records_of_bills_the_pipeline_goes_on() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    let ended = site.submit(0..3).await;
    site.wait_posted(&ended).await;
    delete(&mut site, &["invoices.history", "invoices.posted"], &Stage::ALL);
    recover(&mut site, "The history or the topic of bills");
    let all = site.submit(0..5).await;
    site.wait_posted(&all).await;
    wait_duplicates(&site, &ended).await;
    site.assert_one_bill_each(&all);
    assert_eq!(site.world.sandbox.llm_answers(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_does_not_go_on_over_a_topic_that_was_made_anew_under_it() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    let ended = site.submit(0..8).await;
    site.wait_posted(&ended).await;
    // Faster than the services look for missing topics.
    let delete = r#"kafka-topics.sh --bootstrap-server "$KAFKA" --delete --topic invoices.llm-structure"#;
    let made_anew = site.sh(&format!("{delete} && invoicectl topics apply"));
    let told = said(&made_anew);
    assert!(made_anew.status.success() || told.contains("is running"), "the service may have ended by then: {told}");
    site.wait_code(Stage::LlmStructure, &code::ENGINE_OFFSET_OUT_OF_RANGE, true);
    site.list(0..10);
    recover(&mut site, "A stage's topic or its retry topic");
    let all = site.submit(0..10).await;
    site.wait_posted(&all).await;
    site.assert_one_bill_each(&all);
    assert_eq!(site.world.sandbox.llm_answers(), 10, "what had ended is not paid again");
}
