//! The words in which the pages speak of states, stages and fields: those of a person who pays bills, not of the broker.

use contract::{Class, Stage, State};

/// All states in the order in which people care for them.
pub const STATES: [State; 9] = [
    State::Review,
    State::Dead,
    State::Running,
    State::Retrying,
    State::Parked,
    State::Posted,
    State::Discarded,
    State::Cancelled,
    State::Erased,
];

/// As it stands in a URL and on the wire.
#[must_use]
pub const fn key(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Retrying => "retrying",
        State::Parked => "parked",
        State::Review => "review",
        State::Posted => "posted",
        State::Dead => "dead",
        State::Discarded => "discarded",
        State::Cancelled => "cancelled",
        State::Erased => "erased",
    }
}

/// The state of that key.
#[must_use]
pub fn state(key_: &str) -> Option<State> {
    STATES.into_iter().find(|state| key(*state) == key_)
}

/// In two words at most.
#[must_use]
pub const fn named(state: State) -> &'static str {
    match state {
        State::Running => "In progress",
        State::Retrying => "Retrying",
        State::Parked => "On hold",
        State::Review => "Needs review",
        State::Posted => "Bill posted",
        State::Dead => "Failed",
        State::Discarded => "Discarded",
        State::Cancelled => "Cancelled",
        State::Erased => "Erased",
    }
}

/// What it means, in a sentence.
#[must_use]
pub const fn meaning(state: State) -> &'static str {
    match state {
        State::Running => "It is on its way.",
        State::Retrying => "The last attempt failed; another follows by itself.",
        State::Parked => "A service that it needs is away; it goes on by itself.",
        State::Review => "A person has to look before a bill is made.",
        State::Posted => "The bill is in the books.",
        State::Dead => "It failed, and no further attempt is made until somebody asks for one.",
        State::Discarded => "Somebody has closed it; no bill is made.",
        State::Cancelled => "Somebody has stopped it before a bill was made.",
        State::Erased => "Its personal data is gone; its id stays taken, so that it is not paid twice.",
    }
}

/// What a stage does, for whoever does not know its name.
#[must_use]
pub const fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::FetchExtract => "Read the PDF",
        Stage::LlmStructure => "Find the fields",
        Stage::PostToZoho => "Post the bill",
    }
}

/// Whom a stage depends on.
#[must_use]
pub const fn depends_on(stage: Stage) -> &'static str {
    match stage {
        Stage::FetchExtract => "the host of the PDFs",
        Stage::LlmStructure => "the language model’s service",
        Stage::PostToZoho => "the accounting system",
    }
}

/// What a class of failure means.
#[must_use]
pub const fn class(class: Class) -> &'static str {
    match class {
        Class::Transient => "another attempt may help",
        Class::Unavailable => "a service was away",
        Class::Permanent => "no attempt will help",
        Class::Review => "a person has to look",
    }
}

/// `1 invoice`, `2 invoices`.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    let shown = super::money::count(count);
    if count == 1 { format!("{shown} {one}") } else { format!("{shown} {many}") }
}

/// The name of an invoice's field: `lines[2].amount` is `Amount of line 3`.
#[must_use]
pub fn field(path: &str) -> String {
    if let Some((index, name)) = line_field(path) {
        let name = super::draft::LINE_FIELDS.iter().find(|field| field.name == name).map_or(name, |field| field.label);
        return format!("{name}, line {}", index + 1);
    }
    let known = super::draft::FIELDS.iter().find(|field| field.name == path);
    known.map_or_else(|| path.to_owned(), |field| field.label.to_owned())
}

/// `lines[2].amount` apart.
#[must_use]
pub fn line_field(path: &str) -> Option<(usize, &str)> {
    let (index, name) = path.strip_prefix("lines[")?.split_once("].")?;
    Some((index.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_key_that_leads_back_to_it() {
        for state_ in STATES {
            assert_eq!(state(key(state_)), Some(state_));
            assert_eq!(serde_json::to_value(state_).unwrap(), key(state_));
        }
        assert_eq!(state("nonsense"), None);
    }

    #[test]
    fn a_field_is_called_what_the_form_calls_it() {
        assert_eq!(field("lines[2].amount"), "Amount, line 3");
        assert_eq!(field("invoice_number"), "Invoice number");
        assert_eq!(field("somewhere"), "somewhere");
    }
}
