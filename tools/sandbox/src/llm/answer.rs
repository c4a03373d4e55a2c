//! Writing the message: content blocks, stop reason, usage.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    error::{fresh_id, with_request_id},
    project::project,
    request::Request,
};
use crate::fault::Distort;

const THINKING: &str = "The text has a header, a table of lines and a block of totals. I read each \
                        label with the value beside it and check that the lines add up.";

/// A message that is ready to send.
#[derive(Debug)]
pub(super) struct Answer {
    model: String,
    thinks: bool,
    text: String,
    stop: Stop,
    input_tokens: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    EndTurn,
    MaxTokens,
    Refusal,
}

impl Answer {
    /// Reads the request's document and writes down what it says, or what a fault wants said.
    pub(super) fn to(request: &Request, distort: Option<&Distort>) -> Self {
        let mut answer = Self {
            model: request.model.name.clone(),
            thinks: request.thinks,
            text: String::new(),
            stop: Stop::EndTurn,
            input_tokens: tokens(request.input_chars),
        };
        // An invoice has string keys and string leaves, so that it always serialises.
        let mut value = serde_json::to_value(request.invoice()).unwrap_or_default();
        match distort {
            Some(Distort::Refusal) => {
                answer.stop = Stop::Refusal;
                return answer;
            }
            Some(Distort::Misread { field, value: lie }) => value[field.as_str()] = json!(lie),
            Some(Distort::MaxTokens) | None => {}
        }
        answer.text = written(request.schema.as_ref(), &value);
        let room = match distort {
            Some(Distort::MaxTokens) => answer.text.len() / 2,
            _ => answer.room(request.max_tokens),
        };
        answer.cut(room);
        answer
    }

    /// Characters of text that `max_tokens` leaves beside the thinking.
    fn room(&self, max_tokens: u64) -> usize {
        let chars = usize::try_from(max_tokens).unwrap_or(usize::MAX);
        chars.saturating_mul(4).saturating_sub(self.thinking_chars())
    }

    fn cut(&mut self, room: usize) {
        if room < self.text.len() {
            let end = self.text.floor_char_boundary(room);
            self.text.truncate(end);
            self.stop = Stop::MaxTokens;
        }
    }

    fn thinking_chars(&self) -> usize {
        if self.thinks { THINKING.len() } else { 0 }
    }

    fn content(&self) -> Vec<Value> {
        let thinking =
            self.thinks.then(|| json!({ "type": "thinking", "thinking": THINKING, "signature": "c2FuZGJveA==" }));
        let text = json!({ "type": "text", "text": self.text });
        let text = (self.stop != Stop::Refusal).then_some(text);
        thinking.into_iter().chain(text).collect()
    }

    fn body(&self) -> Value {
        let (stop_reason, stop_details) = match self.stop {
            Stop::EndTurn => ("end_turn", Value::Null),
            Stop::MaxTokens => ("max_tokens", Value::Null),
            Stop::Refusal => ("refusal", json!({ "type": "refusal", "category": "other", "explanation": "Scripted." })),
        };
        json!({
            "id": fresh_id("msg"),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": self.content(),
            "stop_reason": stop_reason,
            "stop_sequence": null,
            "stop_details": stop_details,
            "usage": self.usage(),
        })
    }

    fn usage(&self) -> Value {
        json!({
            "input_tokens": self.input_tokens,
            "output_tokens": tokens(self.thinking_chars() + self.text.len()),
            "output_tokens_details": { "thinking_tokens": tokens(self.thinking_chars()) },
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
            "service_tier": "standard",
        })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        with_request_id(Json(self.body()).into_response(), &fresh_id("req"))
    }
}

/// The scripted answer that ignores the question: a sentence where JSON belongs.
pub(crate) fn prose() -> Response {
    let answer = Answer {
        model: "claude-haiku-5-5".to_owned(),
        thinks: false,
        text: "The document appears to be an invoice from a supplier.".to_owned(),
        stop: Stop::EndTurn,
        input_tokens: 400,
    };
    answer.into_response()
}

fn written(schema: Option<&Value>, value: &Value) -> String {
    match schema {
        Some(schema) => project(schema, schema, Some(value)).to_string(),
        None => format!("Here is the structured invoice:\n\n```json\n{value:#}\n```"),
    }
}

/// About four characters a token.
fn tokens(chars: usize) -> usize {
    chars.div_ceil(4)
}
