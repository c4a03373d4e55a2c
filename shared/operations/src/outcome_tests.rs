use super::*;
use contract::{Stage, State};

fn id(text: &str) -> InvoiceId {
    text.parse().unwrap()
}

fn at(offset: i64) -> Coordinates {
    Coordinates { topic: "t".to_owned(), partition: 0, offset }
}

fn status(run: u32, state: &str) -> Status {
    let text =
        format!(r#"{{"run":{run},"stage":"llm-structure","state":"{state}","attempt":1,"at_ms":1,"url_hash":"00"}}"#);
    serde_json::from_str(&text).unwrap()
}

fn event(invoice: &str, kind: EventKind, run: u32, offset: i64) -> HistoryEvent {
    HistoryEvent {
        invoice_id: id(invoice),
        kind,
        stage: Stage::FetchExtract,
        run,
        attempt: 1,
        at_ms: 1,
        took_ms: None,
        code: None,
        cost_usd: None,
        message: None,
        actor: None,
        reason: None,
        record: at(offset),
    }
}

fn waiting() -> Waiting {
    let mut waiting = Waiting::default();
    waiting.expect(Receipt { invoice_id: id("i"), record: at(1) });
    waiting
}

fn is_end(step: &Step, run: u32, state: State) -> bool {
    matches!(step, Step::Outcome(Outcome::Ended(_, status)) if status.run == run && status.state == state)
}

#[test]
fn an_earlier_runs_end_is_not_taken_for_the_end_of_a_new_request() {
    let mut waiting = waiting();
    assert_eq!(waiting.take(id("i"), status(1, "dead")), Step::Nothing);
    assert_eq!(waiting.answer(event("i", EventKind::Forwarded, 2, 1)), Step::Nothing);
    assert_eq!(waiting.take(id("i"), status(2, "running")), Step::Nothing);
    assert!(is_end(&waiting.take(id("i"), status(2, "posted")), 2, State::Posted));
    assert_eq!(waiting.left(), 0);
}

#[test]
fn a_duplicate_gets_the_first_runs_result() {
    let mut waiting = waiting();
    assert_eq!(waiting.answer(event("i", EventKind::Duplicate, 1, 1)), Step::Look(id("i")));
    assert!(is_end(&waiting.take(id("i"), status(1, "posted")), 1, State::Posted));
}

#[test]
fn a_request_that_dies_at_once_has_ended() {
    let mut waiting = waiting();
    assert_eq!(waiting.answer(event("i", EventKind::DeadLettered, 1, 1)), Step::Look(id("i")));
    assert!(is_end(&waiting.take(id("i"), status(1, "dead")), 1, State::Dead));
}

#[test]
fn a_conflict_is_the_requests_end_although_its_id_belongs_to_another() {
    let mut waiting = waiting();
    let step = waiting.answer(event("rejected:t:0:1", EventKind::DeadLettered, 1, 1));
    assert_eq!(step, Step::Outcome(Outcome::Rejected(id("i"), None)));
    assert_eq!(waiting.left(), 0);
}

#[test]
fn other_peoples_invoices_are_of_no_interest() {
    let mut waiting = waiting();
    assert_eq!(waiting.answer(event("j", EventKind::Forwarded, 1, 7)), Step::Nothing);
    assert_eq!(waiting.take(id("j"), status(1, "posted")), Step::Nothing);
    assert_eq!(waiting.left(), 1);
}
