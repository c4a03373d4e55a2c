//! Replays of many: chosen, tried beforehand, edited, begun elsewhere, stopped and gone on with, and kept out of loops.

use contract::history::EventKind;
use contract::{HistoryEvent, InvoiceId, Stage, State, Status};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::process::Output;
use std::time::Duration;
use stream::read::Record;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);

/// Invoices of which each has died at the language model.
async fn dead(world: &World, count: u32) -> HashSet<InvoiceId> {
    world.sandbox.fault(&json!({"endpoint": "llm", "kind": "status", "status": 400}));
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in 0..count {
        ids.insert(world.submit(&publisher, world.sandbox.pdf(&format!("numbered/{number}")), None).await);
    }
    let ended = world.wait_ended(&ids, SOON).await;
    assert!(ended.values().all(|status| status.state == State::Dead), "{ended:?}");
    world.sandbox.clear_faults();
    ids
}

fn replay(world: &World, options: &[&str]) -> Output {
    let words = [&["dlq", "replay", "--reason", "mended"], options].concat();
    world.invoicectl(&words)
}

/// What a replay with `--json` says.
fn counted(world: &World, options: &[&str]) -> Value {
    let output = replay(world, &[options, &["--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How many of the counted letters were passed over for this reason; replayed if `None`.
fn letters(report: &Value, skipped: Option<&str>) -> u64 {
    let rows = report["letters"].as_array().unwrap();
    let of = rows.iter().filter(|row| row["skipped"].as_str() == skipped);
    of.map(|row| row["letters"].as_u64().unwrap()).sum()
}

async fn events(world: &World) -> Vec<HistoryEvent> {
    let records = world.records(&world.topics.history()).await;
    records.iter().map(|record| serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()).collect()
}

/// Waits until admission has accepted that many commands.
async fn until_accepted(world: &World, commands: usize) {
    let accepted = Cell::new(0);
    let is_last = |record: &Record| {
        let event: HistoryEvent = serde_json::from_slice(record.value.as_deref().unwrap()).unwrap();
        accepted.set(accepted.get() + usize::from(event.kind == EventKind::CommandAccepted));
        accepted.get() == commands
    };
    world.wait_record(&world.topics.history(), SOON, is_last).await;
}

async fn in_run(world: &World, id: &InvoiceId, run: u32) -> Status {
    let ids = HashSet::from([id.clone()]);
    let mut ended = world.wait_status(&ids, SOON, |status| status.run == run && status.state.is_terminal()).await;
    ended.remove(id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_was_stopped_goes_on_by_asking_again_and_each_invoice_runs_once_more() {
    let world = World::start(&Setup::default());
    let ids = dead(&world, 12).await;
    let chosen = ["--code", "llm.bad_request", "--stage", "llm-structure"];
    let tried = counted(&world, &[&chosen[..], &["--dry-run"]].concat());
    assert_eq!((letters(&tried, None), &tried["answers"]), (12, &Value::Null));
    assert_eq!(letters(&counted(&world, &["--vendor", "nobody's", "--dry-run"]), None), 0);
    assert_eq!(letters(&counted(&world, &["--older-than", "1d", "--dry-run"]), None), 0);

    let part = counted(&world, &[&chosen[..], &["--max", "3"]].concat());
    assert_eq!((letters(&part, None), letters(&part, Some("left"))), (3, 9));
    assert_eq!(part["answers"]["accepted"], 3);

    // The next one is killed between its commands.
    let words = ["dlq", "replay", "--all", "--rate", "2"];
    let mut killed = world.invoicectl_command(&words).spawn().unwrap();
    until_accepted(&world, 5).await;
    killed.kill().unwrap();
    assert!(!killed.wait().unwrap().success());
    let sent = world.records(&world.topics.main(Stage::FetchExtract)).await.len() - ids.len();
    until_accepted(&world, sent).await;

    let rest = counted(&world, &["--all"]);
    let left = letters(&rest, None);
    assert!((1..=7).contains(&left), "{rest}");
    let ended = world.wait_status(&ids, SOON, |status| status.run == 2 && status.state.is_terminal()).await;
    assert!(ended.values().all(|status| status.state == State::Posted), "{ended:?}");
    let mut runs: HashMap<InvoiceId, u32> = HashMap::new();
    for event in events(&world).await.into_iter().filter(|event| event.kind == EventKind::CommandAccepted) {
        *runs.entry(event.invoice_id).or_default() += 1;
    }
    assert_eq!(runs, ids.into_iter().map(|id| (id, 1)).collect());
    assert_eq!(letters(&counted(&world, &["--all", "--dry-run"]), None), 0, "nothing is open any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_mends_what_it_fits_and_leaves_the_rest_alone() {
    let world = World::start(&Setup::default());
    let publisher = world.publisher();
    let (gone, elsewhere) = (world.sandbox.pdf("gone"), format!("{}?elsewhere", world.sandbox.pdf("gone")));
    let fits = world.submit(&publisher, gone.clone(), Some("FITS")).await;
    let other = world.submit(&publisher, elsewhere, Some("OTHER")).await;
    world.wait_ended(&HashSet::from([fits.clone(), other.clone()]), SOON).await;
    let folder = tempfile::tempdir().unwrap();
    let patch = folder.path().join("patch.json");
    let right = world.sandbox.pdf("numbered/9");
    let operations = json!([
        {"op": "test", "path": "/pdf_url", "value": gone},
        {"op": "replace", "path": "/pdf_url", "value": right},
    ]);
    std::fs::write(&patch, operations.to_string()).unwrap();
    let edit = ["--code", "fetch.http_404", "--edit", patch.to_str().unwrap()];
    let tried = counted(&world, &[&edit[..], &["--dry-run"]].concat());
    assert_eq!((letters(&tried, None), letters(&tried, Some("patch"))), (1, 1));
    let replayed = replay(&world, &edit);
    assert_eq!(replayed.status.code(), Some(1), "one was refused: {}", String::from_utf8_lossy(&replayed.stdout));
    assert_eq!(in_run(&world, &fits, 2).await.state, State::Posted);
    let left = world.invoicectl(&["dlq", "list", "--json"]);
    let left: Value = serde_json::from_slice(&left.stdout).unwrap();
    assert_eq!((left["invoice_id"].as_str(), left["run"].as_u64()), (Some(other.as_str()), Some(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_ending_alike_is_run_again_only_by_force() {
    let world = World::start(&Setup::default());
    let id = world.submit(&world.publisher(), world.sandbox.pdf("gone"), Some("LOOP-1")).await;
    for run in 1..=6 {
        assert_eq!(in_run(&world, &id, run).await.state, State::Dead, "run {run}");
        let again = replay(&world, &["--all"]);
        let expected = if run < 6 { Some(0) } else { Some(1) };
        assert_eq!(again.status.code(), expected, "run {run}: {}", String::from_utf8_lossy(&again.stdout));
    }
    let refused = replay(&world, &["--id", "LOOP-1"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        refused.status.code() == Some(1) && said.contains("6 of its runs have ended with fetch.http_404"),
        "{said}"
    );
    assert_eq!(letters(&counted(&world, &["--all", "--dry-run"]), Some("loop_guard")), 1);
    assert!(replay(&world, &["--id", "LOOP-1", "--force"]).status.success());
    assert_eq!(in_run(&world, &id, 7).await.state, State::Dead);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_begins_again_at_an_earlier_stage_with_what_that_stage_was_given() {
    let env = vec![("INVOICES__ZOHO__APPROVE", "always".to_owned())];
    let world = World::start(&Setup { env, ..Setup::default() });
    let id = world.submit(&world.publisher(), world.sandbox.pdf("numbered/3"), Some("AGAIN-1")).await;
    assert_eq!(in_run(&world, &id, 1).await.state, State::Review);
    for (run, stage) in [(2, "llm-structure"), (3, "fetch-extract")] {
        let again = replay(&world, &["--id", "AGAIN-1", "--to", stage]);
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
        assert_eq!(in_run(&world, &id, run).await.state, State::Review, "run {run}");
        assert_eq!(world.sandbox.llm_answers(), u64::from(run), "it was read again");
    }
    let of_run = |event: &&HistoryEvent, run| event.run == run && event.kind == EventKind::Forwarded;
    let events = events(&world).await;
    let stages = |run| events.iter().filter(|event| of_run(event, run)).map(|event| event.stage.as_str()).collect();
    let (second, third): (Vec<_>, Vec<_>) = (stages(2), stages(3));
    assert_eq!((second, third), (vec!["llm-structure"], vec!["fetch-extract", "llm-structure"]));
    let approved = world.invoicectl(&["dlq", "approve", "AGAIN-1", "--reason", "compared"]);
    assert!(approved.status.success());
    assert_eq!(in_run(&world, &id, 4).await.state, State::Posted);
}
