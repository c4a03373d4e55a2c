//! What Tally's answer means: a function of its text.
//!
//! Tally answers HTTP 200 whatever happened. An import's answer counts what was done (`CREATED`, `ALTERED`, `ERRORS`,
//! `EXCEPTIONS` and others) and says what was wrong in `LINEERROR`; an export's is a list of objects. Its XML is not always
//! well-formed: it has references to characters that XML forbids, which are passed over. An answer that cannot be read says
//! nothing about what was done.

use contract::{Class, code};
use engine::StageError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde::Serialize;
use std::collections::HashMap;

/// Why a call brought no success, and whether it can have had an effect.
#[derive(Debug)]
pub(crate) enum CallError {
    /// Tally has done nothing.
    Refused(StageError),
    /// Tally may have done what it was asked, or may yet do it.
    Unknown(StageError),
}

impl From<CallError> for StageError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(error) | CallError::Unknown(error) => error,
        }
    }
}

/// What an import has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Imported {
    pub(crate) created: u64,
    pub(crate) altered: u64,
    /// The voucher's number in Tally's own count.
    pub(crate) last_voucher: Option<String>,
}

/// An object of a collection: its name, and its fields by their tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Object {
    pub(crate) name: String,
    fields: HashMap<String, String>,
}

impl Object {
    /// What is empty is as good as missing.
    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

/// What Tally said, for a dead letter's evidence.
#[derive(Debug, Serialize)]
struct Said<'a> {
    errors: &'a [String],
    counts: HashMap<&'a str, &'a str>,
}

/// A leaf of an answer: the tags that it is in, from the root, and its text.
#[derive(Debug)]
struct Leaf {
    path: Vec<String>,
    /// Which object of its collection it is in, from 1; 0 outside.
    object: usize,
    text: String,
}

#[derive(Debug, Default)]
struct Tree {
    leaves: Vec<Leaf>,
    names: Vec<String>,
}

/// What an import has done, if all that it was asked.
pub(crate) fn imported(answer: &str) -> Result<Imported, CallError> {
    let tree = Tree::read(answer, "").ok_or_else(unreadable)?;
    let errors = tree.all("LINEERROR");
    let count = |name: &str| tree.first(name).and_then(|text| text.trim().parse::<u64>().ok());
    let done = (count("CREATED"), count("ALTERED"));
    let failed = count("ERRORS").unwrap_or(0) + count("EXCEPTIONS").unwrap_or(0) > 0 || !errors.is_empty();
    match done {
        (Some(created), altered) if !failed => {
            let last_voucher =
                tree.first("LASTVCHID").map(|id| id.trim().to_owned()).filter(|id| id != "0" && !id.is_empty());
            Ok(Imported { created, altered: altered.unwrap_or(0), last_voucher })
        }
        // Something was made, and something was not.
        (Some(created), altered) if created + altered.unwrap_or(0) > 0 => {
            let error = StageError { class: Class::Transient, ..refusal(&errors) };
            Err(CallError::Unknown(tree.with_what_it_says(error, &errors)))
        }
        (None, _) if errors.is_empty() => Err(unreadable()),
        _ => Err(CallError::Refused(tree.with_what_it_says(refusal(&errors), &errors))),
    }
}

/// The objects of a collection.
pub(crate) fn objects(answer: &str, tag: &str) -> Result<Vec<Object>, CallError> {
    let tree = Tree::read(answer, tag).ok_or_else(unreadable)?;
    let errors = tree.all("LINEERROR");
    if !errors.is_empty() || tree.first("STATUS").is_some_and(|status| status.trim() != "1") {
        return Err(CallError::Refused(tree.with_what_it_says(refusal(&errors), &errors)));
    }
    if !tree.is_export() {
        return Err(unreadable());
    }
    let mut objects: Vec<Object> =
        tree.names.iter().map(|name| Object { name: name.clone(), fields: HashMap::new() }).collect();
    for leaf in &tree.leaves {
        let object = leaf.object.checked_sub(1).and_then(|index| objects.get_mut(index));
        let own = leaf.path.iter().skip_while(|part| *part != tag).skip(1).count();
        if let (Some(object), Some(field)) = (object, leaf.path.last())
            && (own == 1 || field == "GSTIN" || field == "MAILINGNAME")
        {
            object.fields.entry(field.clone()).or_insert_with(|| leaf.text.clone());
        }
    }
    for object in &mut objects {
        if object.name.is_empty() {
            object.name = object.get("NAME").unwrap_or_default().to_owned();
        }
    }
    Ok(objects)
}

