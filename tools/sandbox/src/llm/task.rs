//! What an accepted request asks for, whichever API it came by.

use serde_json::Value;

use super::{material::Material, project::project};

/// An accepted request.
#[derive(Debug)]
pub(super) struct Task {
    /// The model's name, as it was sent.
    pub(super) model: String,
    /// What is to be read.
    pub(super) material: Material,
    /// Characters of everything that is billed as input.
    pub(super) input_chars: usize,
    /// How the answer is to be written.
    pub(super) form: Form,
    /// Room for thinking and answer together; `None` is as much as it takes.
    pub(super) max_tokens: Option<u64>,
    /// Whether the model thinks before it writes.
    pub(super) thinks: bool,
}

/// How an answer is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A sentence, and the JSON in a fence.
    Prose,
    /// JSON of the reader's own shape.
    Json,
    /// JSON that follows a schema.
    Schema(Value),
}

impl Form {
    /// What was read, in this form.
    pub(super) fn write(&self, read: &Value) -> String {
        match self {
            Self::Prose => format!("Here is the structured invoice:\n\n```json\n{read:#}\n```"),
            Self::Json => read.to_string(),
            Self::Schema(schema) => project(schema, read).to_string(),
        }
    }
}
