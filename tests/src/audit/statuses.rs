//! The status topic: what it says last is true, and it never says two ends of one run.

use super::evidence::Evidence;
use super::letters;
use super::life::{End, Life, Lives};
use contract::{Class, InvoiceId, State, Status};
use std::collections::{BTreeSet, HashMap};

/// Everybody's latest state is the end of the last run; nobody without a run has one.
pub(super) fn the_latest_state_is_that_of_the_last_run(evidence: &Evidence, lives: &Lives, wrong: &mut Vec<String>) {
    let classes = classes(evidence);
    for (id, life) in &lives.0 {
        let Some(status) = evidence.statuses.get(id).and_then(|statuses| statuses.last()) else {
            wrong.push(format!("{id} has no state"));
            continue;
        };
        let run = life.last_run();
        let expected = expected(id, life, run, &classes);
        if status.run != run || Some(status.state) != expected {
            let Status { run: found, state, .. } = status;
            wrong.push(format!("{id}: the state is {state:?} of run {found}, not {expected:?} of run {run}"));
        }
    }
    let strangers = evidence.statuses.keys().filter(|id| !lives.0.contains_key(id));
    wrong.extend(strangers.map(|id| format!("{id} has a state and no run")));
}

/// Runs only go up; a run that has ended does not move again, but for a person who closes its dead letter or erases it. What is
/// erased names nothing.
pub(super) fn a_run_ends_in_one_state(evidence: &Evidence, wrong: &mut Vec<String>) {
    for (id, statuses) in &evidence.statuses {
        for pair in statuses.windows(2) {
            let [before, after] = pair else { continue };
            let closed = matches!(before.state, State::Dead | State::Review) && after.state == State::Discarded;
            let erased = before.state.is_terminal() && before.state != State::Erased && after.state == State::Erased;
            let moved_on = after.run == before.run && (!before.state.is_terminal() || closed || erased);
            let next = after.run == before.run + 1 && matches!(before.state, State::Dead | State::Review);
            if !moved_on && !next {
                wrong.push(format!(
                    "{id}: {:?} of run {} is followed by {:?} of run {}",
                    before.state, before.run, after.state, after.run
                ));
            }
        }
        let speaks = |status: &&Status| status.bill.is_some() || status.model.is_some() || status.code.is_some();
        if statuses.iter().filter(|status| status.state == State::Erased).any(|status| speaks(&status)) {
            wrong.push(format!("{id} was erased and its state still speaks"));
        }
        let hashes: BTreeSet<&str> = statuses.iter().map(|status| status.url_hash.as_str()).collect();
        if hashes.len() > 1 {
            wrong.push(format!("{id} changed its URL: {hashes:?}"));
        }
    }
}

/// Of each dead run, whether a person must look.
fn classes(evidence: &Evidence) -> HashMap<(String, u32), Option<Class>> {
    let letters = evidence.letters.iter();
    letters
        .map(|letter| ((letters::key(letter), letter.headers.run.unwrap_or_default()), letter.headers.error_class))
        .collect()
}

fn expected(id: &InvoiceId, life: &Life, run: u32, classes: &HashMap<(String, u32), Option<Class>>) -> Option<State> {
    match life.ends.get(&run)?.first()? {
        _ if life.erased.contains(&run) => Some(State::Erased),
        End::Posted => Some(State::Posted),
        End::DeadLetter if life.discarded.contains(&run) => Some(State::Discarded),
        End::DeadLetter => match (*classes.get(&(id.to_string(), run))?)? {
            Class::Review => Some(State::Review),
            Class::Transient | Class::Unavailable | Class::Permanent => Some(State::Dead),
        },
    }
}
