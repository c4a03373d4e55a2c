//! The supervisor's promises: what dies comes back, where it is now is known, and it stops on demand.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use local::os::signal::{self, Signal};
use local::{Error, Service, Supervisor};

use crate::proof::{DEADLINE, runs, script};

/// The process id stands in for the port: it is another one after each start.
const SERVICE: &str = "echo admin http://127.0.0.1/$$; exec sleep 60";

#[test]
fn killed_service_comes_back_and_its_new_address_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (told, changes) = channel();
    let launches = vec![script("one", dir.path(), SERVICE), script("two", dir.path(), SERVICE)];
    let supervisor = Supervisor::start(launches, move |all| told.send(all.to_vec()).unwrap()).unwrap();
    let before = told_when(&changes, |all| all.iter().all(|one| one.admin.is_some()));

    signal::send(before[0].pid, Signal::Kill).unwrap();
    let after = told_when(&changes, |all| all[0].pid != before[0].pid && all[0].admin.is_some());

    assert_eq!(after[0].admin, Some(format!("http://127.0.0.1/{}", after[0].pid)));
    assert_eq!(after[0].restarts, 1);
    assert_eq!(after[1], before[1]);

    supervisor.stop(DEADLINE).unwrap();
    assert!(after.iter().all(|one| !runs(one.pid)));
}

#[test]
fn service_that_never_comes_up_is_given_up_on_with_its_own_words() {
    let dir = tempfile::tempdir().unwrap();
    let launches = vec![script("wrong", dir.path(), "echo llm.api_key is not set >&2; exit 64")];
    let supervisor = Supervisor::start(launches, |_| {}).unwrap();
    let error = supervisor.wait_ready(DEADLINE).unwrap_err();
    let Error::Ended { name, tail, .. } = error else { panic!("{error}") };
    assert_eq!((name.as_str(), tail.as_str()), ("wrong", "llm.api_key is not set"));
}

#[test]
fn dropped_supervisor_leaves_no_service_behind() {
    let dir = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::start(vec![script("one", dir.path(), SERVICE)], |_| {}).unwrap();
    let pid = supervisor.services()[0].pid;
    assert!(runs(pid));
    drop(supervisor);
    assert!(!runs(pid));
}

fn told_when(changes: &Receiver<Vec<Service>>, holds: impl Fn(&[Service]) -> bool) -> Vec<Service> {
    let within = Duration::from_secs(10);
    loop {
        let all = changes.recv_timeout(within).expect("a change");
        if holds(&all) {
            return all;
        }
    }
}
