//! Writing the chat completion: one choice, its reason to finish, usage.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::Utc;
use serde_json::{Value, json};

use super::envelope::REQUEST_ID;
use crate::llm::{
    answer::{Answer, Stop},
    id,
};

const REFUSAL: &str = "I'm sorry, but I can't help with that.";

/// The answer as a chat completion.
pub(in crate::llm) fn completion(answer: &Answer) -> Response {
    let (content, refusal) = match answer.stop {
        Stop::Refused => (Value::Null, json!(REFUSAL)),
        Stop::Done | Stop::Cut => (json!(answer.text), Value::Null),
    };
    // A refusal is an answer like any other, and has its place in the message.
    let finish_reason = if answer.stop == Stop::Cut { "length" } else { "stop" };
    let body = json!({
        "id": id::fresh("chatcmpl-"),
        "object": "chat.completion",
        "created": Utc::now().timestamp(),
        "model": answer.model,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content, "refusal": refusal },
            "logprobs": null,
            "finish_reason": finish_reason,
        }],
        "usage": usage(answer),
    });
    id::stamped(Json(body).into_response(), REQUEST_ID, &id::fresh("req_"))
}

/// The thinking is not shown, but counted.
fn usage(answer: &Answer) -> Value {
    let (input, output) = (answer.input_tokens, answer.output_tokens());
    json!({
        "prompt_tokens": input,
        "completion_tokens": output,
        "total_tokens": input + output,
        "prompt_tokens_details": { "cached_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": answer.thinking_tokens() },
    })
}
