//! The broker's promises: it serves clients, keeps its data, and leaves no process behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use local::{Broker, BrokerSettings, kafka};

use crate::proof::{eventually, runs};

#[test]
fn stopped_broker_leaves_no_process_and_its_data_survive_restart_and_crash() {
    let dir = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(&BrokerSettings::new(dir.path())).unwrap();
    let bootstrap = broker.bootstrap();
    topics(&bootstrap, &["--create", "--topic", "kept", "--partitions", "3"]);

    broker.restart().unwrap();
    assert_eq!(broker.bootstrap(), bootstrap);
    broker.kill().unwrap();
    broker.restart().unwrap();
    assert!(topics(&bootstrap, &["--list"]).lines().any(|topic| topic == "kept"));

    let pid = broker.pid();
    broker.stop().unwrap();
    assert!(!runs(pid));
}

#[test]
fn killed_parent_takes_the_broker_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut launcher = launcher(dir.path());
    let mut line = String::new();
    BufReader::new(launcher.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("kafka 127.0.0.1:"), "{line:?}");
    let pid = child_of(launcher.id());

    launcher.kill().unwrap();
    launcher.wait().unwrap();

    eventually("the broker is gone", || !runs(pid));
}

fn launcher(dir: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_local")).args(["broker", "--dir"]).arg(dir).stdout(Stdio::piped()).spawn().unwrap()
}

fn topics(bootstrap: &str, args: &[&str]) -> String {
    let mut tool = kafka::tool("org.apache.kafka.tools.TopicCommand").unwrap();
    let done = tool.args(["--bootstrap-server", bootstrap]).args(args).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// The one child of `parent`, whichever of its threads forked it.
fn child_of(parent: u32) -> u32 {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).unwrap();
    let children: Vec<u32> = tasks
        .filter_map(|task| fs::read_to_string(task.unwrap().path().join("children")).ok())
        .flat_map(|pids| pids.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>())
        .collect();
    let [child] = children[..] else { panic!("children of {parent}: {children:?}") };
    child
}
