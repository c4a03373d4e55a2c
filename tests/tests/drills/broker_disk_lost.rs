use crate::site::Site;
use std::collections::HashSet;
use testkit::world::Setup;

/// Slow enough that some calls are in the air when the backup is made.
fn slow() -> Setup {
    Setup { sandbox: vec!["--latency-llm-ms", "300"], ..Setup::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_from_an_older_backup_everything_submitted_again_has_one_bill_each() {
    let mut site = Site::start(&slow(), &[]).await;
    let ended = site.submit(0..10).await;
    site.wait_posted(&ended).await;
    let on_their_way = site.submit(10..20).await;
    site.follow("broker-disk-lost", "Make a backup");
    let later = site.submit(20..30).await;
    let all: HashSet<_> = ended.iter().chain(&on_their_way).chain(&later).cloned().collect();
    site.wait_posted(&all).await;
    let paid = site.world.sandbox.llm_answers();
    site.crash_broker();
    site.list(0..30);
    site.follow("broker-disk-lost", "With a backup");
    site.follow("broker-disk-lost", "It is over when");
    site.wait_posted(&all).await;
    site.assert_one_bill_each(&all);
    let again = site.world.sandbox.llm_answers() - paid;
    println!("restored: {} bills, {again} answers of the language model paid again", all.len());
    assert!((10..=20).contains(&again), "only what had not ended at the backup is paid again: {again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_total_loss_everything_submitted_again_has_one_bill_each() {
    let mut site = Site::start(&Setup::default(), &[]).await;
    let all = site.submit(0..10).await;
    site.wait_posted(&all).await;
    let paid = site.world.sandbox.llm_answers();
    site.crash_broker();
    site.list(0..10);
    site.follow("broker-disk-lost", "Without a backup");
    site.follow("broker-disk-lost", "It is over when");
    site.wait_posted(&all).await;
    site.assert_one_bill_each(&all);
    assert_eq!(site.world.sandbox.llm_answers() - paid, 10, "each runs from its PDF");
}