impl Tree {
    /// All of an answer's leaves, or `None` for what is no whole document of Tally's.
    fn read(answer: &str, tag: &str) -> Option<Self> {
        let mut reader = Reader::from_str(answer.trim_start_matches('\u{feff}'));
        let mut tree = Self::default();
        let (mut path, mut text, mut object): (Vec<String>, String, usize) = (Vec::new(), String::new(), 0);
        let mut is_whole = false;
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    path.push(tag_of(&start));
                    text.clear();
                    if path.last().is_some_and(|last| last == tag) && object == 0 {
                        tree.names.push(name_of(&start));
                        object = tree.names.len();
                    }
                }
                Event::Empty(start) => {
                    if tag_of(&start) == tag && object == 0 {
                        tree.names.push(name_of(&start));
                    }
                    // An empty root is a whole answer, too.
                    is_whole |= path.is_empty() && is_root(&tag_of(&start));
                    path.push(tag_of(&start));
                    tree.leaves.push(Leaf { path: path.clone(), object, text: String::new() });
                    path.pop();
                }
                Event::Text(part) => text.push_str(&part.decode().ok()?),
                Event::CData(part) => text.push_str(&part.decode().ok()?),
                Event::GeneralRef(reference) => text.push_str(&resolved(&reference.decode().ok()?)),
                Event::End(_) => {
                    tree.leaves.push(Leaf { path: path.clone(), object, text: std::mem::take(&mut text) });
                    let last = path.pop()?;
                    let is_inside = path.iter().any(|part| part == tag);
                    if last == tag && !is_inside {
                        object = 0;
                    }
                    is_whole |= path.is_empty() && is_root(&last);
                }
                Event::Eof => return (path.is_empty() && is_whole).then_some(tree),
                _ => {}
            }
        }
    }

    fn first(&self, tag: &str) -> Option<&str> {
        self.leaves.iter().find(|leaf| leaf.is(tag)).map(|leaf| leaf.text.as_str())
    }

    fn all(&self, tag: &str) -> Vec<String> {
        self.leaves.iter().filter(|leaf| leaf.is(tag)).map(|leaf| leaf.text.trim().to_owned()).collect()
    }

    fn is_export(&self) -> bool {
        self.leaves.iter().all(|leaf| leaf.path.first().is_some_and(|root| root == "ENVELOPE"))
    }

    fn with_what_it_says(&self, error: StageError, errors: &[String]) -> StageError {
        const COUNTS: [&str; 7] = ["CREATED", "ALTERED", "COMBINED", "IGNORED", "ERRORS", "EXCEPTIONS", "STATUS"];
        let counts = COUNTS.iter().filter_map(|name| Some((*name, self.first(name)?))).collect();
        error.with_evidence(&Said { errors, counts })
    }
}

impl Leaf {
    fn is(&self, tag: &str) -> bool {
        self.path.last().is_some_and(|last| last == tag)
    }
}

fn is_root(tag: &str) -> bool {
    matches!(tag, "ENVELOPE" | "RESPONSE")
}

fn tag_of(start: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(start.name().as_ref()).to_ascii_uppercase()
}

fn name_of(start: &BytesStart<'_>) -> String {
    let name = start.try_get_attribute("NAME").ok().flatten();
    let value =
        name.and_then(|name| name.normalized_value(XmlVersion::Implicit1_0).ok().map(|value| value.into_owned()));
    value.unwrap_or_default()
}

/// Of characters that XML forbids, and of names that it does not define, nothing is left.
fn resolved(reference: &str) -> String {
    let number = match reference.strip_prefix('#') {
        Some(hexadecimal) if hexadecimal.starts_with(['x', 'X']) => u32::from_str_radix(&hexadecimal[1..], 16).ok(),
        Some(decimal) => decimal.parse().ok(),
        None => return quick_xml::escape::resolve_predefined_entity(reference).unwrap_or_default().to_owned(),
    };
    let character = number.and_then(char::from_u32).filter(|character| !character.is_control());
    character.map(String::from).unwrap_or_default()
}

/// By what Tally says in English, as its messages have no codes.
fn refusal(errors: &[String]) -> StageError {
    let said = errors.join(" ").to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["svcurrentcompany", "no company", "load company", "open company"]) {
        StageError::unavailable(
            code::TALLY_COMPANY,
            "tally.company is not open in Tally: open it, or correct the setting",
        )
    } else if has(&["does not exist"]) {
        StageError::permanent(
            code::TALLY_SETUP,
            "Tally lacks a ledger, a group or a type of voucher that the settings name: create it or correct the setting",
        )
    } else if has(&["date"]) && has(&["missing", "range", "period", "below", "beyond", "before", "financial year"]) {
        StageError::transient(
            code::TALLY_DATE_REFUSED,
            "Tally does not take the invoice's date, or is busy: check its period, its licence and that no dialog is open",
        )
    } else {
        StageError::permanent(code::TALLY_REFUSED, "Tally refuses the import; its words are in the evidence")
    }
}

fn unreadable() -> CallError {
    let message = "what answered at tally.url gave no answer of Tally's: check the address, and what stands in between";
    CallError::Unknown(StageError::transient(code::TALLY_BAD_RESPONSE, message))
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
