//! From record to record: what goes in is settled once, and what comes out has one cause.

use super::evidence::{Evidence, submission};
use contract::history::EventKind;
use contract::{CommandKind, Coordinates, HistoryEvent, Stage, Submission};
use std::collections::{HashMap, HashSet};
use stream::read::Record;

/// A publisher that was told "stored" was told the truth.
pub(super) fn published_records_are_there(evidence: &Evidence, wrong: &mut Vec<String>) {
    for published in &evidence.published {
        match evidence.records.get(&published.at) {
            None => wrong.push(format!("lost: {} was stored for its publisher and is not there", published.at)),
            Some(record) if record.value.as_deref().unwrap_or_default() != published.value => {
                wrong.push(format!("{} holds other bytes than were published", published.at));
            }
            Some(_) => {}
        }
    }
}

/// Every record has one event that says how it left the window. One that the gate sends on to another partition has
/// none, and one copy.
pub(super) fn every_record_is_settled_once(evidence: &Evidence, wrong: &mut Vec<String>) {
    let mut settled: HashMap<&Coordinates, Vec<&HistoryEvent>> = HashMap::new();
    for event in &evidence.events {
        settled.entry(&event.record).or_default().push(event);
    }
    for (at, record) in &evidence.records {
        let events = settled.remove(at).unwrap_or_default();
        let expected = usize::from(!evidence.is_misplaced(record));
        if events.len() != expected {
            let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
            wrong.push(format!("{at} was settled {} times ({}), not {expected}", kinds.len(), kinds.join(", ")));
        }
    }
    wrong.extend(settled.keys().map(|at| format!("the history tells of {at}, where nothing stands")));
}

/// Every record that a stage reads was published, or is the output of exactly one settlement.
pub(super) fn every_settlement_led_to_one_record(evidence: &Evidence, wrong: &mut Vec<String>) {
    let mut balance: HashMap<Flow, i64> = HashMap::new();
    for event in &evidence.events {
        if let Some(flow) = caused(evidence, event) {
            *balance.entry(flow).or_default() += 1;
        }
    }
    let published: HashSet<&Coordinates> = evidence.published.iter().map(|published| &published.at).collect();
    for record in evidence.records.values().chain(&evidence.posted) {
        if record.topic == evidence.topics.main(Stage::FetchExtract) {
            continue;
        }
        *balance.entry(Flow::of(record)).or_default() -= 1;
    }
    rerouted(evidence, &published, &mut balance);
    for (flow, left) in balance {
        if left != 0 {
            wrong.push(format!("{flow:?}: settlements and records differ by {left}"));
        }
    }
}

/// A record between two stages, by what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Flow {
    topic: String,
    key: String,
    run: u32,
    attempt: u32,
}

impl Flow {
    fn of(record: &Record) -> Self {
        Self {
            topic: record.topic.clone(),
            key: String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned(),
            run: record.headers.run.unwrap_or_default(),
            attempt: record.headers.attempt.unwrap_or_default(),
        }
    }
}

/// The record that must follow from this settlement, if any.
fn caused(evidence: &Evidence, event: &HistoryEvent) -> Option<Flow> {
    let topics = &evidence.topics;
    let (topic, attempt) = match event.kind {
        EventKind::Forwarded => (topics.output(event.stage), 1),
        EventKind::Retried => (topics.retry(event.stage), event.attempt + 1),
        EventKind::CommandAccepted => {
            let Submission::Command(command) = submission(evidence.records.get(&event.record)?)? else { return None };
            match command.command {
                CommandKind::Replay { stage: Stage::FetchExtract, .. } => (topics.retry(Stage::FetchExtract), 1),
                CommandKind::Replay { stage, .. } => (topics.main(stage), 1),
                CommandKind::Discard | CommandKind::Erase => return None,
            }
        }
        EventKind::DeadLettered | EventKind::Duplicate | EventKind::StaleCommand | EventKind::Erased => return None,
        EventKind::StagePaused | EventKind::StageResumed => return None,
    };
    Some(Flow { topic, key: event.invoice_id.to_string(), run: event.run, attempt })
}

/// What stands in the gate's topic and was not published is the copy of a misplaced record.
fn rerouted(evidence: &Evidence, published: &HashSet<&Coordinates>, balance: &mut HashMap<Flow, i64>) {
    let gate = evidence.topics.main(Stage::FetchExtract);
    for record in evidence.records.values().filter(|record| record.topic == gate) {
        let Some(id) = evidence.submitted_id(record) else { continue };
        let value = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned();
        let flow = Flow { topic: gate.clone(), key: format!("{id}: {value}"), run: 0, attempt: 0 };
        if evidence.is_misplaced(record) {
            *balance.entry(flow).or_default() += 1;
        } else if !published.contains(&record.coordinates()) {
            *balance.entry(flow).or_default() -= 1;
        }
    }
}
