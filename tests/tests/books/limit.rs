use crate::{REPLICAS, add_posting, up_to_posting};
use contract::Stage;
use std::time::Duration;
use testkit::world::Setup;
use testkit::{Known, Meter, ZohoCalls, until};

const LIMIT: u64 = 100;
/// Three calls each: more than three minutes can post.
const INVOICES: u32 = 150;
const MINUTE: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_secs(180);
/// Of the limit 95 are used, and what is computed per partition is rounded down.
const LEAST: u64 = 85;

#[tokio::test(flavor = "multi_thread")]
async fn for_three_minutes_at_a_hundred_calls_a_minute_the_limit_is_never_exceeded() {
    let env = vec![("INVOICES__ZOHO__CALLS_PER_MINUTE", LIMIT.to_string())];
    let sandbox = vec!["--calls-per-minute", "100"];
    let mut world = up_to_posting(&Setup { partitions: 12, env, sandbox, ..Setup::default() });
    let known = Known::submit(&world, 0..INVOICES).await;
    world.wait_status(&known.ids(), SOON, |status| status.stage == Stage::PostToZoho).await;
    add_posting(&mut world, REPLICAS);
    until("the calls have begun", MINUTE, || ZohoCalls::read(&world.sandbox).total >= 20).await;

    let mut meter = Meter::start(ZohoCalls::read(&world.sandbox).total);
    while meter.elapsed() < 3 * MINUTE {
        meter.tick(|| ZohoCalls::read(&world.sandbox).total).await;
    }
    let calls = ZohoCalls::read(&world.sandbox);
    println!(
        "books, limit: {REPLICAS} replicas, {LIMIT} calls a minute, for three minutes: at most {} in any minute, {} on \
         average, {} in the slowest; {} refused, {} bills",
        calls.peak_per_minute,
        meter.average(),
        meter.slowest(),
        calls.refused,
        world.sandbox.bills().len()
    );
    assert!(world.sandbox.bills().len() < known.ids().len(), "not enough waited");
    assert!(calls.peak_per_minute <= LIMIT);
    assert_eq!(calls.refused, 0);
    assert!(meter.average() >= LEAST);
}
