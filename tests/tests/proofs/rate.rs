use crate::submit;
use contract::Stage;
use std::time::Duration;
use testkit::world::{Setup, World};
use testkit::{Meter, ZohoCalls};

const LIMIT: u64 = 100;
const MINUTE: Duration = Duration::from_secs(60);
/// One replica leaves after the first minute and comes back half a minute later.
const LEAVES: Duration = Duration::from_secs(60);
const RETURNS: Duration = Duration::from_secs(90);

/// Calls of Zoho so far, refused ones included.
fn calls(world: &World) -> u64 {
    ZohoCalls::read(&world.sandbox).total
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_never_exceed_a_limit_that_they_share_and_use_most_of_it() {
    let env = vec![("INVOICES__ZOHO__CALLS_PER_MINUTE", LIMIT.to_string())];
    let mut world =
        World::new(&Setup { partitions: 12, env, sandbox: vec!["--calls-per-minute", "100"], ..Setup::default() });
    for stage in [Stage::FetchExtract, Stage::LlmStructure] {
        world.add(stage, stage.as_str());
    }
    (0..3).for_each(|_| world.add(Stage::PostToZoho, "post-to-zoho"));
    Stage::ALL.into_iter().for_each(|stage| world.replicas(stage).iter_mut().for_each(testkit::Service::wait_ready));
    submit(&world, 0..330).await;
    crate::until("the calls have begun", MINUTE, || calls(&world) >= 20).await;

    let (mut meter, mut stopped, mut returned) = (Meter::start(calls(&world)), false, false);
    while meter.elapsed() < 3 * MINUTE {
        if !stopped && meter.elapsed() >= LEAVES {
            stopped = true;
            assert!(world.replicas(Stage::PostToZoho)[2].stop());
        }
        if !returned && meter.elapsed() >= RETURNS {
            returned = true;
            world.replicas(Stage::PostToZoho)[2].restart();
        }
        meter.tick(|| calls(&world)).await;
    }
    let (used, least) = (meter.average(), meter.slowest());
    let ZohoCalls { peak_per_minute: peak, refused, .. } = ZohoCalls::read(&world.sandbox);
    println!(
        "rate: 3 replicas, {LIMIT} calls a minute, one replica away from second 60 to 90: at most {peak} in any minute, \
         {used} a minute on average over three, {least} in the worst; {refused} refused"
    );
    assert!(peak <= LIMIT && used >= 85);
}
