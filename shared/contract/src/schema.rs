//! JSON Schemas of all messages, generated from the types into `schemas/` for publishers in other languages.

use crate::stages::{Control, Heartbeat};
use crate::submission::{Command, Request};
use crate::{DeadLetter, Extracted, HistoryEvent, Posted, Status, Structured};
use schemars::{JsonSchema, generate::SchemaSettings};

/// File name and text of every schema.
#[must_use]
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("request.json", text::<Request>()),
        ("command.json", text::<Command>()),
        ("extracted.json", text::<Extracted>()),
        ("structured.json", text::<Structured>()),
        ("posted.json", text::<Posted>()),
        ("status.json", text::<Status>()),
        ("history.json", text::<HistoryEvent>()),
        ("dead-letter.json", text::<DeadLetter>()),
        ("heartbeat.json", text::<Heartbeat>()),
        ("control.json", text::<Control>()),
    ]
}

fn text<T: JsonSchema>() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}
