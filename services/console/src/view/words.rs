//! What an invoice is found by; pure.
//!
//! The words stand in one inverted index whose rows are in the order of the list, the newest first, so that any choice is read
//! from its front and never sorted. Beside the words of the vendor's name (plain) stand those of the ids (behind [`ID`]), and one
//! for each thing that a filter can name (behind [`TAG`]). The two marks are letters to the index and to no text, so that nobody's
//! name can be taken for another kind of word.

use super::order::digest;
use super::row::word;
use contract::{Stage, State, Status};
use operations::vendor_key;
use std::collections::BTreeSet;

/// Stands before the words of an id, a bill's number or a bill's id.
const ID: char = '·';
/// Stands before what a filter names.
const TAG: char = '§';

/// Lengths of the prefixes that the index has lists of (`prefix` in the schema), the mark counted. The longer ones stand close
/// enough that what a list holds beside what was asked for is little, also where ids are numbers that begin alike.
const INDEXED: [usize; 8] = [1, 2, 3, 4, 5, 9, 13, 17];

/// The words of one invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Of the vendor's name.
    pub(super) names: BTreeSet<String>,
    ids: BTreeSet<String>,
    tags: BTreeSet<String>,
}

impl Words {
    pub(super) fn of(id: &str, status: &Status, vendor: Option<&str>) -> Self {
        let mut tags = BTreeSet::from([state_tag(status.state), stage_tag(status.stage)]);
        tags.extend(status.code.as_ref().map(|code| code_tag(code.as_str())));
        tags.extend(vendor.map(vendor_tag));
        Self {
            names: vendor.into_iter().flat_map(split).collect(),
            ids: ids(id, status).flat_map(split).collect(),
            tags,
        }
    }

    /// As it goes into the index, and out of it again.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(256);
        for name in &self.names {
            text.push_str(name);
            text.push(' ');
        }
        for id in &self.ids {
            text.push(ID);
            text.push_str(id);
            text.push(' ');
        }
        for tag in &self.tags {
            text.push_str(tag);
            text.push(' ');
        }
        text
    }
}

/// Whether each of these begins one of an invoice's words.
pub(super) fn are_begun_by(id: &str, status: &Status, vendor: Option<&str>, prefixes: &[String]) -> bool {
    let words: Vec<String> = ids(id, status).chain(vendor).flat_map(split).collect();
    prefixes.iter().all(|prefix| words.iter().any(|word| word.starts_with(prefix)))
}

fn ids<'a>(id: &'a str, status: &'a Status) -> impl Iterator<Item = &'a str> {
    let bill = status.bill.iter().flat_map(|bill| [bill.bill_number.as_str(), bill.bill_id.as_str()]);
    std::iter::once(id).chain(bill)
}

/// The words of a text as they are compared.
pub(super) fn split(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase)
}

pub(super) fn state_tag(state: State) -> String {
    tag('s', &word(&state))
}

pub(super) fn stage_tag(stage: Stage) -> String {
    tag('g', stage.as_str())
}

pub(super) fn code_tag(code: &str) -> String {
    tag('c', code)
}

pub(super) fn vendor_tag(vendor: &str) -> String {
    tag('v', &vendor_key(vendor))
}

/// A hash, as what is named may hold characters that part words; it is short, as two that share one only cost a look at the row.
fn tag(kind: char, name: &str) -> String {
    format!("{TAG}{kind}{:06x}", digest(name.as_bytes()) >> 40)
}

/// Matches one of these tags.
pub(super) fn any_of(tags: impl IntoIterator<Item = String>) -> String {
    let quoted: Vec<String> = tags.into_iter().map(|tag| format!("\"{tag}\"")).collect();
    format!("({})", quoted.join(" OR "))
}

/// How closely a question to the index is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closeness {
    /// Some that match may be wrong ones, and each must be looked at; the index answers from its front.
    Rough,
    /// Only right ones, for which the index may have to gather all that match.
    Exact,
}

/// Matches what has a word that this one begins; `names` are the words of vendors that it begins, unless those are too many.
pub(super) fn begun_by(word: &str, names: Option<&[String]>, closeness: Closeness) -> String {
    let id: String = match closeness {
        Closeness::Rough => word.chars().take(listed(word.chars().count() + 1) - 1).collect(),
        Closeness::Exact => word.to_owned(),
    };
    let mut any = vec![format!("\"{ID}{id}\"*")];
    match names.filter(|_| !is_indexed(word)) {
        Some(names) => any.extend(names.iter().map(|name| format!("\"{name}\""))),
        None => any.push(format!("\"{word}\"*")),
    }
    format!("({})", any.join(" OR "))
}

/// Whether the index has a list of the names that this begins.
pub(super) fn is_indexed(word: &str) -> bool {
    INDEXED.contains(&word.chars().count())
}

/// Whether a rough answer is an exact one.
pub(super) fn is_exact(word: &str) -> bool {
    INDEXED.contains(&(word.chars().count() + 1))
}

/// The longest length of which there are lists, up to this one.
fn listed(length: usize) -> usize {
    INDEXED.into_iter().rfind(|indexed| *indexed <= length).unwrap_or(1)
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
