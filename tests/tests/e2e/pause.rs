use contract::history::{self, EventKind};
use contract::stages::{Control, Heartbeat, Key};
use contract::{HistoryEvent, InvoiceId, Stage, State};
use local::{http, kafka};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use stream::read::{self, Start};
use testkit::world::{Setup, World};
use testkit::{Ledger, until};

const SOON: Duration = Duration::from_secs(60);
const STAGE: Stage = Stage::LlmStructure;
/// The tool that deletes a topic.
const TOPICS: &str = "org.apache.kafka.tools.TopicCommand";

async fn submit(world: &World, numbers: std::ops::Range<u32>) -> HashSet<InvoiceId> {
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in numbers {
        ids.insert(world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{number}")), None).await);
    }
    ids
}

async fn control(world: &World, paused: bool) {
    let said = Control { stage: STAGE, paused, actor: "asha".to_owned(), reason: Some("prices".to_owned()), at_ms: 7 };
    world.publisher().control(&said).await.unwrap();
}

/// Waits until every replica of the stage knows that it is paused, or that it is not.
async fn wait_known(world: &mut World, paused: bool) {
    let wanted = f64::from(u8::from(paused));
    for replica in world.replicas(STAGE) {
        until("the replica knows", SOON, || {
            (replica.metrics().get(r#"invoice_stage_wait_reason{reason="paused"}"#) - wanted).abs() < 0.5
        })
        .await;
    }
}

async fn wait_idle(world: &mut World) {
    for replica in world.replicas(STAGE) {
        until("nothing is in the air", SOON, || replica.metrics().get("invoice_stage_in_flight") < 0.5).await;
    }
}

/// How many calls of the model were begun.
fn asked(world: &World) -> u64 {
    let llm = &world.sandbox.calls()["endpoints"]["llm"];
    ["ok", "error", "fault", "abandoned", "in_air"].iter().filter_map(|how| llm[how].as_u64()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_stage_starts_nothing_not_even_after_a_restart_and_loses_nothing() {
    let mut world = World::start(&Setup { sandbox: vec!["--latency-llm-ms", "300"], ..Setup::default() });
    world.add(STAGE, STAGE.as_str());
    world.replicas(STAGE)[1].wait_ready();
    let mut ids = submit(&world, 0..120).await;
    until("some are answered", SOON, || world.sandbox.llm_answers() >= 20).await;
    control(&world, true).await;
    wait_known(&mut world, true).await;
    wait_idle(&mut world).await;
    let before = asked(&world);
    ids.extend(submit(&world, 120..160).await);
    world.wait_status(&ids, SOON, |status| status.stage != Stage::FetchExtract).await;
    world.replicas(STAGE)[0].kill9_and_restart();
    for replica in world.replicas(STAGE) {
        replica.wait_ready();
    }
    wait_known(&mut world, true).await;
    // The other replica leaves: what it had not started goes to the one that was started paused.
    assert!(world.replicas(STAGE)[1].stop(), "a pause does not hold up a drain");
    world.replicas(STAGE).truncate(1);
    until("it owns all partitions", SOON, || world.service(STAGE).metrics().main_partitions().len() == 4).await;
    let open = |world: &mut World| world.service(STAGE).metrics().get("invoice_stage_waiting");
    until("it holds what it does not start", SOON, || open(&mut world) >= 40.0).await;
    assert_eq!(asked(&world), before, "nothing was started in the pause");

    control(&world, false).await;
    let ended = world.wait_ended(&ids, SOON).await;
    assert!(ended.values().all(|status| status.state == State::Posted));
    Ledger::read(&world, &ids).await.assert_each_ended_once(&ids);
    assert_eq!(world.sandbox.llm_answers(), 160, "each invoice was paid for once");
    println!("pause: {before} of 160 were asked for before it, the others after it");
    the_history_says_who(&world).await;
}

async fn the_history_says_who(world: &World) {
    let events = world.records(&world.topics.history()).await;
    let events = events.iter().map(|record| serde_json::from_slice(record.value.as_deref().unwrap()).unwrap());
    let told: Vec<HistoryEvent> =
        events.filter(|event: &HistoryEvent| event.invoice_id == history::of_stage(STAGE)).collect();
    let kinds: Vec<EventKind> = told.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::StagePaused, EventKind::StageResumed]);
    assert!(told.iter().all(|event| event.actor.as_deref() == Some("asha")));
    let record = world.record_at(&told[0].record).await;
    assert_eq!(record.key.as_deref(), Some(Key::Control(STAGE).to_string().as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_gate_goes_on_deciding_and_only_runs_wait() {
    let mut world = World::start(&Setup::default());
    let first = submit(&world, 0..1).await;
    world.wait_ended(&first, SOON).await;
    let said = Control { stage: Stage::FetchExtract, paused: true, actor: "asha".to_owned(), reason: None, at_ms: 7 };
    world.publisher().control(&said).await.unwrap();
    let paused = |world: &mut World| {
        world.service(Stage::FetchExtract).metrics().get(r#"invoice_stage_wait_reason{reason="paused"}"#) > 0.5
    };
    until("the gate is paused", SOON, || paused(&mut world)).await;
    let again = submit(&world, 0..1).await;
    let new = submit(&world, 1..2).await;
    let is_duplicate = |record: &read::Record| {
        let event: HistoryEvent = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
        event.kind == EventKind::Duplicate && again.contains(&event.invoice_id)
    };
    world.wait_record(&world.topics.history(), SOON, is_duplicate).await;
    until("the new one waits", SOON, || {
        world.service(Stage::FetchExtract).metrics().get("invoice_stage_waiting") > 0.5
    })
    .await;
    let admin = world.service(Stage::FetchExtract).process().admin(SOON).unwrap();
    assert_eq!(http::get(&format!("{admin}/readyz")).unwrap().status, 200, "a paused replica is ready");
    world.publisher().control(&Control { paused: false, ..said }).await.unwrap();
    assert!(world.wait_ended(&new, SOON).await.values().all(|status| status.state == State::Posted));
}

/// The latest heartbeat of each replica of the stage; none for one that was struck out.
async fn wait_heartbeats(
    world: &World,
    what: &str,
    wanted: impl Fn(&BTreeMap<String, Option<Heartbeat>>) -> bool,
) -> BTreeMap<String, Option<Heartbeat>> {
    let mut feed = read::follow(&world.kafka, &world.topics.stages(), Start::Beginning).await.unwrap();
    let mut latest = BTreeMap::new();
    let look = async {
        while !wanted(&latest) {
            let record = feed.next().await.unwrap().unwrap();
            let key: Key = std::str::from_utf8(record.key.as_deref().unwrap()).unwrap().parse().unwrap();
            if let Key::Heartbeat { stage: STAGE, instance } = key {
                latest.insert(instance, record.value.map(|value| serde_json::from_slice(&value).unwrap()));
            }
        }
    };
    tokio::time::timeout(SOON, look).await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
    latest
}

#[tokio::test(flavor = "multi_thread")]
async fn each_replica_says_how_it_is_until_it_ends() {
    let env = vec![("INVOICES__LLM__REQUESTS_PER_MINUTE", "600".to_owned())];
    let mut world = World::new(&Setup { env, sandbox: vec!["--latency-llm-ms", "2000"], ..Setup::default() });
    world.add_all();
    world.add(STAGE, STAGE.as_str());
    world.replicas(STAGE)[1].wait_ready();
    let ids = submit(&world, 0..30).await;
    let owns_all = |latest: &BTreeMap<String, Option<Heartbeat>>| {
        let owned: BTreeMap<i32, ()> =
            latest.values().flatten().flat_map(|one| &one.partitions).map(|one| (*one, ())).collect();
        latest.len() == 2 && owned.len() == 4 && latest.values().flatten().all(|one| one.partitions.len() == 2)
    };
    let at_work = |latest: &BTreeMap<String, Option<Heartbeat>>| {
        let works = |one: &Heartbeat| one.in_flight > 0 && one.lag.is_some_and(|lag| lag >= one.in_flight);
        owns_all(latest) && latest.values().flatten().all(works)
    };
    let latest = wait_heartbeats(&world, "both are at work", at_work).await;
    let rate = latest["r0"].as_ref().unwrap().rate_per_minute.unwrap();
    assert_eq!((rate.limit, rate.share), (600, 285), "half of the partitions, and 95 of 100 are used");
    world.wait_ended(&ids, SOON).await;
    let idle = |latest: &BTreeMap<String, Option<Heartbeat>>| {
        let idle = |one: &Heartbeat| one.open == 0 && one.lag == Some(0);
        owns_all(latest) && latest.values().flatten().all(idle)
    };
    wait_heartbeats(&world, "both are idle", idle).await;
    assert!(world.replicas(STAGE)[1].stop());
    let gone = |latest: &BTreeMap<String, Option<Heartbeat>>| latest.get("r1").is_some_and(Option::is_none);
    let left = wait_heartbeats(&world, "the one that has ended is struck out", gone).await;
    assert!(left["r0"].is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_cluster_without_the_topic_of_stages_a_stage_runs_and_says_so() {
    let mut world = World::new(&Setup::default());
    let topic = world.topics.stages();
    let deleted = kafka::tool(TOPICS)
        .unwrap()
        .args(["--bootstrap-server", &world.kafka.brokers, "--delete", "--topic", &topic])
        .status();
    assert!(deleted.unwrap().success());
    let check = |world: &World| String::from_utf8(world.invoicectl(&["topics", "check"]).stdout).unwrap();
    until("the topic is gone", SOON, || check(&world).contains("no stage can be paused")).await;
    assert!(check(&world).contains("invoicectl topics apply"), "{}", check(&world));
    world.add_all();
    let ids = submit(&world, 0..3).await;
    world.wait_ended(&ids, SOON).await;
    assert!(world.service(STAGE).log().contains("cannot be paused"), "{}", world.service(STAGE).log());
    assert!(world.invoicectl(&["topics", "apply"]).status.success());
    control(&world, true).await;
    wait_known(&mut world, true).await;
}
