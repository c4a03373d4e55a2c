//! The body of a request. No sampling parameters, no prefill, no forced tool: newer models refuse them.

use super::Material;
use crate::{printed, prompt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(super) fn body(model: &str, max_tokens: u32, structured_outputs: bool, material: &Material<'_>) -> Value {
    let mut body = json!({
        "model": model,
        "max_tokens": max_tokens,
        "system": prompt::system(structured_outputs),
        "messages": [{ "role": "user", "content": content(material) }],
    });
    if structured_outputs {
        body["output_config"] = json!({ "format": { "type": "json_schema", "schema": printed::schema() } });
    }
    body
}

fn content(material: &Material<'_>) -> Value {
    match material {
        Material::Text(text) => json!(prompt::user(text)),
        // The document first, as the API's documentation advises.
        Material::Scan { pdf, .. } => json!([
            { "type": "document", "source":
                { "type": "base64", "media_type": "application/pdf", "data": STANDARD.encode(pdf) } },
            { "type": "text", "text": prompt::SCAN },
        ]),
    }
}
