//! From the merged tree to the typed one, key by key.
//!
//! Each key is tried alone on top of the defaults, so that serde, which stops at the first error, still reports
//! every wrong or unknown key; a key that fails keeps its default for the checks that follow.

use super::layer::{Layers, json, lookup};
use super::{Mistake, Settings};
use config::{Value, ValueKind};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// What is wrong with a section that is set to a value.
pub(super) const SECTION: &str = "must be a section: set the keys below it";

/// Where each key was set, by its path.
pub(super) type Origins = BTreeMap<String, String>;

/// A key that some layer set.
struct Leaf {
    path: Vec<String>,
    value: Json,
    origin: String,
}

/// The settings with every key that is right, and where each was set.
pub(super) fn assemble(layers: Layers, mistakes: &mut Vec<Mistake>) -> (Settings, Origins) {
    let Layers { defaults, merged } = layers;
    let mut leaves = Vec::new();
    collect(&mut Vec::new(), &merged, Some(&defaults), &mut leaves);
    let mut accepted = defaults.clone();
    let mut origins = Origins::new();
    for Leaf { path, value, origin } in leaves {
        let key = path.join(".");
        match typed(with(&defaults, &path, value.clone())) {
            Ok(_) => accepted = with(&accepted, &path, value),
            Err(error) => {
                let problem = problem(lookup(&defaults, &path), &value, &error);
                mistakes.push(Mistake::new(&key, &origin, problem));
            }
        }
        origins.insert(key, origin);
    }
    let settings = typed(accepted).expect("no field's Deserialize depends on another field, and each was tried alone");
    (settings, origins)
}

/// Lists what is set below `value`. A section left empty sets nothing.
fn collect(path: &mut Vec<String>, value: &Value, default: Option<&Json>, leaves: &mut Vec<Leaf>) {
    let is_section = default.is_some_and(Json::is_object);
    match &value.kind {
        ValueKind::Table(table) if is_section || !table.is_empty() => {
            let sorted: BTreeMap<_, _> = table.iter().collect();
            for (key, value) in sorted {
                path.push(key.clone());
                collect(path, value, default.and_then(|default| default.get(key)), leaves);
                path.pop();
            }
        }
        ValueKind::Nil if is_section => {}
        _ => {
            let origin = value.origin().unwrap_or("default").to_owned();
            leaves.push(Leaf { path: path.clone(), value: json(value), origin });
        }
    }
}

fn typed(tree: Json) -> Result<Settings, serde_json::Error> {
    serde_json::from_value(tree)
}

/// A copy of the tree with `value` at `path`.
fn with(tree: &Json, path: &[String], value: Json) -> Json {
    let Some((key, rest)) = path.split_first() else { return value };
    let mut section = tree.as_object().cloned().unwrap_or_else(Map::new);
    let below = with(section.get(key).unwrap_or(&Json::Null), rest, value);
    section.insert(key.clone(), below);
    Json::Object(section)
}

/// What is wrong, by the type of the default. Values of text keys are not quoted: they may be secrets.
fn problem(default: Option<&Json>, value: &Json, error: &serde_json::Error) -> String {
    let (allowed, is_number) = match default {
        Some(Json::Object(_)) => return SECTION.to_owned(),
        Some(Json::String(_)) if value.is_string() => return without_value(error),
        Some(Json::Array(_)) if !value.is_array() => return "must be a list".to_owned(),
        Some(Json::Array(_)) => return without_value(error),
        Some(Json::String(_) | Json::Null) => return "must be text, in quotes".to_owned(),
        Some(Json::Bool(_)) => ("true or false", false),
        Some(Json::Number(number)) if number.is_f64() => ("a number", true),
        Some(Json::Number(_)) if !value.is_u64() => ("a whole number, 0 or more", true),
        _ => return error.to_string(),
    };
    match value {
        Json::Number(_) if is_number => format!("must be {allowed}; it is {value}"),
        _ => format!("must be {allowed}"),
    }
}

fn without_value(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split_once("expected ").map_or_else(|| message.clone(), |(_, expected)| format!("must be {expected}"))
}
