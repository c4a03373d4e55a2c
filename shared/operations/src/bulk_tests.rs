use super::*;
use contract::{Coordinates, Headers, Stage};
use stream::read::Record;

fn letter(key: &str, input: &str) -> Letter {
    let value = format!(
        r#"{{"error":{{"stage":"llm-structure","code":"llm.timeout","class":"transient","message":"m","run":7,
        "attempts":3}},"input":{input}}}"#
    );
    let record = Record {
        topic: "t".to_owned(),
        partition: 0,
        offset: 1,
        timestamp_ms: 1,
        key: Some(key.as_bytes().to_vec().into()),
        value: Some(value.into()),
        headers: Headers::default(),
    };
    Letter::of(record, Stage::LlmStructure)
}

fn bulk() -> Bulk {
    Bulk {
        action: Action::replay(),
        actor: "asha".to_owned(),
        reason: None,
        max: None,
        force: false,
        max_input_bytes: 10,
    }
}

fn skipped(bulk: &Bulk, letter: &Letter, failures: u32, sent: u64) -> Option<&'static str> {
    bulk.command(letter, failures, sent).err().map(|skip| skip.reason())
}

#[test]
fn an_invoice_whose_runs_keep_ending_alike_is_replayed_only_by_force() {
    let letter = letter("A-1", "{}");
    assert_eq!(skipped(&bulk(), &letter, LOOP_GUARD, 0), None);
    assert_eq!(skipped(&bulk(), &letter, LOOP_GUARD + 1, 0), Some("loop_guard"));
    assert_eq!(skipped(&Bulk { force: true, ..bulk() }, &letter, 100, 0), None);
}

#[test]
fn what_cannot_be_replayed_is_not_forced_and_takes_no_place_of_what_can() {
    let forced = Bulk { force: true, max: Some(1), ..bulk() };
    assert_eq!(skipped(&forced, &letter("rejected:t:0:1", "{}"), 9, 1), Some("rejected"));
    assert_eq!(skipped(&forced, &letter("A-1", r#"{"text":"too long"}"#), 9, 1), Some("too_large"));
}

#[test]
fn what_is_more_than_was_asked_for_is_left() {
    let two = Bulk { max: Some(2), ..bulk() };
    let letter = letter("A-1", "{}");
    let skips: Vec<_> = (0..4).map(|sent| skipped(&two, &letter, 1, sent)).collect();
    assert_eq!(skips, [None, None, Some("left"), Some("left")]);
}

#[test]
fn commands_are_spread_evenly_from_the_beginning_on() {
    let pace = Pace { rate: NonZeroU32::new(4) };
    let due: Vec<_> = [0, 1, 2, 4, 400].map(|sent| pace.due(sent).as_millis()).to_vec();
    assert_eq!(due, [0, 250, 500, 1000, 100_000]);
    assert_eq!(Pace { rate: None }.due(1_000_000), Duration::ZERO);
    assert!(pace.due(u64::MAX) > Duration::from_secs(1 << 30));
}

#[test]
fn the_ends_of_runs_are_counted_by_their_code() {
    let event = |kind, code: &str| HistoryEvent {
        invoice_id: "A-1".parse().unwrap(),
        kind,
        stage: Stage::LlmStructure,
        run: 1,
        attempt: 1,
        at_ms: 1,
        took_ms: None,
        code: Some(Code::foreign(code.to_owned())),
        cost_usd: None,
        message: None,
        actor: None,
        reason: None,
        record: Coordinates { topic: "t".to_owned(), partition: 0, offset: 0 },
    };
    let history = [
        event(EventKind::Retried, "llm.timeout"),
        event(EventKind::DeadLettered, "llm.timeout"),
        event(EventKind::DeadLettered, "llm.refused"),
        event(EventKind::DeadLettered, "llm.timeout"),
    ];
    assert_eq!(failures(&history, &Code::foreign("llm.timeout".to_owned())), 2);
}
