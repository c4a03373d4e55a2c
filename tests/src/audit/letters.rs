//! Dead letters: one for each dead run, one for each rejected record, and all lead back to their input.

use super::evidence::Evidence;
use super::life::{End, Lives};
use contract::{DeadLetter, HistoryEvent, header};
use std::collections::HashMap;
use stream::read::Record;

/// Exactly the runs that ended dead have a letter, and no run has two.
pub(super) fn every_dead_run_has_one_letter(evidence: &Evidence, lives: &Lives, wrong: &mut Vec<String>) {
    let mut letters: HashMap<(String, u32), usize> = HashMap::new();
    for letter in evidence.letters.iter().filter(|letter| !is_rejected(letter)) {
        *letters.entry((key(letter), letter.headers.run.unwrap_or_default())).or_default() += 1;
    }
    for (id, life) in &lives.0 {
        for (run, ends) in &life.ends {
            let expected = ends.iter().filter(|end| **end == End::DeadLetter).count();
            let found = letters.remove(&(id.to_string(), *run)).unwrap_or(0);
            if found != expected {
                wrong.push(format!("{id}: run {run} has {found} dead letters, not {expected}"));
            }
        }
    }
    wrong.extend(letters.keys().map(|(id, run)| format!("{id}: run {run} has a dead letter and no end")));
}

/// A rejected record's letter is keyed by where it stood, and there is one.
pub(super) fn every_rejected_record_has_one_letter(evidence: &Evidence, wrong: &mut Vec<String>) {
    let rejected = |event: &&HistoryEvent| event.invoice_id.as_str().starts_with("rejected:");
    let mut letters: HashMap<String, usize> = HashMap::new();
    for letter in evidence.letters.iter().filter(|letter| is_rejected(letter)) {
        *letters.entry(key(letter)).or_default() += 1;
    }
    for event in evidence.events.iter().filter(rejected) {
        let found = letters.remove(event.invoice_id.as_str()).unwrap_or(0);
        if found != 1 {
            wrong.push(format!("{} has {found} dead letters", event.invoice_id));
        }
    }
    wrong.extend(letters.keys().map(|key| format!("{key} has a dead letter and no event")));
}

/// The origin of a letter is the record that first held its input.
pub(super) fn origins_lead_to_the_input(evidence: &Evidence, wrong: &mut Vec<String>) {
    for letter in &evidence.letters {
        let at = letter.coordinates();
        let Some(origin) = &letter.headers.origin else {
            wrong.push(format!("the dead letter {at} has no origin"));
            continue;
        };
        let Some(source) = evidence.records.get(origin) else {
            wrong.push(format!("the dead letter {at} names {origin}, where nothing stands"));
            continue;
        };
        if input(letter) != source.value.as_deref().unwrap_or_default() {
            wrong.push(format!("the dead letter {at} names {origin}, which holds another input"));
        }
        if !is_rejected(letter) && origin_key(evidence, source).as_deref() != Some(&*key(letter)) {
            wrong.push(format!("the dead letter {at} names {origin}, which is of another invoice"));
        }
    }
}

pub(super) fn is_rejected(letter: &Record) -> bool {
    letter.key.as_deref().is_some_and(|key| key.starts_with(b"rejected:"))
}

pub(super) fn key(record: &Record) -> String {
    String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned()
}

/// What the stage was given, byte for byte.
fn input(letter: &Record) -> Vec<u8> {
    let value = letter.value.as_deref().unwrap_or_default();
    if letter.headers.content_type.as_deref() == Some(header::OCTET_STREAM) {
        return value.to_vec();
    }
    let envelope = serde_json::from_slice::<DeadLetter>(value);
    envelope.map_or_else(|_| value.to_vec(), |letter| letter.input.get().as_bytes().to_vec())
}

fn origin_key(evidence: &Evidence, source: &Record) -> Option<String> {
    evidence.submitted_id(source).map(|id| id.to_string()).or_else(|| Some(key(source)))
}
