use contract::history::EventKind;
use contract::{HistoryEvent, Stage, State};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use stream::read::Start;
use testkit::Ledger;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_replayed_by_two_at_once_and_resubmitted_beside_it_runs_once() {
    let mut world = World::start(&Setup::default());
    world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 400}));
    let publisher = world.publisher();
    let url = world.sandbox.pdf("numbered/5");
    let id = world.submit(&publisher, url.clone(), None).await;
    let ids = HashSet::from([id.clone()]);
    let dead = world.wait_ended(&ids, SOON).await;
    assert_eq!((dead[&id].state, dead[&id].run), (State::Dead, 1), "{:?}", dead[&id].code);
    world.sandbox.clear_faults();
    // Admission stands still until all three are in the topic.
    world.service(Stage::FetchExtract).process().pause().unwrap();
    let replay = ["dlq", "replay", "--id", id.as_str(), "--reason", "the model is back", "--no-wait"];
    let replays = [0, 1].map(|_| world.invoicectl_command(&replay).spawn().unwrap());
    for mut replay in replays {
        assert!(replay.wait().unwrap().success());
    }
    world.submit(&publisher, url, None).await;
    world.service(Stage::FetchExtract).process().resume().unwrap();
    let ended = world.wait_status(&ids, SOON, |status| status.run == 2 && status.state == State::Posted).await;
    assert_eq!(ended[&id].run, 2);

    let mut kinds = HashMap::new();
    let mut feed = stream::read::follow(&world.kafka, &world.topics.history(), Start::Beginning).await.unwrap();
    let decided = async {
        let count = |kinds: &HashMap<EventKind, u32>, kind| kinds.get(&kind).copied().unwrap_or(0);
        while count(&kinds, EventKind::Duplicate) + count(&kinds, EventKind::StaleCommand) < 2 {
            let record = feed.next().await.unwrap().unwrap();
            let event: HistoryEvent = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
            *kinds.entry(event.kind).or_default() += 1;
        }
    };
    tokio::time::timeout(SOON, decided).await.expect("all three are decided");
    assert_eq!(kinds.get(&EventKind::CommandAccepted), Some(&1), "{kinds:?}");
    assert_eq!(kinds.get(&EventKind::StaleCommand), Some(&1), "{kinds:?}");
    assert_eq!(kinds.get(&EventKind::Duplicate), Some(&1), "{kinds:?}");
    let ledger = Ledger::read(&world, &ids).await;
    assert_eq!((ledger.posted(), ledger.dead_lettered()), (1, 1), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_dead_letter_of_the_first_stage_can_be_replayed() {
    let world = World::start(&Setup::default());
    let publisher = world.publisher();
    let id = world.submit(&publisher, world.sandbox.pdf("gone"), Some("EDIT-1")).await;
    let ids = HashSet::from([id.clone()]);
    let dead = world.wait_ended(&ids, SOON).await;
    assert_eq!(dead[&id].code.as_ref().map(ToString::to_string).as_deref(), Some("fetch.http_404"));
    let folder = tempfile::tempdir().unwrap();
    let edited = folder.path().join("input.json");
    let input = json!({"pdf_url": world.sandbox.pdf("numbered/9"), "invoice_id": "EDIT-1"});
    std::fs::write(&edited, input.to_string()).unwrap();
    let path = edited.to_str().unwrap();
    let replayed = world.invoicectl(&["dlq", "replay", "--id", id.as_str(), "--input", path, "--reason", "right link"]);
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    let ended = world.wait_status(&ids, SOON, |status| status.run == 2 && status.state.is_terminal()).await;
    assert_eq!(ended[&id].state, State::Posted);
}
