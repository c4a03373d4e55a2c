//! What lies on a stage's `.dlq` topic: everything needed to understand a failure and to run the stage again.
//!
//! Poison is the exception: its value is the raw bytes as they came (content type `application/octet-stream`) and
//! the error stands in the headers alone, as nothing of it can be trusted to be text.

use crate::{Class, Code, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A failed record with its input.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetter {
    pub error: Failure,
    /// The stage's input, byte for byte.
    pub input: Box<RawValue>,
    /// What the stage had made of it when it stopped, for a person to look at or to approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Box<RawValue>>,
    /// Why: the checks that failed, with the numbers involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Box<RawValue>>,
}

/// The error of a dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    pub stage: Stage,
    pub code: Code,
    pub class: Class,
    /// A sentence that says what to do, without personal data.
    pub message: String,
    pub run: u32,
    /// How many attempts were made.
    pub attempts: u32,
}
