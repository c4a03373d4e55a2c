//! The Messages API of Anthropic, and of whatever speaks it.

mod reply;
mod request;
mod status;

use super::failure::Failure;
use super::headers;
use super::provider::{Provider, Question, Reply};
use reqwest::header::{HeaderMap, HeaderValue, InvalidHeaderValue};
use serde_json::Value;

const VERSION: &str = "2023-06-01";

/// The Messages API.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anthropic;

impl Provider for Anthropic {
    fn path(&self) -> &'static str {
        "/v1/messages"
    }

    fn headers(&self, key: &str) -> Result<HeaderMap, InvalidHeaderValue> {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", headers::secret(key)?);
        headers.insert("anthropic-version", HeaderValue::from_static(VERSION));
        Ok(headers)
    }

    fn body(&self, question: &Question<'_>) -> Value {
        request::body(question)
    }

    fn read(&self, body: &[u8]) -> Result<Reply, Failure> {
        reply::read(body)
    }

    fn refused(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
        status::classify(status, headers, body)
    }
}
