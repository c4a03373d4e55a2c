//! What a PDF may do to its reader, and that the next PDF does not notice.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests and what they share")]

mod support;

use contract::{Class, code};
use engine::StageError;
use fetch_extract::extract::{CHILD, Launch, Limits, Pool};
use runtime::settings::{Extractor, Fetch};
use std::time::{Duration, Instant};
use support::{pdf, pool, program, settings};

const LINES: [&str; 3] = ["TAX INVOICE", "Invoice No: KK/2026/017", "Total: Rs. 1,180.00"];

/// A pool whose only child runs a shell script.
fn scripted(script: &str, time: Duration) -> Pool {
    let launch = Launch { program: "/bin/sh".into(), arguments: vec!["-c".into(), script.into()] };
    Pool::launching(launch, &Limits { time, ..Limits::default() }, 1)
}

async fn error_of(pool: &Pool, pdf: &[u8]) -> StageError {
    pool.read(pdf).await.unwrap_err().into()
}

fn one_child() -> Fetch {
    Fetch { extract_children: 1, ..settings() }
}

#[tokio::test]
async fn the_text_of_a_pdf_is_read_line_by_line() {
    let reading = pool(&settings()).read(&pdf::invoice(&LINES)).await.unwrap();
    let lines: Vec<&str> = reading.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!((reading.pages, lines), (1, LINES.to_vec()));
}

#[tokio::test]
async fn what_nobody_sees_is_not_read_and_is_counted() {
    let reading = pool(&settings()).read(&pdf::with_hidden_text()).await.unwrap();
    assert_eq!(reading.text(), "Total 1,180.00\n");
    let counts = reading.counts;
    let (each, shown) = (19, 13);
    assert_eq!((counts.shown, counts.transparent, counts.background), (shown, each, 2 * each));
    assert_eq!((counts.covered, counts.tiny, counts.outside), (each, each, 2 * each));
}

#[test]
fn what_this_kernel_holds_a_reader_with_is_told() {
    let told = Pool::confinement(&program()).unwrap();
    println!("{told:?}");
    // Every kernel that a test runs on today can filter system calls.
    assert!(told.seccomp);
}

#[tokio::test]
async fn a_crash_costs_one_child_and_the_next_pdf_is_read() {
    let pool = pool(&Fetch { extractor: Extractor::PdfExtract, ..one_child() });
    for (name, hostile) in [("panic", pdf::without_media_box()), ("stack overflow", pdf::self_reference())] {
        let error = error_of(&pool, &hostile).await;
        assert_eq!((error.code, error.class), (code::EXTRACT_CRASHED, Class::Permanent), "{name}");
        assert!(pool.read(&pdf::invoice(&LINES)).await.is_ok(), "after a {name}");
    }
}

#[tokio::test]
async fn a_pdf_that_never_ends_is_cut_off_by_the_clock() {
    let pool = pool(&Fetch { extract_timeout_ms: 500, ..one_child() });
    let error = error_of(&pool, &pdf::billion_laughs(12)).await;
    assert_eq!((error.code, error.class), (code::EXTRACT_TIMEOUT, Class::Permanent));
    assert!(pool.read(&pdf::invoice(&LINES)).await.is_ok());
}

#[tokio::test]
async fn processor_time_is_bounded_even_if_nobody_watches() {
    let told = Limits { time: Duration::from_secs(1), ..Limits::default() };
    let arguments = [CHILD.to_owned()].into_iter().chain(told.to_arguments()).collect();
    let unwatched = Duration::from_secs(60);
    let limits = Limits { time: unwatched, ..told };
    let pool = Pool::launching(Launch { program: program(), arguments }, &limits, 1);
    let begun = Instant::now();
    assert_eq!(error_of(&pool, &pdf::billion_laughs(12)).await.code, code::EXTRACT_TIMEOUT);
    assert!(begun.elapsed() < unwatched);
}

#[tokio::test]
async fn memory_is_bounded_and_the_bound_is_named() {
    let pool = pool(&Fetch { extract_memory_mb: 256, ..one_child() });
    let mut bomb = pdf::invoice(&["x"]);
    bomb.resize(300 << 20, b' ');
    let error = error_of(&pool, &bomb).await;
    assert_eq!((error.code, error.class), (code::EXTRACT_MEMORY, Class::Permanent), "{}", error.message);
    assert!(pool.read(&pdf::invoice(&LINES)).await.is_ok());
}

#[tokio::test]
async fn what_is_no_pdf_inside_fails_without_costing_the_child() {
    let pool = pool(&one_child());
    let error = error_of(&pool, b"%PDF-1.4\nnothing else").await;
    assert_eq!((error.code, error.class), (code::EXTRACT_FAILED, Class::Permanent));
    assert!(pool.read(&pdf::invoice(&LINES)).await.is_ok());
}

#[tokio::test]
async fn a_text_beyond_the_cap_keeps_both_ends() {
    let pool = pool(&Fetch { text_cap_chars: 42, ..settings() });
    let reading = pool.read(&pdf::invoice(&LINES)).await.unwrap();
    assert_eq!((reading.text().as_str(), reading.left_out), ("TAX INVOICE\nTotal: Rs. 1,180.00\n", 24));
}

#[tokio::test]
async fn a_child_that_babbles_hangs_or_lies_is_killed() {
    let limit = Duration::from_millis(300);
    let hangs = scripted("exec sleep 600", limit);
    assert_eq!(error_of(&hangs, b"pdf").await.code, code::EXTRACT_TIMEOUT);
    let lies = scripted(r"printf '\377\377\377\377'; exec cat >/dev/null", Duration::from_secs(20));
    assert_eq!(error_of(&lies, b"pdf").await.code, code::EXTRACT_CRASHED);
    let babbles = scripted(r"exec cat /dev/zero >&2", limit);
    assert_eq!(error_of(&babbles, b"pdf").await.code, code::EXTRACT_TIMEOUT);
    let killed = scripted("kill -KILL $$", Duration::from_secs(20));
    assert_eq!(error_of(&killed, b"pdf").await.code, code::EXTRACT_MEMORY);
}

#[tokio::test]
async fn a_reader_that_cannot_be_started_is_no_fault_of_the_pdf() {
    let launch = Launch { program: "/nonexistent".into(), arguments: Vec::new() };
    let pool = Pool::launching(launch, &Limits::default(), 1);
    assert_eq!(error_of(&pool, b"pdf").await.class, Class::Transient);
}

#[tokio::test]
async fn a_child_ends_with_its_parent_even_in_the_middle_of_a_pdf() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let limits = Limits { time: Duration::from_secs(600), ..Limits::default() };
    let mut child = Command::new(program())
        .arg(CHILD)
        .args(limits.to_arguments())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let endless = pdf::billion_laughs(12);
    let mut input = child.stdin.take().unwrap();
    for frame in [&b"\"text\""[..], &endless] {
        input.write_all(&u32::try_from(frame.len()).unwrap().to_be_bytes()).unwrap();
        input.write_all(frame).unwrap();
    }
    // All that a parent's death changes for the child.
    drop(input);
    let ended = tokio::task::spawn_blocking(move || child.wait());
    assert!(tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap().unwrap().unwrap().success());
}
