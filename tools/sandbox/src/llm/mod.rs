//! The model: the contracts of two APIs, and a rule-based reader in the model's place.
//!
//! It must read nothing but what it is sent, and must refuse every request that the real APIs
//! refuse: a client that works here must not meet its first 400 in production.
//!
//! `anthropic` and `openai` make a task of a request, or refuse it, and give the answer its form.
//! What lies between knows neither, so that both APIs read the same invoice out of the same text.

mod answer;
mod anthropic;
mod id;
mod material;
mod openai;
mod project;
mod task;

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, Uri, header},
    response::Response,
};
use bytes::Bytes;

use crate::{
    fault::{Distortion, StatusAnswer},
    world::{World, latency},
};
use answer::Answer;
use task::Task;

/// Whose wire format a call has; its path says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Api {
    Anthropic,
    OpenAi,
}

/// `POST /v1/messages` and `POST /v1/chat/completions`, without streaming.
pub(crate) async fn ask(
    State(world): State<World>,
    distortion: Option<Extension<Distortion>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let api = Api::of(uri.path());
    let task = match api.accept(&headers, &body) {
        Ok(task) => task,
        Err(refusal) => return refusal,
    };
    latency(world.settings.latency_llm_ms).await;
    let answer = Answer::to(&task, distortion.as_ref().map(|extension| &extension.0.0));
    api.reply(&answer)
}

/// The invoice number a request is about, as far as its text says.
pub(crate) fn invoice_number(path: &str, body: &[u8]) -> Option<String> {
    let task = match Api::of(path) {
        Api::Anthropic => anthropic::peek(body),
        Api::OpenAi => openai::peek(body),
    };
    let number = task?.material.invoice().invoice_number;
    (!number.is_empty()).then_some(number)
}

/// A scripted error, in the envelope of the API that the path belongs to.
pub(crate) fn failure(path: &str, answer: &StatusAnswer) -> Response {
    let mut response = match Api::of(path) {
        Api::Anthropic => anthropic::failure(answer),
        Api::OpenAi => openai::failure(answer),
    };
    if let Some(seconds) = answer.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The scripted answer that ignores the question: a sentence where JSON belongs.
pub(crate) fn prose(path: &str) -> Response {
    let api = Api::of(path);
    let model = match api {
        Api::Anthropic => "claude-haiku-5-5",
        Api::OpenAi => "gpt-4o-mini",
    };
    api.reply(&Answer::prose(model))
}

impl Api {
    fn of(path: &str) -> Self {
        if path == "/v1/chat/completions" { Self::OpenAi } else { Self::Anthropic }
    }

    fn accept(self, headers: &HeaderMap, body: &[u8]) -> Result<Task, Response> {
        match self {
            Self::Anthropic => anthropic::accept(headers, body),
            Self::OpenAi => openai::accept(headers, body),
        }
    }

    fn reply(self, answer: &Answer) -> Response {
        match self {
            Self::Anthropic => anthropic::message(answer),
            Self::OpenAi => openai::completion(answer),
        }
    }
}
