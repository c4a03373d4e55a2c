//! The live table: how many invoices are in which state, and the latest changes; pure.

use crate::output::{moment, plain, word};
use contract::{InvoiceId, State, Status};
use crossterm::style::Color;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use stream::read::Progress;
use unicode_width::UnicodeWidthChar;

/// More than any terminal has lines.
const LATEST: usize = 512;

/// The states in the order of an invoice's life.
const STATES: [State; 9] = [
    State::Running,
    State::Retrying,
    State::Parked,
    State::Review,
    State::Dead,
    State::Posted,
    State::Discarded,
    State::Cancelled,
    State::Erased,
];

/// What is known of all invoices. Of each it keeps a few bytes, and of the latest the text.
#[derive(Debug, Default)]
pub(super) struct Board {
    hasher: RandomState,
    known: HashMap<u64, Known>,
    counts: HashMap<State, u64>,
    /// By when they changed; the id parts those of one moment.
    latest: BTreeMap<(i64, InvoiceId), Shown>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    run: u32,
    at_ms: i64,
    state: State,
}

#[derive(Debug)]
struct Shown {
    state: State,
    at: String,
    told: String,
}

/// One line of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) colour: Option<Color>,
}

impl Board {
    /// Takes in the state of an invoice. One that was moved to a new partition may come again, and late.
    pub(super) fn take(&mut self, id: InvoiceId, status: &Status) {
        let key = self.hasher.hash_one(&id);
        let new = Known { run: status.run, at_ms: status.at_ms, state: status.state };
        let before = self.known.insert(key, new);
        if let Some(before) = before {
            if (before.run, before.at_ms) > (new.run, new.at_ms) {
                self.known.insert(key, before);
                return;
            }
            self.latest.remove(&(before.at_ms, id.clone()));
            let count = self.counts.entry(before.state).or_default();
            *count = count.saturating_sub(1);
        }
        *self.counts.entry(new.state).or_default() += 1;
        self.show(id, status);
    }

    fn show(&mut self, id: InvoiceId, status: &Status) {
        if self.latest.len() >= LATEST {
            if self.latest.first_key_value().is_some_and(|(oldest, _)| oldest.0 >= status.at_ms) {
                return;
            }
            self.latest.pop_first();
        }
        let shown = Shown { state: status.state, at: moment(status.at_ms), told: told(status) };
        self.latest.insert((status.at_ms, id), shown);
    }

    /// The screen's lines. `reading` is how far the states of before are read; `None` when they are.
    pub(super) fn lines(&self, width: usize, height: usize, reading: Option<Progress>, now_ms: i64) -> Vec<Line> {
        let mut lines = vec![Line { text: self.counted(), colour: None }, heading(reading, now_ms)];
        let rows = height.saturating_sub(lines.len());
        lines.extend(self.latest.iter().rev().take(rows).map(|((_, id), shown)| row(id, shown)));
        lines.truncate(height);
        lines.iter_mut().for_each(|line| line.text = cut(&line.text, width));
        lines
    }

    fn counted(&self) -> String {
        let count = |state: &State| self.counts.get(state).copied().unwrap_or(0);
        let known = STATES.iter().filter(|state| count(state) > 0);
        let parts: Vec<String> = known.map(|state| format!("{} {}", count(state), word(state))).collect();
        let all: u64 = self.counts.values().sum();
        format!("{all} invoices  {}", parts.join("  "))
    }
}

fn heading(reading: Option<Progress>, now_ms: i64) -> Line {
    let text = match reading {
        Some(Progress { done, total }) => format!("reading what was before: {done} of {total}"),
        None => format!("{}  q ends it", moment(now_ms)),
    };
    Line { text, colour: Some(Color::DarkGrey) }
}

fn row(id: &InvoiceId, shown: &Shown) -> Line {
    let Shown { state, at, told } = shown;
    Line { text: format!("{at}  {:<9}  {:<24}  {told}", word(state), id.as_str()), colour: colour(*state) }
}

const fn colour(state: State) -> Option<Color> {
    match state {
        State::Posted => Some(Color::Green),
        State::Retrying | State::Parked => Some(Color::Yellow),
        State::Review => Some(Color::Magenta),
        State::Dead => Some(Color::Red),
        State::Discarded | State::Cancelled | State::Erased => Some(Color::DarkGrey),
        State::Running => None,
    }
}

/// What else there is to say. It has text of strangers in it.
fn told(status: &Status) -> String {
    let mut parts = vec![format!("{} run {} attempt {}", status.stage, status.run, status.attempt)];
    parts.extend(status.code.as_ref().map(ToString::to_string));
    parts.extend(status.due_ms.map(|due| format!("due {}", moment(due))));
    let bill = status.bill.as_ref();
    parts.extend(
        bill.map(|bill| format!("{} {}  {}  {}", bill.currency, bill.total, bill.bill_number, bill.vendor_name)),
    );
    plain(&parts.join("  "))
}

/// As much of it as fits into so many columns.
fn cut(text: &str, width: usize) -> String {
    let mut columns = 0;
    let fits = |c: &char| {
        columns += c.width().unwrap_or(0);
        columns <= width
    };
    text.chars().take_while(fits).collect()
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
