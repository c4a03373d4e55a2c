use super::*;
use contract::State;
use std::collections::BTreeSet;

/// All pages of a list, and what `between` does between them.
async fn pages(view: &View, filter: &Filter, limit: usize, mut between: impl FnMut()) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = view.invoices(filter, after.as_ref(), limit).await.unwrap();
        all.extend(page.items.into_iter().map(|invoice| invoice.invoice_id.to_string()));
        after = page.next.map(|cursor| cursor.to_string().parse().unwrap());
        if after.is_none() {
            return all;
        }
        between();
    }
}

fn many(topics: &mut Topics, count: u32) -> Vec<Seen> {
    // Many stand in one millisecond.
    (0..count)
        .map(|n| topics.posted(&format!("i{n}"), ["Kaveri", "Deccan"][n as usize % 2], NOW + i64::from(n / 40)))
        .collect()
}

#[tokio::test]
async fn no_page_skips_or_repeats_an_invoice_that_does_not_change() {
    let (view, mut topics) = (view(), Topics::default());
    view.apply(many(&mut topics, 400)).unwrap();
    for filter in [
        Filter::default(),
        Filter { states: vec![State::Posted], ..Filter::default() },
        Filter { text: Some("kav".to_owned()), ..Filter::default() },
        Filter { vendor: Some("kaveri".to_owned()), from_ms: Some(NOW + 1), to_ms: Some(NOW + 9), ..Filter::default() },
    ] {
        let mut n = 0;
        let listed = pages(&view, &filter, 13, || {
            // What changes meanwhile moves to the front.
            view.apply(vec![topics.status(&format!("i{}", n * 7 % 400), "posted", 2, NOW + 1000 + n)]).unwrap();
            view.apply(vec![topics.status(&format!("new{n}"), "posted", 1, NOW + 5000 + n)]).unwrap();
            n += 1;
        })
        .await;
        let unique: BTreeSet<&String> = listed.iter().collect();
        assert_eq!(unique.len(), listed.len(), "{filter:?}");
        let changed: BTreeSet<String> = (0..n).map(|n| format!("i{}", n * 7 % 400)).collect();
        let whole = found(&view, &filter).await;
        let missing: Vec<_> =
            whole.iter().filter(|id| id.starts_with('i') && !changed.contains(*id) && !unique.contains(id)).collect();
        assert!(missing.is_empty(), "{filter:?}: {missing:?}");
        view.rebuild().unwrap();
        topics = Topics::default();
        view.apply(many(&mut topics, 400)).unwrap();
    }
}

#[tokio::test]
async fn a_list_is_ordered_by_the_last_change_and_a_filter_takes_out_exactly_the_others() {
    let (view, mut topics) = (view(), Topics::default());
    for n in 0..60_u32 {
        let state = ["running", "retrying", "dead"][n as usize % 3];
        let mut status = status(state, 1, NOW + i64::from(n));
        status["stage"] = ["fetch-extract", "llm-structure"][n as usize % 2].into();
        status["code"] = ["llm.timeout", "fetch.http_404", "llm.budget"][n as usize / 20].into();
        view.apply(vec![topics.put(Source::Status, 0, &format!("i{n}"), Some(status))]).unwrap();
    }
    let all = view.invoices(&Filter::default(), None, 100).await.unwrap().items;
    assert!(all.is_sorted_by_key(|invoice| std::cmp::Reverse(invoice.at_ms)));
    let filters = [
        Filter { states: vec![State::Dead, State::Running], ..Filter::default() },
        Filter { stages: vec![Stage::LlmStructure], states: vec![State::Retrying], ..Filter::default() },
        Filter { code: Some("llm.timeout".to_owned()), ..Filter::default() },
        Filter { code: Some("LLM.timeout".to_owned()), ..Filter::default() },
        Filter { from_ms: Some(NOW + 10), to_ms: Some(NOW + 20), text: Some("i1".to_owned()), ..Filter::default() },
    ];
    for (filter, count) in filters.into_iter().zip([40, 10, 20, 0, 10]) {
        let expected: Vec<String> = all
            .iter()
            .filter(|invoice| filter.states.is_empty() || filter.states.contains(&invoice.state))
            .filter(|invoice| filter.stages.is_empty() || filter.stages.contains(&invoice.stage))
            .filter(|invoice| {
                filter.code.is_none() || filter.code.as_deref() == invoice.error_code.as_ref().map(|code| code.as_str())
            })
            .filter(|invoice| filter.from_ms.is_none_or(|from| invoice.at_ms >= from))
            .filter(|invoice| filter.to_ms.is_none_or(|to| invoice.at_ms < to))
            .map(|invoice| invoice.invoice_id.to_string())
            .collect();
        assert_eq!((found(&view, &filter).await, expected.len()), (expected, count), "{filter:?}");
    }
}

#[tokio::test]
async fn a_long_word_that_begins_very_many_is_found_among_old_ones_too() {
    let (view, mut topics) = (view(), Topics::default());
    let old = (0..30).map(|n| topics.status(&format!("460000009{n:03}"), "posted", 1, NOW - 1000 + n)).collect();
    view.apply(old).unwrap();
    let newer = (0..2_500).map(|n| topics.status(&format!("460000001{n:04}"), "posted", 1, NOW + n)).collect();
    view.apply(newer).unwrap();
    assert_eq!(text(&view, "460000009").await.len(), 30);
    let filter = Filter { text: Some("460000001".to_owned()), ..Filter::default() };
    assert_eq!(pages(&view, &filter, 600, || {}).await.len(), 2_500);
}

#[test]
fn a_cursor_that_was_tampered_with_is_refused() {
    for text in ["", "0", "xyz", "000000000000000g", "ffffffffffffffff", "00000000000000000"] {
        assert!(text.parse::<crate::view::Cursor>().is_err(), "{text}");
    }
}
