//! The environment layer: `INVOICES__A__B` sets `a.b`, `INVOICES__A__B_FILE` sets it to a file's content.
//!
//! Values are read by the type of the key's default: digits stay text where text is expected, so that an
//! organisation id keeps its leading zeros. Lists are written as JSON.

use super::Mistake;
use super::assemble::SECTION;
use super::layer::{Layer, insert, lookup};
use config::{Map, Value, ValueKind};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ffi::OsString;

const PREFIX: &str = "INVOICES__";
const FILE_SUFFIX: &str = "_file";
/// Below this key the names are librdkafka's: dots, which a shell cannot set, are written as underscores.
const PROPERTIES: [&str; 2] = ["kafka", "properties"];

/// What one variable sets.
struct Assignment {
    variable: String,
    text: String,
}

/// The layer of these variables. Variables of others are passed over.
pub(super) fn read(variables: BTreeMap<OsString, OsString>, defaults: &Json, mistakes: &mut Vec<Mistake>) -> Layer {
    let mut root = Map::new();
    for (path, Assignment { variable, text }) in assignments(variables, defaults, mistakes) {
        match lookup(defaults, &path) {
            // Merged, it would vanish below the keys of the section that are set as well.
            Some(Json::Object(_)) => mistakes.push(Mistake::new(path.join("."), origin(&variable), SECTION)),
            default => insert(&mut root, &path, Value::new(Some(&origin(&variable)), typed(text, default))),
        }
    }
    Layer(root)
}

fn assignments(
    variables: BTreeMap<OsString, OsString>,
    defaults: &Json,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<Vec<String>, Assignment> {
    let mut assignments = BTreeMap::new();
    for (name, value) in variables {
        let Some((variable, key)) = name.to_str().and_then(|name| Some((name, name.strip_prefix(PREFIX)?))) else {
            continue;
        };
        let (path, from_file) = target(key, defaults);
        let key = path.join(".");
        let replaced = content(value, from_file)
            .map(|text| assignments.insert(path, Assignment { variable: variable.to_owned(), text }));
        let problem = match replaced {
            Ok(None) => continue,
            Ok(Some(other)) => format!("is set by {} too: keep one of them", other.variable),
            Err(problem) => problem,
        };
        mistakes.push(Mistake::new(key, origin(variable), problem));
    }
    assignments
}

/// A variable's value, or what stands in the file that it names.
fn content(value: OsString, from_file: bool) -> Result<String, String> {
    if !from_file {
        return value.into_string().map_err(|_| "is not UTF-8".to_owned());
    }
    match std::fs::read_to_string(value) {
        Ok(content) => Ok(content.trim().to_owned()),
        Err(error) => Err(format!("cannot read the file it names: {error}")),
    }
}

/// The variable that sets a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

fn origin(variable: &str) -> String {
    format!("environment variable {variable}")
}

/// The path that a variable sets, and whether the value is in a file.
fn target(key: &str, defaults: &Json) -> (Vec<String>, bool) {
    let path = split(&key.to_lowercase());
    let shorter = key.to_lowercase().strip_suffix(FILE_SUFFIX).map(split);
    match shorter {
        Some(shorter) if lookup(defaults, &path).is_none() => (shorter, true),
        _ => (path, false),
    }
}

fn split(key: &str) -> Vec<String> {
    let mut parts: Vec<String> = key.split("__").map(str::to_owned).collect();
    if parts.starts_with(&PROPERTIES.map(str::to_owned)) && parts.len() > PROPERTIES.len() {
        let property = parts.split_off(PROPERTIES.len()).join("__").replace('_', ".");
        parts.push(property);
    }
    parts
}

fn typed(text: String, default: Option<&Json>) -> ValueKind {
    let parsed = match default {
        Some(Json::Bool(_)) => text.parse().ok().map(ValueKind::Boolean),
        Some(Json::Number(_)) => number(&text),
        Some(Json::Array(_)) => list(&text),
        Some(Json::Null) if text.is_empty() => Some(ValueKind::Nil),
        _ => None,
    };
    parsed.unwrap_or(ValueKind::String(text))
}

fn list(text: &str) -> Option<ValueKind> {
    let values: Vec<Json> = serde_json::from_str(text).ok()?;
    Some(ValueKind::Array(values.into_iter().map(|value| Value::new(None, kind(value))).collect()))
}

fn kind(value: Json) -> ValueKind {
    match value {
        Json::Null => ValueKind::Nil,
        Json::Bool(switch) => ValueKind::Boolean(switch),
        Json::Number(number) => number.as_i64().map_or_else(
            || number.as_f64().map_or_else(|| ValueKind::String(number.to_string()), ValueKind::Float),
            ValueKind::I64,
        ),
        Json::String(text) => ValueKind::String(text),
        Json::Array(values) => {
            ValueKind::Array(values.into_iter().map(|value| Value::new(None, kind(value))).collect())
        }
        Json::Object(fields) => {
            ValueKind::Table(fields.into_iter().map(|(key, value)| (key, Value::new(None, kind(value)))).collect())
        }
    }
}

fn number(text: &str) -> Option<ValueKind> {
    text.parse().map(ValueKind::I64).or_else(|_| text.parse().map(ValueKind::Float)).ok()
}
