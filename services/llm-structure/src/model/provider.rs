//! What differs between the APIs of language models: where a question goes, how it is put, and what an answer means.
//!
//! Architecture invariant: a provider is pure. It sends nothing and waits for nothing, so that every recorded answer is a
//! test of it.

use super::anthropic::Anthropic;
use super::failure::{self, Failure};
use super::openai::OpenAi;
use contract::{Class, code};
use reqwest::header::{HeaderMap, InvalidHeaderValue};
use runtime::settings;
use serde_json::Value;
use std::fmt::Debug;

/// An API.
pub(super) trait Provider: Debug + Send + Sync {
    /// Behind the base URL.
    fn path(&self) -> &'static str;

    /// The headers of every call, with the key marked as sensitive.
    ///
    /// # Errors
    /// When the key has characters that no header may have.
    fn headers(&self, key: &str) -> Result<HeaderMap, InvalidHeaderValue>;

    /// The body of a call.
    fn body(&self, question: &Question<'_>) -> Value;

    /// Reads the body of an answer with status 200.
    ///
    /// # Errors
    /// When it is no answer of this API.
    fn read(&self, body: &[u8]) -> Result<Reply, Failure>;

    /// Classes an answer with another status.
    fn refused(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure;
}

/// The API that the settings name.
pub(super) fn of(settings: &settings::Llm) -> Box<dyn Provider> {
    match settings.provider {
        settings::Provider::Anthropic => Box::new(Anthropic),
        settings::Provider::OpenAi => Box::new(OpenAi { token_limit: settings.token_limit_field }),
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) model: &'a str,
    pub(super) max_tokens: u32,
    pub(super) structured_outputs: bool,
    /// What all invoices share is to be kept by the provider, where that has to be asked for.
    pub(super) cache_prompt: bool,
    pub(super) material: &'a Material<'a>,
}

/// What the model is to read.
#[derive(Debug, Clone, Copy)]
pub enum Material<'a> {
    Text(&'a str),
    /// A PDF whose pages are pictures.
    Scan {
        pdf: &'a [u8],
        pages: u32,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// All of its text; what thinking went before is not part of it.
    pub(super) text: String,
    pub(super) stop: Stop,
    pub(super) usage: Usage,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It had said everything.
    Ended,
    OutOfRoom,
    Refused,
    /// The question did not leave room for an answer.
    TooLarge,
    /// It waits for tools that nobody offered.
    Paused,
    Unknown,
}

/// The tokens to be paid for, each counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Usage {
    /// At full price.
    pub(super) input: u64,
    pub(super) written_to_cache: u64,
    pub(super) read_from_cache: u64,
    pub(super) output: u64,
}

impl Reply {
    /// The text, if the model ended it of its own accord.
    pub(super) fn into_text(self) -> Result<String, Failure> {
        match self.stop {
            Stop::Ended if self.text.is_empty() => Err(failure::bad_response("has no text")),
            Stop::Ended => Ok(self.text),
            Stop::OutOfRoom => {
                let message = "the model's answer did not fit into twice llm.max_tokens";
                Err(Failure::new(code::LLM_ANSWER_TRUNCATED, Class::Permanent, message))
            }
            Stop::Refused => Err(Failure::new(code::LLM_REFUSED, Class::Review, "the model refused to read this text")),
            Stop::TooLarge => Err(failure::too_large()),
            Stop::Paused => Err(failure::bad_response("waits for tools that were not offered")),
            Stop::Unknown => Err(failure::bad_response("has a stop reason that was not asked for")),
        }
    }
}
