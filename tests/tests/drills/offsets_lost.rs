use crate::site::{SOON, Site, said};
use contract::{Stage, code};
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use testkit::world::Setup;

/// Offsets live for a minute after their group is gone.
const FORGETFUL: [(&str, &str); 2] =
    [("offsets.retention.minutes", "1"), ("offsets.retention.check.interval.ms", "1000")];

const GROUPS: usize = 6;
const PARTITIONS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn after_all_offsets_have_expired_nothing_is_lost_and_nothing_settled_is_repeated() {
    let mut site = Site::start(&Setup::default(), &FORGETFUL).await;
    let ended = site.submit(0..6).await;
    site.wait_posted(&ended).await;
    // Open when the services stop, with settled records before and behind them.
    let fault = json!({"endpoint": "llm", "kind": "status", "status": 529});
    site.world.sandbox.fault(&fault);
    let open = site.submit(6..12).await;
    site.world.wait_status(&open, SOON, |status| status.stage == Stage::LlmStructure).await;
    site.sh("systemctl stop fetch-extract llm-structure post-to-zoho");
    let forgotten = async {
        while lost(&mut site) < GROUPS * PARTITIONS {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(150), forgotten).await.expect("the broker forgets the offsets");
    site.start_services(&Stage::ALL);
    for stage in Stage::ALL {
        site.wait_code(stage, &code::ENGINE_NO_OFFSET, true);
    }
    site.world.sandbox.clear_faults();
    site.follow("offsets-lost", "What to do");
    let all: HashSet<_> = ended.union(&open).cloned().collect();
    site.wait_posted(&all).await;
    site.follow("offsets-lost", "It is over when");
    site.assert_one_bill_each(&all);
    assert_eq!(site.world.sandbox.llm_answers(), 12, "one answer for each invoice");
}

/// On how many partitions of how many groups the offset is gone.
fn lost(site: &mut Site) -> usize {
    let shown = site.sh("invoicectl offsets show --json");
    String::from_utf8_lossy(&shown.stdout).lines().filter(|line| line.contains(r#""state":"lost""#)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_that_somebody_set_is_not_believed_and_what_it_would_repeat_is_not_repeated() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    let ended = site.submit(0..6).await;
    site.wait_posted(&ended).await;
    site.sh("systemctl stop fetch-extract llm-structure post-to-zoho");
    for stage in ["llm-structure", "post-to-zoho"] {
        let reset = format!(
            "kafka-consumer-groups.sh --bootstrap-server \"$KAFKA\" --group invoices.{stage} --topic invoices.{stage} \
             --reset-offsets --to-earliest --execute"
        );
        let done = site.sh(&reset);
        assert!(done.status.success(), "{}", said(&done));
    }
    site.start_services(&Stage::ALL);
    for stage in [Stage::LlmStructure, Stage::PostToZoho] {
        site.wait_code(stage, &code::ENGINE_FOREIGN_OFFSET, true);
    }
    site.follow("offsets-lost", "What to do");
    site.follow("offsets-lost", "It is over when");
    let all = site.submit(0..8).await;
    site.wait_posted(&all).await;
    site.assert_one_bill_each(&all);
    assert_eq!(site.world.sandbox.llm_answers(), 8, "one answer for each invoice");
    let posted = site.world.records(&site.world.topics.posted()).await;
    assert_eq!(posted.len(), 8, "nothing that was settled was processed again");
}
