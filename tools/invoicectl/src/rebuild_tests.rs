use super::*;
use contract::{Coordinates, Stage};

const ID: &str = "A-1";

fn event(kind: EventKind, stage: Stage, run: u32) -> HistoryEvent {
    HistoryEvent {
        invoice_id: ID.parse().unwrap(),
        kind,
        stage,
        run,
        attempt: 1,
        at_ms: 1,
        took_ms: None,
        code: None,
        cost_usd: None,
        message: None,
        actor: None,
        reason: None,
        record: Coordinates { topic: "t".to_owned(), partition: 0, offset: 0 },
    }
}

/// The status after these events, which the broker took one after another.
fn after(events: &[HistoryEvent]) -> Option<Status> {
    let mut rebuild = Rebuild::default();
    rebuild.request(ID.parse().unwrap(), "00000000abcd".to_owned());
    rebuild.request(ID.parse().unwrap(), "another URL".to_owned());
    rebuild.dead_letter(ID.parse().unwrap(), 1, Class::Review);
    (0..).zip(events).for_each(|(taken_ms, event)| rebuild.event(event, taken_ms));
    rebuild.finish(&HashMap::new()).pop().map(|(_, status)| status)
}

#[test]
fn an_invoice_is_where_its_last_event_left_it() {
    let forwarded = |stage| event(EventKind::Forwarded, stage, 1);
    let [fetch, llm, zoho] = Stage::ALL.map(forwarded);
    let status = after(std::slice::from_ref(&fetch)).unwrap();
    assert_eq!((status.stage, status.state), (Stage::LlmStructure, State::Running));
    let retried = event(EventKind::Retried, Stage::LlmStructure, 1);
    let status = after(&[fetch.clone(), retried]).unwrap();
    assert_eq!((status.stage, status.state, status.attempt), (Stage::LlmStructure, State::Retrying, 2));
    let status = after(&[fetch, llm, zoho, event(EventKind::Duplicate, Stage::FetchExtract, 1)]).unwrap();
    assert_eq!((status.state, status.url_hash.as_str()), (State::Posted, "00000000abcd"), "the first URL counts");
}

#[test]
fn what_a_person_must_look_at_does_not_run_again_by_itself() {
    let letter = event(EventKind::DeadLettered, Stage::PostToZoho, 1);
    assert_eq!(after(&[letter]).unwrap().state, State::Review, "as the dead letter says");
    let second =
        HistoryEvent { code: Some(code::CHECK_ARITHMETIC), ..event(EventKind::DeadLettered, Stage::LlmStructure, 2) };
    assert_eq!(after(&[second]).unwrap().state, State::Review, "as the code says, where the letter is gone");
    let third = event(EventKind::DeadLettered, Stage::LlmStructure, 3);
    assert_eq!(after(&[third]).unwrap().state, State::Dead);
}

#[test]
fn a_command_that_names_the_same_run_discarded_it_and_one_that_names_the_next_replayed_it() {
    let letter = event(EventKind::DeadLettered, Stage::LlmStructure, 1);
    let command = |run| event(EventKind::CommandAccepted, Stage::FetchExtract, run);
    assert_eq!(after(&[letter.clone(), command(1)]).unwrap().state, State::Discarded);
    let replayed = after(&[letter.clone(), command(2)]).unwrap();
    assert_eq!((replayed.run, replayed.stage, replayed.state), (2, Stage::LlmStructure, State::Running));
    let stale = event(EventKind::StaleCommand, Stage::FetchExtract, 1);
    assert_eq!(after(&[letter, stale]).unwrap().state, State::Review);
}

#[test]
fn what_was_erased_stays_erased_although_its_bill_and_letters_are_still_there() {
    let erased = event(EventKind::Erased, Stage::FetchExtract, 1);
    let letter = event(EventKind::DeadLettered, Stage::LlmStructure, 1);
    let posted = event(EventKind::Forwarded, Stage::PostToZoho, 1);
    for (ended, stage) in [(letter, Stage::LlmStructure), (posted, Stage::PostToZoho)] {
        let status = after(&[ended, erased.clone()]).unwrap();
        assert_eq!((status.state, status.stage, status.bill), (State::Erased, stage, None));
        assert_eq!(status.url_hash, "00000000abcd", "its id stays taken");
    }
}

#[test]
fn what_was_refused_before_admission_claims_no_id() {
    let refused = HistoryEvent {
        invoice_id: "rejected:t:0:7".parse().unwrap(),
        ..event(EventKind::DeadLettered, Stage::FetchExtract, 1)
    };
    assert!(after(&[refused]).is_none());
}

#[test]
fn a_status_that_is_as_new_is_left_alone() {
    let mut rebuild = Rebuild::default();
    rebuild.event(&event(EventKind::Retried, Stage::LlmStructure, 1), 0);
    let posted = after(&[event(EventKind::Forwarded, Stage::PostToZoho, 1)]).unwrap();
    assert!(rebuild.finish(&HashMap::from([(ID.parse().unwrap(), posted)])).is_empty());
}
