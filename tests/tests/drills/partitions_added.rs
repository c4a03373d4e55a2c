use crate::site::{SOON, Site, said};
use contract::history::EventKind;
use contract::{HistoryEvent, Stage, State, code};
use serde_json::json;
use std::collections::HashSet;
use testkit::world::Setup;

const KEYED: [&str; 7] = [
    "invoices.fetch-extract",
    "invoices.fetch-extract.retry",
    "invoices.llm-structure",
    "invoices.llm-structure.retry",
    "invoices.post-to-zoho",
    "invoices.post-to-zoho.retry",
    "invoices.status",
];

fn alter(site: &mut Site, topics: &[&str]) {
    for topic in topics {
        let alter = format!("kafka-topics.sh --bootstrap-server \"$KAFKA\" --alter --topic {topic} --partitions 6");
        let done = site.sh(&alter);
        assert!(done.status.success(), "{}", said(&done));
    }
}

async fn duplicates(site: &Site) -> usize {
    let events = site.world.records(&site.world.topics.history()).await;
    let event = |record: &stream::read::Record| -> HistoryEvent {
        serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()
    };
    events.iter().filter(|record| event(record).kind == EventKind::Duplicate).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_partitions_were_added_an_invoice_posted_before_is_a_duplicate_and_an_old_dead_letter_can_be_replayed() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    site.set("PARTITIONS", "6");
    let ended = site.submit(0..20).await;
    site.wait_posted(&ended).await;
    site.world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 400}));
    let dead = site.submit(20..24).await;
    site.world.wait_status(&dead, SOON, |status| status.state == State::Dead).await;
    site.world.sandbox.clear_faults();
    let early = site.sh("invoicectl topics repartition --partitions 6");
    assert!(!early.status.success() && said(&early).contains("is running"), "{}", said(&early));

    alter(&mut site, &["invoices.fetch-extract"]);
    for stage in Stage::ALL {
        site.wait_code(stage, &code::ENGINE_PARTITION_COUNT, true);
    }
    site.start_services(&Stage::ALL);
    for stage in Stage::ALL {
        site.wait_code(stage, &code::ENGINE_PARTITION_COUNT, false);
    }
    // Publishers go on: old ones again, and some new.
    let waiting = site.submit((0..20).chain(24..28)).await;
    site.follow("partitions-added", "What to do");
    site.follow("partitions-added", "It is over when");
    site.wait_posted(&waiting).await;
    for id in &dead {
        let replay = site.sh(&format!("invoicectl dlq replay --id {id} --reason drill"));
        assert!(replay.status.success(), "{}", said(&replay));
    }
    let listed = site.sh("invoicectl dlq list --json");
    let all: HashSet<_> = waiting.union(&dead).cloned().collect();
    site.wait_posted(&all).await;
    assert_eq!(said(&listed), "", "no dead letter waits for anybody");
    site.assert_one_bill_each(&all);
    assert_eq!(duplicates(&site).await, 20);
    assert_eq!(site.world.sandbox.llm_answers(), 28, "one answer for each invoice");
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_and_settings_changed_by_hand_let_no_service_run_before_the_statuses_are_moved() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    site.set("PARTITIONS", "6");
    let ended = site.submit(0..10).await;
    site.wait_posted(&ended).await;
    alter(&mut site, &KEYED);
    for stage in Stage::ALL {
        site.wait_code(stage, &code::ENGINE_PARTITION_COUNT, true);
    }
    site.sh(r#"export INVOICES__TOPICS__PARTITIONS="$PARTITIONS""#);
    site.start_services(&Stage::ALL);
    for stage in Stage::ALL {
        site.wait_code(stage, &code::ENGINE_NO_OFFSET, true);
    }
    for refused in ["invoicectl topics apply", "invoicectl offsets set"] {
        let done = site.sh(refused);
        assert!(!done.status.success() && said(&done).contains("repartition"), "{refused}: {}", said(&done));
    }
    site.follow("partitions-added", "What to do");
    site.follow("partitions-added", "It is over when");
    let all = site.submit(0..12).await;
    site.wait_posted(&all).await;
    site.assert_one_bill_each(&all);
    assert_eq!(site.world.sandbox.llm_answers(), 12, "one answer for each invoice");
}
