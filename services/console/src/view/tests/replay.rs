use super::*;
use crate::view::Error;
use proptest::prelude::*;

/// Everything that people can see.
fn shown(view: &View) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut invoices = view.invoices(&Filter::default(), None, 1000).await.unwrap().items;
        invoices.sort_by(|one, other| one.invoice_id.cmp(&other.invoice_id));
        let mut histories = Vec::new();
        for n in 0..IDS {
            histories.push(view.history(&id(&format!("i{n}"))).await.unwrap());
        }
        let everything = operations::Selection::default();
        let letters = view.letters(&everything, None, 1000).await.unwrap().items;
        let found = [text(view, "kav").await.len(), text(view, "deccan").await.len(), text(view, "i").await.len()];
        let totals = view.totals(0).await.unwrap();
        format!("{invoices:#?}\n{histories:#?}\n{letters:#?}\n{found:?}\n{totals:#?}")
    })
}

const IDS: u8 = 4;

/// Topics with a few ids and much confusion: two partitions of statuses, runs that go back and forth, letters of runs that are
/// not there, and what cannot be read.
fn topics() -> impl Strategy<Value = Vec<Seen>> {
    let record = (0..9_u8, 0..IDS, 1..3_u32, 0..5_i64, 0..2_i32);
    proptest::collection::vec(record, 1..40).prop_map(|records| {
        let mut topics = Topics::default();
        for (kind, n, run, at, partition) in records {
            let (id, at_ms) = (format!("i{n}"), NOW + at * 40_000_000);
            let state = ["running", "dead", "review", "posted", "erased"][usize::try_from(at).unwrap()];
            let mut status = status(state, run, at_ms);
            status["model"] = format!("m{run}").into();
            match kind {
                0 | 1 => drop(topics.put(Source::Status, partition, &id, Some(status))),
                2 => {
                    status["bill"] = bill(["Kaveri", "Deccan"][usize::from(n % 2)], &id);
                    topics.put(Source::Status, partition, &id, Some(status));
                }
                3 => drop(topics.put(Source::Status, partition, &id, None)),
                4 | 5 => drop(topics.event(&id, "forwarded", "post-to-zoho", at_ms, Some("0.01"))),
                6 | 7 => drop(topics.letter(&id, run, "llm.timeout", "Kaveri")),
                _ => drop(topics.put(Source::History, 0, &id, Some(json!({"no": "event"})))),
            }
        }
        topics.all
    })
}

/// The same records in another order that keeps that of each partition, cut into batches, some given twice.
fn shuffled(records: &[Seen], choices: &[u8]) -> Vec<Vec<Seen>> {
    let mut partitions: HashMap<(Source, i32), Vec<Seen>> = HashMap::new();
    for seen in records {
        partitions.entry((seen.source, seen.record.partition)).or_default().push(seen.clone());
    }
    let mut partitions: Vec<Vec<Seen>> = partitions.into_values().collect();
    partitions.sort_by_key(|of_one| (of_one[0].source, of_one[0].record.partition));
    partitions.iter_mut().for_each(|of_one| of_one.reverse());
    let (mut batches, mut batch) = (Vec::new(), Vec::new());
    let mut choices = choices.iter().cycle();
    while !partitions.is_empty() {
        let choice = usize::from(*choices.next().unwrap());
        let at = choice % partitions.len();
        batch.extend(partitions[at].pop());
        partitions.retain(|of_one| !of_one.is_empty());
        if choice % 5 == 0 {
            let again = choice % 2 == 0;
            batches.push(std::mem::take(&mut batch));
            batches.extend(again.then(|| batches[choice % batches.len()].clone()));
        }
    }
    batches.push(batch);
    batches
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_same_records_make_the_same_view_in_whatever_order_topics_are_read_cut_and_repeated(
        records in topics(),
        choices in proptest::collection::vec(any::<u8>(), 1..60),
    ) {
        let (straight, other) = (view(), view());
        straight.apply(records.clone()).unwrap();
        for batch in shuffled(&records, &choices) {
            other.apply(batch).unwrap();
        }
        prop_assert_eq!(shown(&straight), shown(&other));
        for seen in &records {
            other.apply(vec![seen.clone()]).or_else(|error| match error {
                Error::Replaced { .. } => Ok(Vec::new()),
                error => Err(error),
            }).unwrap();
        }
        prop_assert_eq!(shown(&straight), shown(&other));
    }
}

