//! The layers that settings are merged from, lowest first, as sources of the `config` crate. Each value carries
//! where it was set.

use super::{Mistake, environment};
use config::{Config, ConfigError, FileFormat, Format, Map, Source, Value, ValueKind};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

pub(super) const DEFAULTS: &str = include_str!("../../../../config/default.yaml");
/// The environment variable that names the operator's file.
const FILE_VARIABLE: &str = "INVOICES_CONFIG";

/// One source of settings, already read.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer(pub(super) Map<String, Value>);

/// All layers: the defaults, and the merged tree of defaults, file and environment.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) defaults: Json,
    pub(super) merged: Value,
}

/// Reads all layers. What cannot be read is a mistake and left out.
pub(super) fn read(environment: impl IntoIterator<Item = (OsString, OsString)>, mistakes: &mut Vec<Mistake>) -> Layers {
    let variables: BTreeMap<OsString, OsString> = environment.into_iter().collect();
    let built_in = Layer::parse("default", DEFAULTS).expect("the built-in file is parsed by this crate's tests");
    let defaults = json(&Value::new(None, built_in.0.clone()));
    let named = variables.get(OsStr::new(FILE_VARIABLE)).filter(|path| !path.is_empty());
    let file = named.map(|path| Layer::from_file(path));
    let file = file.unwrap_or_else(|| Ok(Layer::default())).unwrap_or_else(|problem| {
        mistakes.push(Mistake::new(FILE_VARIABLE, "environment", problem));
        Layer::default()
    });
    let environment = environment::read(variables, &defaults, mistakes);
    let merged = Config::builder().add_source(built_in).add_source(file).add_source(environment).build();
    Layers { defaults, merged: merged.expect("a layer is read before it is merged, so merging cannot fail").cache }
}

impl Layer {
    fn parse(origin: &str, text: &str) -> Result<Self, String> {
        match FileFormat::Yaml.parse(Some(&origin.to_owned()), text) {
            Ok(values) => Ok(Self(values)),
            // The message for another root quotes it, and a file named by mistake may be a secret.
            Err(error) if error.is::<Box<ConfigError>>() => Err("is not a YAML mapping of keys to values".to_owned()),
            Err(error) => Err(format!("is not YAML: {error}")),
        }
    }

    fn from_file(path: &OsStr) -> Result<Self, String> {
        let shown = path.to_string_lossy();
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
        Self::parse(&format!("file {shown}"), &text).map_err(|problem| format!("{shown} {problem}"))
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

/// Puts a value at a path, making the sections on the way.
pub(super) fn insert(section: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [key] => {
            section.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            let next = section.entry(key.clone()).or_insert_with(|| Value::new(None, Map::<String, Value>::new()));
            if !matches!(next.kind, ValueKind::Table(_)) {
                *next = Value::new(None, Map::<String, Value>::new());
            }
            if let ValueKind::Table(table) = &mut next.kind {
                insert(table, rest, value);
            }
        }
    }
}

/// What stands at a path.
pub(super) fn lookup<'a>(tree: &'a Json, path: &[String]) -> Option<&'a Json> {
    path.iter().try_fold(tree, |section, key| section.get(key))
}

/// The value without its origin. Numbers that JSON does not know become text.
pub(super) fn json(value: &Value) -> Json {
    match &value.kind {
        ValueKind::Nil => Json::Null,
        ValueKind::Boolean(switch) => Json::from(*switch),
        ValueKind::I64(number) => Json::from(*number),
        ValueKind::U64(number) => Json::from(*number),
        ValueKind::Float(number) if number.is_finite() => Json::from(*number),
        ValueKind::Float(number) => Json::from(number.to_string()),
        ValueKind::I128(number) => Json::from(number.to_string()),
        ValueKind::U128(number) => Json::from(number.to_string()),
        ValueKind::String(text) => Json::from(text.as_str()),
        ValueKind::Table(table) => table.iter().map(|(key, value)| (key.clone(), json(value))).collect(),
        ValueKind::Array(values) => values.iter().map(json).collect(),
    }
}
