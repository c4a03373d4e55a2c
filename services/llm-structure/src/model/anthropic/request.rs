//! The body of a request. No sampling parameters, no prefill, no forced tool: newer models refuse them.

use crate::model::provider::{Material, Question};
use crate::{printed, prompt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(super) fn body(question: &Question<'_>) -> Value {
    let mut body = json!({
        "model": question.model,
        "max_tokens": question.max_tokens,
        "system": system(question),
        "messages": [{ "role": "user", "content": content(question.material) }],
    });
    if question.structured_outputs {
        body["output_config"] = json!({ "format": { "type": "json_schema", "schema": printed::schema() } });
    }
    body
}

/// The prompt is the same for every invoice. Kept by the provider it costs a tenth of its price, and a quarter more when it is
/// kept anew, after five minutes without an invoice; one that is shorter than what the model keeps costs what it did.
fn system(question: &Question<'_>) -> Value {
    let text = prompt::system(question.structured_outputs);
    if !question.cache_prompt {
        return json!(text);
    }
    json!([{ "type": "text", "text": text, "cache_control": { "type": "ephemeral" } }])
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
