//! The three stages. One name each: stage = service = binary = workload = topic suffix = consumer group.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A step of the pipeline, in the order an invoice passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    FetchExtract,
    LlmStructure,
    PostToZoho,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::FetchExtract, Self::LlmStructure, Self::PostToZoho];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FetchExtract => "fetch-extract",
            Self::LlmStructure => "llm-structure",
            Self::PostToZoho => "post-to-zoho",
        }
    }

    /// The stage that receives this stage's output, or `None` behind the last one.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::FetchExtract => Some(Self::LlmStructure),
            Self::LlmStructure => Some(Self::PostToZoho),
            Self::PostToZoho => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown stage `{0}`: the stages are fetch-extract, llm-structure and post-to-zoho")]
pub struct UnknownStage(String);

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, UnknownStage> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text).ok_or_else(|| UnknownStage(text.to_owned()))
    }
}
