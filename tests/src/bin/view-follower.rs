//! The console's view and nothing else, to be killed: `view-follower FILE`, with the settings of a pipeline.

use console::follow::{Keep, follow};
use console::view::{Change, Place, View};
use contract::Topics;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;
use stream::client::ClientSettings;

const YEAR: Duration = Duration::from_secs(365 * 86_400);

#[tokio::main]
async fn main() {
    let file = std::env::args().nth(1).expect("a file is named");
    let setting = |name: &str| std::env::var(name).expect("the pipeline's settings are given");
    let kafka = ClientSettings { brokers: setting("INVOICES__KAFKA__BROKERS"), properties: BTreeMap::new() };
    let topics = Topics::new(setting("INVOICES__TOPICS__PREFIX"));
    let view = View::open(&Place::File(file.into())).expect("the view can be opened");
    let mut changes = view.changes();
    let counted = view.clone();
    tokio::spawn(follow(view, kafka, topics, Keep { history: YEAR, dead_letters: YEAR }));
    loop {
        match changes.recv().await.expect("the view is not given up") {
            Change::CaughtUp => say(&format!("caught up {}", counted.records_read())),
            Change::Rebuilding => say("rebuilding"),
            _ => {}
        }
    }
}

fn say(line: &str) {
    println!("{line}");
    std::io::stdout().flush().expect("somebody listens");
}
