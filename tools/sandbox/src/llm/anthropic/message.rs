//! Writing the message: content blocks, stop reason, usage.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::error::REQUEST_ID;
use crate::llm::{
    answer::{Answer, Stop, THINKING},
    id,
};

/// The answer as a message.
pub(in crate::llm) fn message(answer: &Answer) -> Response {
    let (stop_reason, stop_details) = match answer.stop {
        Stop::Done => ("end_turn", Value::Null),
        Stop::Cut => ("max_tokens", Value::Null),
        Stop::Refused => ("refusal", json!({ "type": "refusal", "category": "other", "explanation": "Scripted." })),
    };
    let body = json!({
        "id": id::fresh("msg_"),
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": content(answer),
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "stop_details": stop_details,
        "usage": usage(answer),
    });
    id::stamped(Json(body).into_response(), REQUEST_ID, &id::fresh("req_"))
}

fn content(answer: &Answer) -> Vec<Value> {
    let thinking =
        answer.thinks.then(|| json!({ "type": "thinking", "thinking": THINKING, "signature": "c2FuZGJveA==" }));
    let text = json!({ "type": "text", "text": answer.text });
    let text = (answer.stop != Stop::Refused).then_some(text);
    thinking.into_iter().chain(text).collect()
}

fn usage(answer: &Answer) -> Value {
    json!({
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens(),
        "output_tokens_details": { "thinking_tokens": answer.thinking_tokens() },
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
        "service_tier": "standard",
    })
}