#[tokio::test]
async fn after_a_restart_the_view_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("deep/view.db"));
    let mut topics = Topics::default();
    let view = View::open(&place).unwrap();
    assert!(!view.belong_to("cluster/invoices.").unwrap());
    view.apply(vec![topics.event("i", "forwarded", "llm-structure", NOW, Some("0.5"))]).unwrap();
    view.apply(vec![topics.posted("i", "Kaveri", NOW)]).unwrap();
    drop(view);
    let view = View::open(&place).unwrap();
    assert!(!view.belong_to("cluster/invoices.").unwrap());
    let positions = view.positions().unwrap();
    assert_eq!((positions[&Source::Status][&0].offset, positions[&Source::History][&0].offset), (0, 0));
    view.apply(topics.all.clone()).unwrap();
    let totals = view.totals(0).await.unwrap();
    assert_eq!((text(&view, "kaveri").await.len(), totals.days[0].spent[0].usd.to_string()), (1, "0.5".to_owned()));
}

#[tokio::test]
async fn a_view_of_other_topics_of_another_version_or_damaged_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("view.db");
    let place = Place::File(path.clone());
    let fill = |topics: &mut Topics| {
        let view = View::open(&place).unwrap();
        view.belong_to("cluster/invoices.").unwrap();
        view.apply(vec![topics.posted("i", "Kaveri", NOW)]).unwrap();
        view
    };
    let view = fill(&mut Topics::default());
    assert!(view.belong_to("cluster/others.").unwrap());
    assert!(view.positions().unwrap().is_empty() && invoice(&view, "i").await.is_none());
    drop((view, fill(&mut Topics::default())));
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 0).unwrap();
    assert!(View::open(&place).unwrap().positions().unwrap().is_empty());
    drop(fill(&mut Topics::default()));
    std::fs::write(&path, b"this is no database, and long enough for a header of one, or so one may hope.............")
        .unwrap();
    let view = View::open(&place).unwrap();
    assert!(view.positions().unwrap().is_empty() && invoice(&view, "i").await.is_none());
}

#[tokio::test]
async fn another_record_at_the_place_of_the_last_one_means_that_the_topic_was_made_anew() {
    let view = view();
    view.apply(vec![Topics::default().posted("i", "Kaveri", NOW)]).unwrap();
    let error = view.apply(vec![Topics::default().posted("j", "Kaveri", NOW)]).unwrap_err();
    assert!(matches!(error, Error::Replaced { topic: Source::Status, partition: 0 }) && error.is_of_the_view());
    view.rebuild().unwrap();
    view.apply(vec![Topics::default().posted("j", "Kaveri", NOW)]).unwrap();
    assert_eq!(found(&view, &Filter::default()).await, ["j"]);
}

#[tokio::test]
async fn a_reading_that_is_under_way_while_the_view_is_made_anew_disturbs_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let view = View::open(&Place::File(folder.path().join("view.db"))).unwrap();
    let mut topics = Topics::default();
    view.apply(vec![topics.posted("i", "Kaveri", NOW)]).unwrap();
    assert_eq!(text(&view, "kaveri").await, ["i"]);
    view.rebuild().unwrap();
    assert_eq!(text(&view, "kaveri").await, Vec::<String>::new());
    view.apply(topics.all.clone()).unwrap();
    assert_eq!(text(&view, "kaveri").await, ["i"]);
}
