use contract::history::EventKind;
use contract::{Command, CommandKind, Coordinates, HistoryEvent, InvoiceId, Stage, State, Status};
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use testkit::audit::{Evidence, Published, audit, positions};
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);
const PARTITIONS: i32 = 4;

fn erasure(id: &InvoiceId, run: u32) -> Command {
    Command {
        command: CommandKind::Erase,
        invoice_id: id.clone(),
        run,
        dead_letter: None,
        actor: "asha".to_owned(),
        reason: Some("the vendor asked".to_owned()),
    }
}

/// Asks, and returns how it was decided.
async fn ask(world: &World, command: &Command) -> HistoryEvent {
    let at = world.publisher().command(command).await.unwrap();
    decided(world, &at).await
}

/// Nobody but the test has published, so what stands at the gate is what was published.
async fn published(world: &World) -> Vec<Published> {
    let records = world.records(&world.topics.main(Stage::FetchExtract)).await;
    let published = |record: &stream::read::Record| Published {
        at: record.coordinates(),
        value: record.value.as_deref().unwrap_or_default().to_vec(),
    };
    records.iter().map(published).collect()
}

async fn decided(world: &World, at: &Coordinates) -> HistoryEvent {
    let event = |record: &stream::read::Record| {
        serde_json::from_slice::<HistoryEvent>(record.value.as_deref().unwrap()).unwrap()
    };
    event(&world.wait_record(&world.topics.history(), SOON, |record| event(record).record == *at).await)
}

async fn wait_state(world: &World, id: &InvoiceId, state: State) -> Status {
    let ids = HashSet::from([id.clone()]);
    world.wait_status(&ids, SOON, |status| status.state == state).await.remove(id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_leaves_a_state_without_personal_data_and_never_runs_again() {
    let world = World::start(&Setup::default());
    let publisher = world.publisher();
    let posted = world.submit(&publisher, world.sandbox.pdf("numbered/1"), Some("POSTED")).await;
    let before = wait_state(&world, &posted, State::Posted).await;
    assert!(before.bill.is_some() && before.cost_usd.is_some());
    world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 400}));
    let dead = world.submit(&publisher, world.sandbox.pdf("numbered/2"), Some("DEAD")).await;
    wait_state(&world, &dead, State::Dead).await;
    world.sandbox.clear_faults();

    for (id, stage) in [(&posted, Stage::PostToZoho), (&dead, Stage::LlmStructure)] {
        let event = ask(&world, &erasure(id, 1)).await;
        assert_eq!(event.kind, EventKind::Erased);
        assert_eq!((event.actor.as_deref(), event.reason.as_deref()), (Some("asha"), Some("the vendor asked")));
        let left = wait_state(&world, id, State::Erased).await;
        assert_eq!((left.run, left.stage, &left.url_hash.len()), (1, stage, &12));
        assert_eq!((left.bill, left.code, left.cost_usd, left.model), (None, None, None, None));
    }
    // A replay of what was erased, a second erasure, and a submission start nothing.
    let replay =
        CommandKind::Replay { stage: Stage::LlmStructure, input: serde_json::value::to_raw_value(&json!({})).unwrap() };
    for command in [Command { command: replay, ..erasure(&dead, 1) }, erasure(&posted, 1)] {
        assert_eq!(ask(&world, &command).await.kind, EventKind::StaleCommand, "{:?}", command.command);
    }
    let request = contract::Request::of(world.sandbox.pdf("numbered/1")).named(Some(posted.clone()));
    let again = publisher.submit(&request).await.unwrap();
    assert_eq!(decided(&world, &again.record).await.kind, EventKind::Duplicate);
    assert_eq!(world.sandbox.bills().len(), 1);

    let mut evidence = Evidence::gather(&world, PARTITIONS, published(&world).await).await;
    evidence.positions = positions(&world.kafka.brokers);
    evidence.positions.retain(|one| one.topic.starts_with(&world.topics.family()));
    let wrong: Vec<String> = audit(&evidence).into_iter().filter(|one| !one.contains("lag is left")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_is_not_erased() {
    let world = World::start(&Setup::default());
    let fault = json!({"endpoint": "llm", "kind": "status", "status": 409, "retry_after": 5});
    let fault = world.sandbox.fault(&fault);
    let id = world.submit(&world.publisher(), world.sandbox.pdf("numbered/3"), None).await;
    wait_state(&world, &id, State::Retrying).await;
    assert_eq!(ask(&world, &erasure(&id, 1)).await.kind, EventKind::StaleCommand);
    world.sandbox.clear_fault(fault);
    wait_state(&world, &id, State::Posted).await;
    assert_eq!(ask(&world, &erasure(&id, 1)).await.kind, EventKind::Erased);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_adds_up_to_what_the_model_was_paid() {
    let world = World::start(&Setup::default());
    let id = world.submit(&world.publisher(), world.sandbox.pdf("numbered/4"), None).await;
    let status = wait_state(&world, &id, State::Posted).await;
    let events = world.records(&world.topics.history()).await;
    let paid = events
        .iter()
        .filter_map(|record| serde_json::from_slice::<HistoryEvent>(record.value.as_deref()?).ok())
        .filter_map(|event| event.cost_usd.map(|usd| (event.stage, usd)));
    assert_eq!(paid.collect::<Vec<_>>(), [(Stage::LlmStructure, status.cost_usd.unwrap())]);
}
