//! What `invoicectl` shows: timelines, tables for spreadsheets, the live table on a terminal, stages.

use contract::{InvoiceId, Stage, State};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(60);

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// One invoice that was posted at once, and one that was discarded.
async fn posted_and_discarded(world: &World) -> (InvoiceId, InvoiceId) {
    let publisher = world.publisher();
    let posted = world.submit(&publisher, world.sandbox.pdf("numbered/7"), Some("POSTED")).await;
    let dead = world.submit(&publisher, world.sandbox.pdf("gone"), Some("DEAD")).await;
    world.wait_ended(&HashSet::from([posted.clone(), dead.clone()]), SOON).await;
    let discard = ["dlq", "discard", "DEAD", "--reason", "=1+1"];
    said(&world.invoicectl_command(&discard).env("USER", "asha").output().unwrap());
    (posted, dead)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_for_what_and_why_can_be_looked_up_and_exported_for_a_spreadsheet() {
    let world = World::start(&Setup::default());
    posted_and_discarded(&world).await;
    let told = said(&world.invoicectl(&["status", "POSTED"]));
    assert_eq!(told.lines().count(), 4, "the state and an event of each stage: {told}");
    assert!(told.lines().skip(2).all(|line| line.contains("  after ")), "{told}");
    let told: Value = serde_json::from_str(&said(&world.invoicectl(&["status", "DEAD", "--json"]))).unwrap();
    let kinds: Vec<&str> =
        told["timeline"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!((told["state"].as_str(), kinds), (Some("discarded"), vec!["dead_lettered", "command_accepted"]));
    let brief: Value =
        serde_json::from_str(&said(&world.invoicectl(&["status", "DEAD", "--brief", "--json"]))).unwrap();
    assert!(brief.get("timeline").is_none());

    let decided = said(&world.invoicectl(&["history", "--by-people", "--actor", "asha", "--since", "1d"]));
    assert!(decided.lines().count() == 1 && decided.trim_end().ends_with("by asha  because: =1+1"), "{decided}");
    let table = said(&world.invoicectl(&["export", "history", "--by-people"]));
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].starts_with("at,invoice_id,kind,") && rows[1].contains(",asha,'=1+1,"), "{table}");
    assert_eq!(rows.len(), 2);

    let table = said(&world.invoicectl(&["export", "invoices"]));
    assert_eq!(table.lines().count(), 3, "a row for each invoice, whatever states it had: {table}");
    let posted = said(&world.invoicectl(&["export", "invoices", "--state", "posted", "--format", "json"]));
    let posted: Value = serde_json::from_str(&posted).unwrap();
    assert_eq!((posted["invoice_id"].as_str(), posted["bill"]["kind"].is_null()), (Some("POSTED"), true));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letters.csv");
    let export = ["export", "dead-letters", "--all", "--class", "permanent", "--output", file.to_str().unwrap()];
    assert_eq!(said(&world.invoicectl(&export)), "");
    let letters = std::fs::read_to_string(file).unwrap();
    assert!(
        letters.lines().count() == 2 && letters.contains(",DEAD,fetch-extract,fetch.http_404,permanent,"),
        "{letters}"
    );
    assert_eq!(said(&world.invoicectl(&["export", "dead-letters"])).lines().count(), 1, "none is open");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_watch_is_a_table_that_lives_and_gives_the_terminal_back() {
    let world = World::start(&Setup::default());
    posted_and_discarded(&world).await;
    let watch = world.invoicectl_command(&["watch"]);
    let program = watch.get_program().to_str().unwrap().to_owned();
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--echo", "never", "--command", &format!("stty rows 24 cols 100; {program} watch")]);
    terminal.arg("/dev/null").stdin(Stdio::piped()).stdout(Stdio::piped()).envs(world.env().iter().cloned());
    let mut terminal =
        terminal.env("INVOICES__KAFKA__BROKERS", &world.kafka.brokers).env("TERM", "xterm").spawn().unwrap();
    let (mut keys, mut screen) = (terminal.stdin.take().unwrap(), terminal.stdout.take().unwrap());
    let (shown, changes) = std::sync::mpsc::channel();
    let reading = std::thread::spawn(move || {
        let (mut all, mut part) = (String::new(), [0; 4096]);
        while let Ok(read @ 1..) = screen.read(&mut part) {
            all.push_str(&String::from_utf8_lossy(&part[..read]));
            shown.send(all.clone()).ok();
        }
        all
    });
    let until = |wanted: &str| {
        let mut latest = String::new();
        while !latest.contains(wanted) {
            latest = changes.recv_timeout(SOON).unwrap_or_else(|_| panic!("`{wanted}` is not shown: {latest:?}"));
        }
    };
    until("2 invoices  1 posted  1 discarded");
    until("q ends it");
    world.submit(&world.publisher(), world.sandbox.pdf("numbered/8"), Some("LIVE")).await;
    until("3 invoices  2 posted  1 discarded");
    keys.write_all(b"q").unwrap();
    let all = reading.join().unwrap();
    assert!(terminal.wait().unwrap().success());
    let (entered, left) = (all.find("\u{1b}[?1049h").unwrap(), all.rfind("\u{1b}[?1049l").unwrap());
    assert!(entered < left && all[left..].contains("\u{1b}[?25h"), "the cursor is back");
    assert_eq!(all.matches("\u{1b}[2J").count(), 1, "it is cleared once and drawn where it changes");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_each_change_is_a_line() {
    let world = World::start(&Setup::default());
    let mut first_run = 1;
    for words in [&["watch", "--json"][..], &["tail", "--json", "WANTED"]] {
        let mut following =
            world.invoicectl_command(words).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
        // Where it begins to follow is not told, so something changes again and again: what is dead runs anew when asked for.
        let publisher = world.publisher();
        let changing = async {
            for run in first_run.. {
                let ids = ["OTHER", "WANTED"].map(|id| world.submit(&publisher, world.sandbox.pdf("gone"), Some(id)));
                let ids: HashSet<InvoiceId> = futures::future::join_all(ids).await.into_iter().collect();
                let ended = |status: &contract::Status| status.run >= run && status.state.is_terminal();
                first_run =
                    world.wait_status(&ids, SOON, ended).await.values().map(|status| status.run).max().unwrap() + 1;
            }
        };
        let first = tokio::task::spawn_blocking(move || lines.next().unwrap().unwrap());
        let line = tokio::select! { line = first => line.unwrap(), () = changing => unreachable!() };
        following.kill().unwrap();
        following.wait().unwrap();
        let change: Value = serde_json::from_str(&line).unwrap();
        assert!(change["state"].is_string() && (words[0] == "watch" || change["invoice_id"] == "WANTED"), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_stage_is_shown_as_such_and_goes_on_when_it_is_resumed() {
    let world = World::start(&Setup::default());
    let paused = ["stage", "pause", "llm-structure", "--reason", "price list changes"];
    said(&world.invoicectl_command(&paused).env("USER", "asha").output().unwrap());
    let id = world.submit(&world.publisher(), world.sandbox.pdf("numbered/7"), Some("PAUSED")).await;
    world.wait_status(&[id.clone()].into(), SOON, |status| status.stage == Stage::LlmStructure).await;
    let stages = said(&world.invoicectl(&["stage", "list"]));
    assert!(
        stages.contains("llm-structure  paused by asha at ") && stages.contains("because: price list changes"),
        "{stages}"
    );
    assert!(stages.contains("post-to-zoho  open"), "{stages}");
    assert_eq!(world.sandbox.llm_answers(), 0);
    said(&world.invoicectl(&["stage", "resume", "llm-structure", "--reason", "done"]));
    assert_eq!(world.wait_ended(&[id.clone()].into(), SOON).await[&id].state, State::Posted);
    let told = said(&world.invoicectl(&["history", "stage:llm-structure", "--json"]));
    let kinds: Vec<Value> =
        told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].clone()).collect();
    assert_eq!(kinds, [json!("stage_paused"), json!("stage_resumed")]);
}
