//! The timeline tells every attempt, wait, cause and decision, and what failed where.

use super::*;
use crate::pages::example;

#[test]
fn every_attempt_wait_cause_and_decision_is_told() {
    let shown = all(&example::history()).into_string();
    for part in [
        "attempt 1 failed",
        "after a wait of 30 s",
        "/codes/llm.timeout",
        "at attempt 2",
        "asha",
        "compared with the PDF",
        "invoices.llm-structure:3:1042",
        "Run 1",
        "Run 2",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn a_decision_stands_with_the_run_that_it_is_about() {
    let history = example::history();
    let runs = runs(&history);
    assert_eq!(runs.iter().map(|run| run.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(runs[0].events.last().unwrap().kind, EventKind::CommandAccepted);
}

#[test]
fn the_steps_say_where_the_invoice_is() {
    let history = example::history();
    let events: Vec<&HistoryEvent> = history.iter().collect();
    let at = |state, stage, run| Row { state, stage, run, ..example::row() };
    let posted = at(State::Posted, Stage::PostToZoho, 2);
    assert_eq!(Stage::ALL.map(|stage| progress(&posted, &events, stage)), [Progress::Passed; 3]);
    let held = at(State::Review, Stage::LlmStructure, 1);
    let expected = [Progress::Passed, Progress::Stopped, Progress::Ahead];
    assert_eq!(Stage::ALL.map(|stage| progress(&held, &events, stage)), expected);
    let on_its_way = at(State::Running, Stage::PostToZoho, 3);
    let expected = [Progress::Before, Progress::Before, Progress::Here];
    assert_eq!(Stage::ALL.map(|stage| progress(&on_its_way, &events, stage)), expected);
}

#[test]
fn what_comes_from_outside_is_only_text() {
    let mut history = example::history();
    for event in &mut history {
        event.message = Some("<script>alert(1)</script>".into());
        event.reason = Some("\"><img src=x onerror=alert(1)>".into());
        event.actor = Some("<b>x".into());
    }
    let shown = all(&history).into_string();
    assert!(!shown.contains("<script") && !shown.contains("<img") && !shown.contains("<b>"));
}
