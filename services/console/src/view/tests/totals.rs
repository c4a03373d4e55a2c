use super::*;

#[tokio::test]
async fn money_is_summed_exactly_by_day_and_model_whichever_topic_was_read_first() {
    for history_first in [true, false] {
        let (view, mut topics) = (view(), Topics::default());
        let mut answered = status("posted", 1, NOW);
        answered["model"] = "m-1".into();
        let statuses = vec![topics.put(Source::Status, 0, "i", Some(answered)), topics.status("j", "dead", 1, NOW)];
        let events = vec![
            topics.event("i", "retried", "llm-structure", NOW, Some("0.1")),
            topics.event("i", "forwarded", "llm-structure", NOW, Some("0.2")),
            topics.event("i", "forwarded", "post-to-zoho", NOW + 86_400_000, None),
            topics.event("j", "dead_lettered", "llm-structure", NOW, Some("0.000000000001")),
            topics.event("j", "duplicate", "fetch-extract", NOW, None),
        ];
        let (first, second) = if history_first { (events, statuses) } else { (statuses, events) };
        for seen in first.into_iter().chain(second) {
            view.apply(vec![seen.clone()]).unwrap();
            view.apply(vec![seen]).unwrap();
        }
        let totals = serde_json::to_value(view.totals(NOW).await.unwrap()).unwrap();
        let spent = json!([{"model": "", "usd": "0.000000000001"}, {"model": "m-1", "usd": "0.3"}]);
        assert_eq!(
            totals["days"],
            json!([
                {"day": "2026-09-21", "posted": 0, "dead_lettered": 1, "duplicates": 1, "spent": spent},
                {"day": "2026-09-22", "posted": 1, "dead_lettered": 0, "duplicates": 0, "spent": []},
            ])
        );
        assert_eq!(view.totals(NOW + 86_400_000).await.unwrap().days.len(), 1);
    }
}

#[tokio::test]
async fn invoices_are_counted_by_state_and_those_on_their_way_by_stage() {
    let (view, mut topics) = (view(), Topics::default());
    for (n, state) in ["running", "running", "retrying", "parked", "dead", "posted", "erased"].into_iter().enumerate() {
        view.apply(vec![topics.status(&format!("i{n}"), state, 1, NOW)]).unwrap();
    }
    view.apply(vec![topics.status("i0", "posted", 1, NOW + 1)]).unwrap();
    let totals = serde_json::to_value(view.totals(0).await.unwrap()).unwrap();
    let states = totals["by_state"].as_array().unwrap();
    let count = |state: &str| states.iter().find(|count| count["state"] == state).map(|count| count["count"].clone());
    assert_eq!((count("posted"), count("running"), count("review")), (Some(2.into()), Some(1.into()), None));
    assert_eq!(totals["by_stage"][2], json!({"stage": "post-to-zoho", "running": 1, "retrying": 1, "parked": 1}));
}
