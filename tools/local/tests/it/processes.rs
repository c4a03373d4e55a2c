//! The promises of a child process: heard, found, frozen, ended.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use local::{Error, Process};

use crate::proof::{DEADLINE, eventually, runs, script, state};

#[test]
fn process_gets_its_environment_and_its_lines_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = Process::start(&script("echo", dir.path(), "echo says $WORD; exec sleep 60")).unwrap();
    assert_eq!(process.line("says ", DEADLINE).unwrap(), "hello");
}

#[test]
fn earlier_process_s_lines_are_not_taken_for_a_later_one_s() {
    let dir = tempfile::tempdir().unwrap();
    let launch = script("twice", dir.path(), "echo pid $$; exec sleep 60");
    let first = Process::start(&launch).unwrap().line("pid ", DEADLINE).unwrap();
    let mut second = Process::start(&launch).unwrap();
    assert_ne!(second.line("pid ", DEADLINE).unwrap(), first);
    assert_eq!(second.line("pid ", DEADLINE).unwrap(), second.pid().to_string());
}

#[test]
fn process_is_ready_when_its_admin_server_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", server.local_addr().unwrap());
    let answers = thread::spawn(move || ["503 Not Yet", "200 OK"].map(|status| answer(&server, status)));

    let launch = script("service", dir.path(), &format!("echo admin {address}; exec sleep 60"));
    let mut process = Process::start(&launch).unwrap();
    assert_eq!(process.wait_ready(DEADLINE).unwrap(), address);
    assert!(answers.join().unwrap().iter().all(|asked| asked.starts_with("GET /readyz ")));
}

#[test]
fn early_end_is_reported_with_the_end_of_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = Process::start(&script("broken", dir.path(), "echo no such key >&2; exit 64")).unwrap();
    let error = process.line("admin ", DEADLINE).unwrap_err();
    let Error::Ended { status, tail, .. } = error else { panic!("{error}") };
    assert_eq!((status.code(), tail.as_str()), (Some(64), "no such key"));
}

#[test]
fn paused_process_stands_still_until_it_is_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = Process::start(&script("spin", dir.path(), "while :; do :; done")).unwrap();
    process.pause().unwrap();
    eventually("stopped", || state(process.pid()) == Some('T'));
    process.resume().unwrap();
    eventually("running", || state(process.pid()) == Some('R'));
}

#[test]
fn process_that_ignores_sigterm_is_killed_after_the_grace() {
    let dir = tempfile::tempdir().unwrap();
    let mut process =
        Process::start(&script("deaf", dir.path(), "trap '' TERM; echo deaf; while :; do :; done")).unwrap();
    process.line("deaf", DEADLINE).unwrap();
    let status = process.terminate(Duration::from_millis(100)).unwrap();
    assert_eq!(status.code(), None);
    assert!(!runs(process.pid()));
}

#[test]
fn dropped_process_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(&script("left", dir.path(), "exec sleep 60")).unwrap();
    let pid = process.pid();
    assert!(runs(pid));
    drop(process);
    assert!(!runs(pid));
}

/// Answers one request and returns its first line.
fn answer(server: &TcpListener, status: &str) -> String {
    let (mut stream, _) = server.accept().unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        asked.extend(byte);
    }
    write!(stream, "HTTP/1.0 {status}\r\n\r\n").unwrap();
    String::from_utf8_lossy(&asked).lines().next().unwrap_or_default().to_owned()
}
