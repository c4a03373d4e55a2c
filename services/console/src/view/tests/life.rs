use super::*;
use contract::State;

#[tokio::test]
async fn an_invoice_is_shown_as_its_latest_status_says_and_found_by_what_that_names() {
    let (view, mut topics) = (view(), Topics::default());
    let changes = view.apply(vec![topics.status("INV-1", "running", 1, NOW)]).unwrap();
    assert_eq!(told(&changes), ["INV-1 Running"]);
    view.apply(vec![topics.posted("INV-1", "Kaveri Papers", NOW + 5)]).unwrap();
    let shown = invoice(&view, "INV-1").await.unwrap();
    assert_eq!((shown.state, shown.at_ms, shown.first_seen_ms), (State::Posted, NOW + 5, NOW));
    assert_eq!((shown.vendor.as_deref(), shown.bill.unwrap().bill_number.as_str()), (Some("Kaveri Papers"), "INV-1"));
    for words in ["kav", "Kaveri papers", "inv 1", "46000", "4600000001"] {
        assert_eq!(text(&view, words).await, ["INV-1"], "{words}");
    }
    assert_eq!(text(&view, "kaveri steel").await, Vec::<String>::new());
    let running = Filter { states: vec![State::Running, State::Parked], ..Filter::default() };
    assert_eq!(found(&view, &running).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_replicas_slow_clock_does_not_hide_a_later_status() {
    let (view, mut topics) = (view(), Topics::default());
    view.apply(vec![topics.status("i", "running", 1, NOW), topics.status("i", "dead", 1, NOW - 900)]).unwrap();
    assert_eq!(invoice(&view, "i").await.unwrap().state, State::Dead);
}

#[tokio::test]
async fn a_status_that_was_moved_to_another_partition_and_struck_out_on_the_old_one_stays() {
    let mut topics = Topics::default();
    let moved =
        |topics: &mut Topics, partition| topics.put(Source::Status, partition, "i", Some(status("posted", 1, NOW)));
    let (old, new) = (moved(&mut topics, 0), moved(&mut topics, 3));
    let struck_out = topics.put(Source::Status, 0, "i", None);
    for order in [[&old, &new, &struck_out], [&old, &struck_out, &new], [&new, &old, &struck_out]] {
        let view = view();
        for seen in order {
            view.apply(vec![seen.clone()]).unwrap();
        }
        assert_eq!(invoice(&view, "i").await.unwrap().state, State::Posted);
        assert_eq!(view.totals(0).await.unwrap().by_state.len(), 1);
    }
}

#[tokio::test]
async fn an_invoice_whose_status_was_struck_out_is_not_listed_any_more() {
    let (view, mut topics) = (view(), Topics::default());
    view.apply(vec![topics.posted("i", "Kaveri", NOW)]).unwrap();
    let changes = view.apply(vec![topics.put(Source::Status, 0, "i", None)]).unwrap();
    assert_eq!(changes, [Change::Removed(id("i"))]);
    assert_eq!((invoice(&view, "i").await, text(&view, "kaveri").await), (None, Vec::new()));
    assert_eq!(view.totals(0).await.unwrap().by_state, []);
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_and_the_next_record_is_taken_in() {
    let (view, mut topics) = (view(), Topics::default());
    let junk =
        |topics: &mut Topics, source| topics.put_bytes(source, 0, "i", Some(b"\xffjunk".to_vec()), Headers::default());
    let batch = vec![
        junk(&mut topics, Source::Status),
        topics.put(Source::Status, 0, "no id at all", Some(status("dead", 1, NOW))),
        junk(&mut topics, Source::History),
        topics.put(Source::History, 0, "i", None),
        topics.put(Source::Letters(Stage::LlmStructure), 0, "i", None),
        topics.status("i", "running", 1, NOW),
    ];
    view.apply(batch).unwrap();
    assert_eq!(invoice(&view, "i").await.unwrap().state, State::Running);
    assert_eq!(view.totals(0).await.unwrap().skipped, 5);
}

#[tokio::test]
async fn the_history_is_told_oldest_first_whatever_the_clocks_say_and_to_all_newest_first() {
    let (view, mut topics) = (view(), Topics::default());
    let batch = vec![
        topics.event("i", "forwarded", "fetch-extract", NOW + 100, None),
        topics.event("other", "retried", "fetch-extract", NOW + 50, None),
        topics.event("i", "forwarded", "llm-structure", NOW, Some("0.0123")),
        topics.event("i", "stale_command", "fetch-extract", NOW, None),
    ];
    view.apply(batch).unwrap();
    let history = view.history(&id("i")).await.unwrap();
    let told: Vec<_> = history.iter().map(|event| (event.kind.as_str(), event.stage)).collect();
    let stages = [Stage::FetchExtract, Stage::LlmStructure, Stage::FetchExtract];
    assert_eq!(told, ["forwarded", "forwarded", "stale_command"].into_iter().zip(stages).collect::<Vec<_>>());
    assert_eq!(history[1].cost_usd.unwrap().to_string(), "0.0123");
    let first = view.events(None, 3).await.unwrap();
    let second = view.events(first.next.as_ref(), 3).await.unwrap();
    let all: Vec<i64> = first.items.iter().chain(&second.items).map(|event| event.at_ms - NOW).collect();
    assert_eq!((all, second.next), (vec![100, 50, 0, 0], None));
}

#[tokio::test]
async fn listeners_are_told_of_changes_once_the_view_has_caught_up() {
    let (view, mut topics) = (view(), Topics::default());
    let mut changes = view.changes();
    view.apply(vec![topics.status("early", "running", 1, NOW)]).unwrap();
    view.set_caught_up().unwrap();
    view.apply(vec![topics.status("late", "running", 1, NOW)]).unwrap();
    assert_eq!(changes.recv().await.unwrap(), Change::CaughtUp);
    assert_eq!(told(&[changes.recv().await.unwrap()]), ["late Running"]);
    view.rebuild().unwrap();
    assert_eq!(changes.recv().await.unwrap(), Change::Rebuilding);
    assert!(!view.caught_up());
}
