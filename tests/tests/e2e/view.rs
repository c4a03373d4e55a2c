use console::follow::{Keep, follow};
use console::view::{Change, Filter, Place, Seen, Source, View};
use contract::{Headers, InvoiceId, Stage, State};
use local::{Launch, Process, layout};
use operations::Selection;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use stream::read::Record;
use testkit::world::{Setup, World};

const SOON: Duration = Duration::from_secs(120);
const YEAR: Duration = Duration::from_secs(365 * 86_400);
const INVOICES: u32 = 60;

/// The view in a process of its own; each start has a log of its own.
struct Follower {
    launch: Launch,
    process: Process,
    starts: u32,
}

impl Follower {
    fn start(world: &World, file: &Path) -> Self {
        let launch = Launch {
            name: "view-follower".to_owned(),
            program: layout::binary("view-follower").expect("it is built"),
            args: vec![file.display().to_string().into()],
            env: world.env().to_vec(),
            log: file.with_extension("0.log"),
        };
        let process = Process::start(&launch).unwrap();
        Self { launch, process, starts: 0 }
    }

    fn kill9_and_restart(&mut self) {
        self.process.kill9().unwrap();
        self.starts += 1;
        self.launch.log = self.launch.log.with_extension(format!("{}.log", self.starts));
        self.process = Process::start(&self.launch).unwrap();
    }

    /// Waits until it has caught up, and says how many records it has read for that.
    fn caught_up(&mut self) -> u64 {
        let line = self.process.line("caught up ", SOON).unwrap();
        line.trim_start_matches("caught up ").trim().parse().unwrap()
    }
}

/// A view that has followed the topics to their end, and follows them no longer.
async fn caught_up(world: &World, place: &Place, prepare: impl FnOnce(&View)) -> View {
    let view = View::open(place).unwrap();
    prepare(&view);
    let mut changes = view.changes();
    let keep = Keep { history: YEAR, dead_letters: YEAR };
    let follower = tokio::spawn(follow(view.clone(), world.kafka.clone(), world.topics.clone(), keep));
    let wait = async { while changes.recv().await.unwrap() != Change::CaughtUp {} };
    tokio::time::timeout(SOON, wait).await.expect("the view catches up");
    follower.abort();
    assert!(follower.await.unwrap_err().is_cancelled());
    view
}

/// Everything that the view shows, in an order that does not depend on it.
async fn shown(view: &View) -> String {
    let mut invoices = view.invoices(&Filter::default(), None, 1000).await.unwrap().items;
    invoices.sort_by(|one, other| one.invoice_id.cmp(&other.invoice_id));
    let mut histories = Vec::new();
    for invoice in &invoices {
        histories.push(view.history(&invoice.invoice_id).await.unwrap());
    }
    let letters = view.letters(&Selection::default(), None, 1000).await.unwrap().items;
    let totals = view.totals(0).await.unwrap();
    format!("{invoices:#?}\n{histories:#?}\n{letters:#?}\n{totals:#?}")
}

async fn submit(world: &World, numbers: std::ops::Range<u32>) -> HashSet<InvoiceId> {
    let publisher = world.publisher();
    let mut ids = HashSet::new();
    for number in numbers {
        // Every tenth leads nowhere.
        let pdf = if number % 10 == 0 { format!("gone-{number}") } else { format!("numbered/{number}") };
        ids.insert(world.submit(&publisher, world.sandbox.pdf(&pdf), Some(&format!("INV-{number}"))).await);
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_whose_process_is_killed_again_and_again_says_what_the_topics_say_and_reads_nothing_anew() {
    let world = World::start(&Setup::default());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("view.db");
    let mut follower = Follower::start(&world, &file);
    let mut ids = HashSet::new();
    for part in 0..4 {
        ids.extend(submit(&world, part * INVOICES / 4..(part + 1) * INVOICES / 4).await);
        world.wait_status(&ids, SOON, |status| status.stage != Stage::FetchExtract || status.state.is_terminal()).await;
        follower.kill9_and_restart();
    }
    let ended = world.wait_ended(&ids, SOON).await;
    follower.kill9_and_restart();
    follower.caught_up();
    // All has been read now: of each partition the last record comes once more, to be known again.
    follower.kill9_and_restart();
    let again = follower.caught_up();
    follower.process.kill9().unwrap();
    let view = View::open(&Place::File(file.clone())).unwrap();
    let partitions: usize = view.positions().unwrap().values().map(|partitions| partitions.len()).sum();
    assert_eq!(again, u64::try_from(partitions).unwrap());

    let fresh = caught_up(&world, &Place::Memory, |_| {}).await;
    assert_eq!(shown(&view).await, shown(&fresh).await);
    for (id, status) in &ended {
        let invoice = view.invoice(id).await.unwrap().unwrap();
        assert_eq!((invoice.state, invoice.run, &invoice.bill), (status.state, status.run, &status.bill));
        let history = view.history(id).await.unwrap();
        let spent = history.iter().filter_map(|event| event.cost_usd).reduce(|sum, cost| sum + cost);
        assert_eq!(spent.unwrap_or_default(), invoice.cost_usd.unwrap_or_default(), "{id}");
    }
    let dead = ended.values().filter(|status| status.state == State::Dead).count();
    let waiting = view.letters(&Selection::default(), None, 1000).await.unwrap().items.len();
    assert!(dead >= 6 && waiting >= dead, "{waiting} letters of {dead} dead invoices");
    let totals = view.totals(0).await.unwrap();
    let counted: u64 = totals.by_state.iter().map(|count| count.count).sum();
    assert_eq!((counted, totals.skipped), (u64::from(INVOICES), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_other_topics_or_of_ones_that_were_made_anew_is_made_anew() {
    let world = World::start(&Setup::default());
    let ids = submit(&world, 1..9).await;
    world.wait_ended(&ids, SOON).await;
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| Place::File(PathBuf::from(folder.path()).join(name));
    let right = shown(&caught_up(&world, &Place::Memory, |_| {}).await).await;

    let other = World::new(&Setup::default());
    assert_eq!(caught_up(&other, &place("other"), |_| {}).await.totals(0).await.unwrap().by_state, []);
    assert_eq!(shown(&caught_up(&world, &place("other"), |_| {}).await).await, right);

    // What the topic had before it was made anew: more than now, or another record at the same place.
    for (name, offset) in [("longer", 1_000_000), ("same", 0)] {
        let earlier = |view: &View| {
            view.apply(vec![earlier(&world, offset)]).unwrap();
        };
        let view = caught_up(&world, &place(name), earlier).await;
        assert_eq!(shown(&view).await, right, "{name}");
    }
}

/// A record that is not on the topic, on a partition of its own choice.
fn earlier(world: &World, offset: i64) -> Seen {
    let status = r#"{"run":1,"stage":"post-to-zoho","state":"posted","attempt":1,"at_ms":1,"url_hash":"00"}"#;
    let record = Record {
        topic: world.topics.status(),
        partition: 0,
        offset,
        timestamp_ms: 1,
        key: Some("OLD-1".into()),
        value: Some(status.into()),
        headers: Headers::default(),
    };
    Seen { source: Source::Status, record }
}
