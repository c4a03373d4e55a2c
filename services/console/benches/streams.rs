//! What hundreds of streams of events cost: `make streams` prints it.
//!
//! A server in this process, its listeners in another one, so that the server's processor time can be told from theirs. Each
//! change carries the time at which it went into the view; a listener's lag is counted from there.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use axum::Router;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use console::auth::Guard;
use console::desk::{Desk, Limits, Parts};
use console::live::Live;
use console::metrics::Metrics;
use console::progress::Progress;
use console::server::{self, App};
use console::stages::Stages;
use console::view::{Place, Seen, Source, View};
use contract::{Headers, Stage, State, Status};
use documents::Documents;
use fetch_extract::extract::Pool;
use llm_structure::Company;
use prometheus::Registry;
use runtime::Settings;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use stream::read::Record;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Invoices that change in turn.
const INVOICES: usize = 50_000;
/// How often changes go into the view.
const BATCHES_A_SECOND: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    match arguments.get(1).map(String::as_str) {
        Some("listen") => runtime.block_on(listen(arguments[2].parse().unwrap(), number("STREAMS", 200))),
        _ => runtime.block_on(measure()),
    }
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().filter(|text| !text.is_empty()).map_or(usual, |text| text.parse().unwrap())
}

async fn measure() {
    let (streams, changes, seconds) = (number("STREAMS", 200), number("CHANGES", 2000), number("SECONDS", 20));
    let folder = tempfile::tempdir().unwrap();
    let (app, view, shutdown) = app(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service: IntoMakeServiceWithConnectInfo<Router, SocketAddr> =
        server::router(app).into_make_service_with_connect_info();
    tokio::spawn(axum::serve(listener, service).into_future());
    let listening = Command::new(std::env::current_exe().unwrap())
        .args(["listen", &address.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut listening = Listeners(listening);
    let mut said = BufReader::new(listening.0.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "connected");
    let (began, before) = (Instant::now(), processor_seconds());
    feed(&view, changes, seconds).await;
    let (took, spent) = (began.elapsed(), processor_seconds() - before);
    tokio::time::sleep(Duration::from_secs(2)).await;
    shutdown.send_replace(true);
    println!("{streams} streams, {changes} changes a second for {:.1} s", took.as_secs_f64());
    println!("server: {spent:.1} s of processor time, {:.2} of a core", spent / took.as_secs_f64());
    said.map_while(Result::ok).for_each(|line| println!("{line}"));
}

/// Ends them, whatever becomes of us.
struct Listeners(std::process::Child);

impl Drop for Listeners {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn app(folder: &std::path::Path) -> (App, View, watch::Sender<bool>) {
    let location = folder.join("documents").display().to_string();
    let variables =
        [("INVOICES__DOCUMENTS__LOCATION", location), ("INVOICES__KAFKA__BROKERS", "127.0.0.1:1".to_owned())];
    let settings = Settings::load_from(variables.map(|(name, value)| (name.into(), value.into()))).unwrap();
    let view = View::open(&Place::File(folder.join("view.db"))).unwrap();
    view.set_caught_up().unwrap();
    let metrics = Metrics::new(&Registry::new(), &view, &Progress::new()).unwrap();
    let (stages, (shutdown, stopped)) = (Stages::new(), watch::channel(false));
    let live = Live::start(&view, &stages, metrics.clone());
    let parts = Parts {
        view: view.clone(),
        live: live.clone(),
        stages,
        kafka: settings.kafka_client(),
        topics: settings.topic_names(),
        documents: Documents::open(&settings.documents.location, &settings.documents.options).unwrap(),
        pool: Pool::of_this_executable(&settings.fetch).unwrap(),
        company: Company::from(&settings),
        limits: Limits { pdf_bytes: 1, input_bytes: 1 },
    };
    let guard = Guard::new(&settings.console, metrics.clone());
    let desk = Desk::new(parts).unwrap();
    (App { desk, guard, live, metrics, books: None, shutdown: stopped }, view, shutdown)
}

async fn feed(view: &View, changes: usize, seconds: usize) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(BATCHES_A_SECOND).unwrap());
    let each = changes / BATCHES_A_SECOND;
    for batch in 0..seconds * BATCHES_A_SECOND {
        ticks.tick().await;
        let seen = (0..each).map(|number| change(batch * each + number)).collect();
        let view = view.clone();
        tokio::task::spawn_blocking(move || view.apply(seen).unwrap()).await.unwrap();
    }
}

fn change(number: usize) -> Seen {
    let at_ms = now_ms();
    let status = Status {
        run: 1,
        stage: Stage::LlmStructure,
        state: State::Running,
        attempt: 1,
        at_ms,
        due_ms: None,
        code: None,
        url_hash: "0".repeat(12),
        bill: None,
        cost_usd: None,
        model: None,
    };
    let record = Record {
        topic: "invoices.status".to_owned(),
        partition: 0,
        offset: i64::try_from(number).unwrap(),
        timestamp_ms: at_ms,
        key: Some(format!("invoice-{}", number % INVOICES).into()),
        value: Some(serde_json::to_vec(&status).unwrap().into()),
        headers: Headers::default(),
    };
    Seen { source: Source::Status, record }
}

/// What the listeners' process does: it counts until the server ends the streams.
async fn listen(address: SocketAddr, streams: usize) {
    let mut connected = Vec::new();
    for _ in 0..streams {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut start = [0; 4096];
        assert!(stream.read(&mut start).await.unwrap() > 0);
        connected.push(stream);
    }
    println!("connected");
    let counting: Vec<_> = connected.into_iter().map(|stream| tokio::spawn(count(stream))).collect();
    let (mut delivered, mut reloads, mut lags) = (0, 0, Vec::new());
    for counting in counting {
        let (events, reloaded, longest) = counting.await.unwrap();
        delivered += events;
        reloads += reloaded;
        lags.push(longest);
    }
    lags.sort_unstable();
    println!("delivered {delivered} events to {streams} streams, {reloads} words to load anew");
    println!("longest lag of a stream: {} ms in the middle, {} ms at most", lags[streams / 2], lags[streams - 1]);
}

/// Events, words to load anew, and the longest lag in milliseconds.
async fn count(mut stream: TcpStream) -> (usize, usize, i64) {
    const AT: &[u8] = b"\"at_ms\":";
    let (mut events, mut reloads, mut longest) = (0, 0, 0);
    let mut buffer = Vec::with_capacity(1 << 20);
    while stream.read_buf(&mut buffer).await.is_ok_and(|read| read > 0) {
        let now = now_ms();
        let whole = buffer.windows(2).rposition(|pair| pair == b"\n\n").map_or(0, |end| end + 2);
        for event in buffer[..whole].split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"data: ")) {
            let Some(at) = event.windows(AT.len()).position(|part| part == AT) else {
                reloads += 1;
                continue;
            };
            let digits = event[at + AT.len()..].iter().take_while(|byte| byte.is_ascii_digit());
            let at_ms = digits.fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
            longest = longest.max(now - at_ms);
            events += 1;
        }
        buffer.drain(..whole);
    }
    (events, reloads, longest)
}

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Of this process, in user and system.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    // USER_HZ is 100 on every Linux.
    ticks / 100.0
}
