use super::*;
use contract::{Class, code, header};
use operations::Selection;

async fn open(view: &View, selection: &Selection) -> Vec<String> {
    let page = view.letters(selection, None, 100).await.unwrap();
    page.items.into_iter().map(|letter| letter.invoice_id).collect()
}

#[tokio::test]
async fn a_letter_waits_for_somebody_only_while_its_own_run_is_the_latest_and_has_failed() {
    let all = Selection::default();
    let table =
        [("dead", 2, 1), ("review", 2, 1), ("discarded", 2, 0), ("posted", 2, 0), ("running", 3, 0), ("dead", 3, 0)];
    for (state, run, count) in table {
        for letter_first in [true, false] {
            let (view, mut topics) = (view(), Topics::default());
            let mut batches = [topics.letter("i", 2, "llm.not_json", "Kaveri"), topics.status("i", state, run, NOW)];
            if !letter_first {
                batches.reverse();
            }
            for seen in batches {
                view.apply(vec![seen]).unwrap();
            }
            assert_eq!(open(&view, &all).await.len(), count, "{state} in run {run}");
            let groups = view.letter_groups(&all).await.unwrap();
            assert_eq!(groups.iter().map(|group| group.count).sum::<u64>(), count as u64, "{state} in run {run}");
            assert_eq!(view.letter_of("i").await.unwrap().is_some(), count == 1);
        }
    }
}

#[tokio::test]
async fn a_letter_that_was_replayed_no_longer_waits_and_the_one_of_the_next_run_does() {
    let (view, mut topics) = (view(), Topics::default());
    view.apply(vec![topics.letter("i", 1, "llm.timeout", "Kaveri"), topics.status("i", "dead", 1, NOW)]).unwrap();
    let changes = view.apply(vec![topics.status("i", "running", 2, NOW + 1)]).unwrap();
    assert!(changes.contains(&Change::Letters));
    assert_eq!(open(&view, &Selection::default()).await, Vec::<String>::new());
    view.apply(vec![topics.letter("i", 2, "llm.not_json", "Kaveri"), topics.status("i", "review", 2, NOW + 2)])
        .unwrap();
    let letter = view.letter_of("i").await.unwrap().unwrap();
    assert_eq!((letter.code.as_str(), letter.run, letter.replayable), ("llm.not_json", Some(2), true));
}

#[tokio::test]
async fn what_was_refused_or_cannot_be_read_stays_listed_and_cannot_be_replayed() {
    let (view, mut topics) = (view(), Topics::default());
    let raw = Headers {
        content_type: Some(header::OCTET_STREAM.to_owned()),
        error_code: Some(code::POISON_NOT_JSON),
        ..Headers::default()
    };
    let fetch = Source::Letters(Stage::FetchExtract);
    let poison = topics.put_bytes(fetch, 1, "i", Some(vec![1, 2, 255]), raw.clone());
    let refused = topics.put_bytes(fetch, 1, "rejected:t:3:7", None, raw);
    view.apply(vec![poison, refused, topics.status("i", "posted", 1, NOW)]).unwrap();
    assert_eq!(open(&view, &Selection::default()).await, ["rejected:t:3:7", "i"]);
    let letter = view.letter_of("rejected:t:3:7").await.unwrap().unwrap();
    assert_eq!((letter.replayable, letter.code.as_str(), letter.at_ms), (false, "poison.not_json", NOW + 1));
}

#[tokio::test]
async fn letters_are_chosen_counted_and_paged_alike() {
    let (view, mut topics) = (view(), Topics::default());
    for n in 0..30 {
        let (id, code, vendor) = (format!("i{n}"), ["llm.timeout", "llm.not_json"][n % 2], ["A  b", "C"][n % 3 % 2]);
        let batch = vec![topics.letter(&id, 1, code, vendor), topics.status(&id, "review", 1, NOW)];
        view.apply(batch).unwrap();
    }
    let selections = [
        Selection::default(),
        Selection { code: Some("llm.timeout".to_owned()), ..Selection::default() },
        Selection { vendor: Some("a B".to_owned()), stage: Some(Stage::LlmStructure), ..Selection::default() },
        Selection { ids: vec![id("i3"), id("i4"), id("none")], ..Selection::default() },
        Selection { newer_than_ms: Some(NOW + 20), older_than_ms: Some(NOW + 40), ..Selection::default() },
        Selection { class: Some(Class::Transient), ..Selection::default() },
    ];
    let everything = view.letters(&Selection::default(), None, 100).await.unwrap().items;
    for (selection, count) in selections.into_iter().zip([30, 15, 20, 2, 10, 0]) {
        let expected: Vec<_> = everything.iter().filter(|letter| selection.matches(letter)).collect();
        let mut pages = Vec::new();
        let mut after = None;
        loop {
            let page = view.letters(&selection, after.as_ref(), 7).await.unwrap();
            pages.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((pages.iter().collect::<Vec<_>>(), pages.len()), (expected, count), "{selection:?}");
        let groups = view.letter_groups(&selection).await.unwrap();
        assert_eq!(groups.iter().map(|group| group.count).sum::<u64>(), count as u64);
        let ends = groups.iter().map(|group| (group.oldest_ms, group.newest_ms));
        let times = |code: &str| {
            pages.iter().filter(|letter| letter.code == code).map(|letter| letter.at_ms).collect::<Vec<_>>()
        };
        let expected = groups.iter().map(|group| times(&group.code));
        let expected = expected.map(|times| (*times.iter().min().unwrap(), *times.iter().max().unwrap()));
        assert_eq!(ends.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn an_invoice_without_a_bill_is_found_by_the_vendor_of_its_letter() {
    let (view, mut topics) = (view(), Topics::default());
    view.apply(vec![topics.letter("i", 1, "llm.timeout", "Deccan Steel"), topics.status("i", "dead", 1, NOW)]).unwrap();
    assert_eq!(text(&view, "decc st").await, ["i"]);
    let by_name = Filter { vendor: Some("deccan  STEEL".to_owned()), ..Filter::default() };
    assert_eq!(found(&view, &by_name).await, ["i"]);
    view.apply(vec![topics.posted("i", "Deccan Steels Pvt Ltd", NOW + 1)]).unwrap();
    assert_eq!(found(&view, &by_name).await, Vec::<String>::new());
    assert_eq!(text(&view, "steels").await, ["i"]);
}

#[tokio::test]
async fn what_the_topics_no_longer_keep_is_forgotten() {
    let (view, mut topics) = (view(), Topics::default());
    let batch = vec![
        topics.letter("i", 1, "llm.timeout", "A"),
        topics.status("i", "dead", 1, NOW),
        topics.event("i", "dead_lettered", "llm-structure", NOW, Some("0.5")),
        topics.event("i", "retried", "llm-structure", NOW + 86_400_000, None),
    ];
    view.apply(batch).unwrap();
    view.tidy(NOW + 86_400_000, NOW + 1).unwrap();
    assert_eq!(view.history(&id("i")).await.unwrap().len(), 1);
    let totals = view.totals(0).await.unwrap();
    assert_eq!((totals.by_code, totals.days), (vec![], vec![]));
    view.apply(vec![topics.event("i", "duplicate", "fetch-extract", NOW, None)]).unwrap();
    assert_eq!(view.history(&id("i")).await.unwrap().len(), 1);
}
