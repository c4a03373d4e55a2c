//! Each kind of question, asked with other values each time.

use crate::data::{self, CODES, START, STEP, VENDORS, mixed};
use crate::meter::processor_time;
use console::view::{Cursor, Filter, View};
use contract::{Stage, State};
use operations::Selection;
use std::time::{Duration, Instant};

const TIMES: u64 = 200;
const PAGE: usize = 50;

pub(crate) async fn ask(view: &View, invoices: u64) {
    println!("{:38} {:>8} {:>8} {:>8} {:>8}   {:>8}", "question, ms", "p50", "p95", "p99", "most", "cpu");
    let deep: Vec<Cursor> = deep(view, invoices).await;
    list(view, "first page", |_| Filter::default(), None).await;
    list(view, "deep page by cursor", |_| Filter::default(), Some(&deep)).await;
    for (name, states) in [("posted", vec![State::Posted]), ("dead or review", vec![State::Dead, State::Review])] {
        let filter = |_| Filter { states: states.clone(), ..Filter::default() };
        list(view, &format!("state {name}"), filter, None).await;
        list(view, &format!("state {name}, deep"), filter, Some(&deep)).await;
    }
    list(view, "code", |n| Filter { code: Some(CODES[n as usize % 6].to_owned()), ..Filter::default() }, None).await;
    let vendor = |n| Filter { vendor: Some(data::vendor_of(mixed(n) % VENDORS)), ..Filter::default() };
    list(view, "vendor", vendor, None).await;
    list(view, "vendor, deep", vendor, Some(&deep)).await;
    let text = |text: String| Filter { text: Some(text), ..Filter::default() };
    list(view, "text: one letter", |n| text(["k", "p", "e", "4"][n as usize % 4].to_owned()), None).await;
    list(
        view,
        "text: common prefix",
        |n| text(["kav", "priv", "limi", "inv", "shar"][n as usize % 5].to_owned()),
        None,
    )
    .await;
    list(
        view,
        "text: common words",
        |n| text(["private limited", "industries", "papers"][n as usize % 3].to_owned()),
        None,
    )
    .await;
    list(
        view,
        "text: common words, deep",
        |n| text(["private limited", "industries"][n as usize % 2].to_owned()),
        Some(&deep),
    )
    .await;
    list(view, "text: rare word", |n| text(data::rare_word(mixed(n) % VENDORS)), None).await;
    list(view, "text: a bill's number", |n| text(data::bill_number(mixed(n) % invoices)), None).await;
    list(view, "text: a bill's id", |n| text(data::bill_id(mixed(n) % invoices)), None).await;
    list(view, "text: beginning of all bills' ids", |_| text("46000000000".to_owned()), None).await;
    list(view, "text: beginning of old bills' ids", |_| text("460000000000".to_owned()), None).await;
    list(view, "text: nothing", |n| text(format!("qq{n}")), None).await;
    let dates = |n| {
        let from = START + i64::try_from(mixed(n) % invoices).unwrap() * STEP;
        Filter { from_ms: Some(from), to_ms: Some(from + 86_400_000), ..Filter::default() }
    };
    list(view, "a day", dates, None).await;
    let combined = |n| Filter {
        states: vec![State::Dead, State::Review],
        stages: vec![Stage::LlmStructure],
        code: Some(CODES[n as usize % 6].to_owned()),
        text: Some("kav private".to_owned()),
        ..dates(n)
    };
    list(view, "state, stage, code, text, a day", combined, None).await;
    list(view, "state, stage, code, text", |n| Filter { from_ms: None, to_ms: None, ..combined(n) }, None).await;
    list(view, "frequent vendor, review", |n| Filter { states: vec![State::Review], ..vendor(n % 8) }, None).await;
    others(view, invoices).await;
}

/// Cursors of pages all over the list.
async fn deep(view: &View, invoices: u64) -> Vec<Cursor> {
    let mut cursors = Vec::new();
    for n in 0..TIMES {
        let to_ms = Some(START + i64::try_from(mixed(n) % invoices).unwrap() * STEP);
        let page = view.invoices(&Filter { to_ms, ..Filter::default() }, None, PAGE).await.unwrap();
        cursors.extend(page.next);
    }
    cursors
}

async fn list(view: &View, name: &str, filter: impl Fn(u64) -> Filter, after: Option<&[Cursor]>) {
    let mut found = 0;
    let mut times = Times::default();
    for n in 0..TIMES {
        let (filter, after) = (filter(n), after.map(|all| all[n as usize % all.len()]));
        let asked = times.start();
        found += view.invoices(&filter, after.as_ref(), PAGE).await.unwrap().items.len();
        times.stop(asked);
    }
    times.print(name, found);
}

async fn others(view: &View, invoices: u64) {
    let (mut one, mut history, mut totals) = (Times::default(), Times::default(), Times::default());
    let (mut groups, mut letters, mut chosen) = (Times::default(), Times::default(), Times::default());
    let (mut found, mut listed) = ([0; 3], 0);
    for n in 0..TIMES {
        let id = data::id(mixed(n) % invoices).parse().unwrap();
        let asked = one.start();
        found[0] += usize::from(view.invoice(&id).await.unwrap().is_some());
        one.stop(asked);
        let asked = history.start();
        found[1] += view.history(&id).await.unwrap().len();
        history.stop(asked);
        let asked = totals.start();
        found[2] += view.totals(START + 700 * 86_400_000 - 30 * 86_400_000).await.unwrap().days.len();
        totals.stop(asked);
        let asked = groups.start();
        listed += view.letter_groups(&Selection::default()).await.unwrap().len();
        groups.stop(asked);
        let asked = letters.start();
        listed += view.letters(&Selection::default(), None, PAGE).await.unwrap().items.len();
        letters.stop(asked);
        let vendor = Selection { vendor: Some(data::vendor_of(n % VENDORS)), ..Selection::default() };
        let asked = chosen.start();
        listed += view.letters(&vendor, None, PAGE).await.unwrap().items.len();
        chosen.stop(asked);
    }
    one.print("one invoice", found[0]);
    history.print("its history", found[1]);
    totals.print("totals with 30 days", found[2]);
    groups.print("dead letters by stage and code", listed);
    letters.print("open dead letters", listed);
    chosen.print("open dead letters of a vendor", listed);
}

#[derive(Default)]
struct Times {
    elapsed: Vec<Duration>,
    processor: Duration,
}

impl Times {
    fn start(&self) -> (Instant, Duration) {
        (Instant::now(), processor_time())
    }

    fn stop(&mut self, (began, processor): (Instant, Duration)) {
        self.elapsed.push(began.elapsed());
        self.processor += processor_time() - processor;
    }

    fn print(mut self, name: &str, found: usize) {
        self.elapsed.sort_unstable();
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let at = |percent: usize| ms(self.elapsed[(self.elapsed.len() - 1) * percent / 100]);
        let processor = ms(self.processor / u32::try_from(self.elapsed.len()).unwrap());
        let (p50, p95, p99, most) = (at(50), at(95), at(99), at(100));
        println!("{name:38} {p50:8.2} {p95:8.2} {p99:8.2} {most:8.2}   {processor:8.2}   ({found} rows)");
    }
}
