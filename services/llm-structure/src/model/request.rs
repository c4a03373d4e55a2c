//! The body of a request. No sampling parameters, no prefill, no forced tool: newer models refuse them.

use crate::{printed, prompt};
use serde_json::{Value, json};

pub(super) fn body(model: &str, max_tokens: u32, structured_outputs: bool, text: &str) -> Value {
    let mut body = json!({
        "model": model,
        "max_tokens": max_tokens,
        "system": prompt::system(structured_outputs),
        "messages": [{ "role": "user", "content": prompt::user(text) }],
    });
    if structured_outputs {
        body["output_config"] = json!({ "format": { "type": "json_schema", "schema": printed::schema() } });
    }
    body
}
