//! The checker is checked: it is silent about a history that is as it must be, and finds each single change.

mod story;

use super::{Evidence, audit};
use contract::history::EventKind;
use contract::{Stage, State};
use serde_json::json;
use stream::read::Record;

/// Three invoices: A was posted; B died, was replayed, and died again; C died and was erased.
fn sound() -> Evidence {
    story::told()
}

/// What the audit says after a change.
fn after(change: impl FnOnce(&mut Evidence)) -> String {
    let mut evidence = sound();
    change(&mut evidence);
    audit(&evidence).join("\n")
}

fn last<'a>(evidence: &'a mut Evidence, id: &str) -> &'a mut contract::Status {
    evidence.statuses.get_mut(&id.parse().unwrap()).unwrap().last_mut().unwrap()
}

fn any_of<'a>(evidence: &'a Evidence, topic: &str) -> &'a Record {
    evidence.records.values().find(|record| record.topic == topic).unwrap()
}

#[test]
fn nothing_is_said_about_what_is_as_it_must_be() {
    assert_eq!(after(|_| {}), "");
}

#[test]
fn a_record_that_was_stored_and_is_gone_is_lost() {
    let said = after(|evidence| {
        let gone = evidence.published[0].at.clone();
        evidence.records.remove(&gone);
    });
    assert!(said.contains("lost: "), "{said}");
}

#[test]
fn a_record_that_nobody_settled_or_two_did_is_found() {
    let said = after(|evidence| drop(evidence.events.remove(1)));
    assert!(said.contains("was settled 0 times"), "{said}");
    let said = after(|evidence| evidence.events.push(evidence.events[1].clone()));
    assert!(said.contains("was settled 2 times"), "{said}");
}

#[test]
fn an_output_that_is_missing_or_there_twice_is_found() {
    let said = after(|evidence| {
        let lost = any_of(evidence, "t.post-to-zoho").coordinates();
        evidence.records.remove(&lost);
    });
    assert!(said.contains("settlements and records differ by 1"), "{said}");
    let said = after(|evidence| {
        let twice = Record { offset: 99, ..any_of(evidence, "t.llm-structure").clone() };
        evidence.records.insert(twice.coordinates(), twice);
    });
    assert!(said.contains("settlements and records differ by -1"), "{said}");
}

#[test]
fn a_run_that_was_started_twice_is_found() {
    let said = after(|evidence| {
        let replay = evidence.events.iter().find(|event| event.kind == EventKind::CommandAccepted).unwrap().clone();
        evidence.events.push(replay);
    });
    assert!(said.contains("B: run 2 was started 2 times"), "{said}");
}

#[test]
fn a_run_that_follows_a_bill_is_found() {
    let said = after(|evidence| {
        for event in evidence.events.iter_mut().filter(|event| event.kind == EventKind::DeadLettered && event.run == 1)
        {
            (event.kind, event.stage) = (EventKind::Forwarded, Stage::PostToZoho);
        }
    });
    assert!(said.contains("B: run 2 follows run 1, which has no dead letter"), "{said}");
}

#[test]
fn a_dead_letter_that_is_missing_there_twice_or_without_a_run_is_found() {
    let said = after(|evidence| drop(evidence.letters.remove(1)));
    assert!(said.contains("B: run 2 has 0 dead letters, not 1"), "{said}");
    let said = after(|evidence| evidence.letters.push(evidence.letters[0].clone()));
    assert!(said.contains("B: run 1 has 2 dead letters, not 1"), "{said}");
    let said = after(|evidence| evidence.letters[0].headers.run = Some(7));
    assert!(said.contains("B: run 7 has a dead letter and no end"), "{said}");
}

#[test]
fn an_origin_that_leads_elsewhere_is_found() {
    let said = after(|evidence| {
        let other = any_of(evidence, "t.fetch-extract").coordinates();
        evidence.letters[0].headers.origin = Some(other);
    });
    assert!(said.contains("which holds another input"), "{said}");
    let said = after(|evidence| evidence.letters[0].headers.origin = None);
    assert!(said.contains("has no origin"), "{said}");
}

#[test]
fn a_state_that_is_not_that_of_the_last_run_is_found() {
    let said = after(|evidence| last(evidence, "B").state = State::Posted);
    assert!(said.contains("B: the state is Posted of run 2, not Some(Dead) of run 2"), "{said}");
    let said = after(|evidence| last(evidence, "A").state = State::Running);
    assert!(said.contains("A: the state is Running"), "{said}");
}

#[test]
fn a_run_that_moves_after_its_end_is_found() {
    let said = after(|evidence| {
        let states = evidence.statuses.get_mut(&"A".parse().unwrap()).unwrap();
        let end = states.last().unwrap().clone();
        states.push(end);
    });
    assert!(said.contains("A: Posted of run 1 is followed by Posted of run 1"), "{said}");
}

#[test]
fn an_erasure_that_comes_twice_or_of_a_run_that_has_not_ended_is_found() {
    let said = after(|evidence| {
        let erasure = evidence.events.iter().find(|event| event.kind == EventKind::Erased).unwrap().clone();
        evidence.events.push(erasure);
    });
    assert!(said.contains("C: erased as runs [1, 1], the last run is 1"), "{said}");
    let said = after(|evidence| last(evidence, "C").state = State::Dead);
    assert!(said.contains("C: the state is Dead of run 1, not Some(Erased) of run 1"), "{said}");
}

#[test]
fn an_erased_state_that_still_speaks_is_found() {
    let said = after(|evidence| last(evidence, "C").model = Some("m".to_owned()));
    assert!(said.contains("C was erased and its state still speaks"), "{said}");
}

#[test]
fn a_bill_that_is_missing_there_twice_made_twice_or_nobodys_is_found() {
    let said = after(|evidence| evidence.bills.clear());
    assert!(said.contains("A ended as posted without a bill"), "{said}");
    let said = after(|evidence| evidence.bills.push(evidence.bills[0].clone()));
    assert!(said.contains("duplicate: A has 2 bills"), "{said}");
    let said = after(|evidence| evidence.bills[0]["times_created"] = json!(2));
    assert!(said.contains("duplicate: the bill of A was created 2 times"), "{said}");
    let said = after(|evidence| evidence.bills[0]["reference_number"] = json!("B"));
    assert!(said.contains("B has 1 bills and did not end as posted"), "{said}");
    let said = after(|evidence| evidence.posted.push(evidence.posted[0].clone()));
    assert!(said.contains("duplicate: A was announced twice"), "{said}");
}

#[test]
fn an_offset_that_leaves_a_record_or_a_marker_behind_is_found() {
    let said = after(|evidence| evidence.positions[0].committed = Some(0));
    assert!(said.contains("records lie beyond the committed offset"), "{said}");
    let said = after(|evidence| evidence.positions[0].end += 1);
    assert!(said.contains("a lag is left"), "{said}");
    let said = after(|evidence| drop(evidence.positions.remove(0)));
    assert!(said.contains("nobody commits"), "{said}");
}

#[test]
fn answers_beyond_one_for_each_settlement_are_counted() {
    let mut evidence = sound();
    assert_eq!(super::Figures::of(&evidence).repeated_answers, 0);
    evidence.answers.insert("A".to_owned(), 3);
    assert_eq!(super::Figures::of(&evidence).repeated_answers, 2);
}
