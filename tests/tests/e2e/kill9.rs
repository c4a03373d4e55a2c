use crate::faults::script_faults;
use contract::Stage;
use std::collections::HashSet;
use std::time::Duration;
use testkit::Ledger;
use testkit::world::{Setup, World};

const INVOICES: u32 = 400;

/// Kills the service when about a third of the invoices have ended, and once more at two thirds.
async fn kill_in_the_middle(victim: Stage) {
    let slow = vec!["--latency-llm-ms", "100"];
    let mut world = World::start(&Setup { sandbox: slow, ..Setup::default() });
    script_faults(&world.sandbox, 0.1);
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in 0..INVOICES {
        let url = world.sandbox.pdf(&format!("numbered/{number}"));
        ids.insert(world.submit(&publisher, url, None).await);
    }
    let mut in_doubt = 0;
    for share in [3, 2] {
        let reached = usize::try_from(INVOICES).unwrap() / share;
        wait_history(&world, reached).await;
        // It stands still while what is at risk is counted, so that the count is of the moment of the kill.
        world.service(victim).process().pause().unwrap();
        in_doubt += at_risk(&world).await;
        world.service(victim).kill9_and_restart();
    }
    world.wait_ended(&ids, Duration::from_secs(180)).await;
    let ledger = Ledger::read(&world, &ids).await;
    ledger.assert_each_ended_once(&ids);
    ledger.assert_origins_are_true(&world).await;
    let repeated = repeated_llm_answers(&world).await;
    println!(
        "kill -9 of {victim}, twice: {} bills, {} dead letters, {repeated} LLM answers beyond one per attempt, \
         {in_doubt} in the air or answered and not committed at the kills",
        ledger.posted(),
        ledger.dead_lettered(),
    );
    if victim == Stage::LlmStructure {
        assert!(repeated <= in_doubt, "{repeated} answers were paid for twice, {in_doubt} were at risk");
    } else {
        assert_eq!(repeated, 0, "no language model call is repeated when another stage dies");
    }
}

/// Waits until that many invoices have been settled by the last stage.
async fn wait_history(world: &World, count: usize) {
    let posted = world.topics.posted();
    let mut feed = stream::read::follow(&world.kafka, &posted, stream::read::Start::Beginning).await.unwrap();
    let look = async {
        for _ in 0..count {
            feed.next().await.unwrap().unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(120), look).await.expect("invoices are posted");
}

/// Calls in the air now, and answers whose settlement is not committed yet.
async fn at_risk(world: &World) -> u64 {
    let calls = world.sandbox.calls();
    let in_air = calls["llm"]["in_air"].as_u64().unwrap_or(0);
    let answered = calls["endpoints"]["llm"]["ok"].as_u64().unwrap_or(0);
    let committed = settled_by_llm(world).await;
    in_air + answered.saturating_sub(committed)
}

/// How many answers of the language model have led to a committed settlement.
async fn settled_by_llm(world: &World) -> u64 {
    let events = world.records(&world.topics.history()).await;
    let settled = events.iter().filter(|event| {
        let value = event.value.as_deref().unwrap_or_default();
        let event: contract::HistoryEvent = serde_json::from_slice(value).unwrap();
        event.stage == Stage::LlmStructure && event.kind == contract::history::EventKind::Forwarded
    });
    u64::try_from(settled.count()).unwrap()
}

/// Answers that were completed and delivered, beyond those that a committed settlement used.
async fn repeated_llm_answers(world: &World) -> u64 {
    world.sandbox.llm_answers().saturating_sub(settled_by_llm(world).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_fetch_extract_loses_and_doubles_nothing() {
    kill_in_the_middle(Stage::FetchExtract).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_llm_structure_loses_and_doubles_nothing_and_repeats_only_calls_at_risk() {
    kill_in_the_middle(Stage::LlmStructure).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_post_to_zoho_loses_and_doubles_nothing() {
    kill_in_the_middle(Stage::PostToZoho).await;
}
