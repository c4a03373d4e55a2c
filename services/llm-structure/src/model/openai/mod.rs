//! Chat completions as OpenAI defined them, and as vLLM, Ollama, llama.cpp and most gateways speak them.
//!
//! Servers of that kind differ in how strictly they keep to a schema. Nothing here relies on it: the checks do not know which
//! model they judge.

mod reply;
mod request;
mod status;

use super::failure::Failure;
use super::headers;
use super::provider::{Provider, Question, Reply};
use reqwest::header::{AUTHORIZATION, HeaderMap, InvalidHeaderValue};
use runtime::settings::TokenLimitField;
use serde_json::Value;

/// Chat completions.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenAi {
    pub(super) token_limit: TokenLimitField,
}

impl Provider for OpenAi {
    fn path(&self) -> &'static str {
        "/v1/chat/completions"
    }

    fn headers(&self, key: &str) -> Result<HeaderMap, InvalidHeaderValue> {
        Ok(HeaderMap::from_iter([(AUTHORIZATION, headers::secret(&format!("Bearer {key}"))?)]))
    }

    fn body(&self, question: &Question<'_>) -> Value {
        request::body(question, self.token_limit)
    }

    fn read(&self, body: &[u8]) -> Result<Reply, Failure> {
        reply::read(body)
    }

    fn refused(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
        status::classify(status, headers, body)
    }
}
