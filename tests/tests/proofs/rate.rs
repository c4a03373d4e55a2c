use crate::submit;
use contract::Stage;
use serde_json::Value;
use std::time::{Duration, Instant};
use testkit::world::{Setup, World};

const LIMIT: u64 = 100;
const MINUTE: Duration = Duration::from_secs(60);
/// One replica leaves after the first minute and comes back half a minute later.
const LEAVES: Duration = Duration::from_secs(60);
const RETURNS: Duration = Duration::from_secs(90);

/// Calls of Zoho so far, refused ones included.
fn calls(world: &World) -> u64 {
    let calls = world.sandbox.calls();
    let of = |endpoint: &Value| {
        ["ok", "error", "fault", "abandoned"].iter().filter_map(|kind| endpoint[kind].as_u64()).sum::<u64>()
    };
    let endpoints = calls["endpoints"].as_object().unwrap();
    endpoints
        .iter()
        .filter(|(name, _)| !["pdf", "llm", "oauth"].contains(&name.as_str()))
        .map(|(_, endpoint)| of(endpoint))
        .sum()
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

    let (began, mut stopped, mut returned) = (Instant::now(), false, false);
    let mut seen = vec![(Duration::ZERO, calls(&world))];
    while began.elapsed() < 3 * MINUTE {
        if !stopped && began.elapsed() >= LEAVES {
            stopped = true;
            assert!(world.replicas(Stage::PostToZoho)[2].stop());
        }
        if !returned && began.elapsed() >= RETURNS {
            returned = true;
            world.replicas(Stage::PostToZoho)[2].restart();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        seen.push((began.elapsed(), calls(&world)));
    }
    let minutes = seen.iter().filter_map(|(from, before)| {
        let end = seen.iter().find(|(at, _)| *at >= *from + MINUTE)?;
        Some(end.1 - before)
    });
    let least = minutes.min().unwrap();
    let used = (seen.last().unwrap().1 - seen[0].1) / 3;
    let peak = world.sandbox.calls()["organization"]["peak_per_minute"].as_u64().unwrap();
    let refused = world.sandbox.calls()["endpoints"]["bills"]["error"].as_u64().unwrap_or(0);
    println!(
        "rate: 3 replicas, {LIMIT} calls a minute, one replica away from second 60 to 90: at most {peak} in any minute, \
         {used} a minute on average over three, {least} in the worst; {refused} refused"
    );
    assert!(peak <= LIMIT && used >= 85);
}
