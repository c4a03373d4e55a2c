//! The promises of the hub's bookkeeping.

use super::*;
use crate::progress::Progress;

fn event(id: &str, text: &'static str) -> Event {
    Event { about: Subject::Invoice(id.parse().unwrap()), text: Bytes::from_static(text.as_bytes()) }
}

fn texts(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| std::str::from_utf8(&event.text).unwrap()).collect()
}

#[test]
fn of_several_changes_of_an_invoice_a_frame_holds_the_last_in_the_order_of_the_last() {
    let mut recent = Recent::default();
    for (id, text) in [("a", "a1"), ("b", "b1"), ("a", "a2")] {
        recent.note(event(id, text));
    }
    let frame = recent.frame().unwrap();
    assert_eq!((texts(&frame.events), &frame.all[..]), (vec!["b1", "a2"], &b"b1a2"[..]));
    assert!(recent.frame().is_none(), "nothing has happened since");
    recent.note(event("b", "b2"));
    assert_eq!(texts(&recent.frame().unwrap().events), ["b2"]);
}

#[test]
fn more_changes_than_are_kept_become_one_word_to_load_anew() {
    let mut recent = Recent::default();
    for number in 0..=CHANGES_KEPT {
        recent.note(event(&format!("i{number}"), "x"));
    }
    assert_eq!(recent.frame().unwrap().events, [Event::reload()]);
    assert_eq!(recent.by_place.len(), recent.place_of.len(), "nothing is kept of what was forgotten");
}

#[tokio::test]
async fn a_stream_that_was_behind_is_told_the_latest_of_what_it_missed_or_that_it_missed_too_much() {
    let view = View::open(&crate::view::Place::Memory).unwrap();
    let live = Live::start(
        &view,
        &Stages::new(),
        Metrics::new(&prometheus::Registry::new(), &view, &Progress::new()).unwrap(),
    );
    let (_, place) = live.frames();
    for text in ["a1", "a2", "a3"] {
        live.recent().note(event("a", text));
    }
    live.recent().frame();
    let (missed, upto) = live.since(place).unwrap();
    assert_eq!((texts(&missed), upto), (vec!["a3"], 3));
    assert_eq!(live.since(upto), Some((vec![], 3)));
    for number in 0..=CHANGES_KEPT {
        live.recent().note(event(&format!("i{number}"), "x"));
    }
    assert_eq!(live.since(upto), None);
}

#[tokio::test]
async fn nothing_is_kept_of_invoices_that_nobody_waits_for() {
    let view = View::open(&crate::view::Place::Memory).unwrap();
    let live = Live::start(
        &view,
        &Stages::new(),
        Metrics::new(&prometheus::Registry::new(), &view, &Progress::new()).unwrap(),
    );
    let id: InvoiceId = "a".parse().unwrap();
    let (one, two) = (live.watch(&id), live.watch(&id));
    live.everything();
    drop(one);
    assert_eq!(live.waiters().len(), 1);
    drop(two);
    assert!(live.waiters().is_empty());
}
