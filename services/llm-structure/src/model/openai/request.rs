//! The body of a request. No temperature: reasoning models refuse it, and the checks do not need it.

use crate::model::provider::{Material, Question};
use crate::{printed, prompt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime::settings::TokenLimitField;
use serde_json::{Value, json};

pub(super) fn body(question: &Question<'_>, token_limit: TokenLimitField) -> Value {
    let mut body = json!({
        "model": question.model,
        "messages": [
            { "role": "system", "content": prompt::system(question.structured_outputs) },
            { "role": "user", "content": content(question.material) },
        ],
    });
    body[token_limit.as_str()] = json!(question.max_tokens);
    if question.structured_outputs {
        let schema = json!({ "name": "invoice", "strict": true, "schema": printed::schema() });
        body["response_format"] = json!({ "type": "json_schema", "json_schema": schema });
    }
    body
}

fn content(material: &Material<'_>) -> Value {
    match material {
        Material::Text(text) => json!(prompt::user(text)),
        Material::Scan { pdf, .. } => {
            let data = format!("data:application/pdf;base64,{}", STANDARD.encode(pdf));
            json!([
                { "type": "file", "file": { "filename": "invoice.pdf", "file_data": data } },
                { "type": "text", "text": prompt::SCAN },
            ])
        }
    }
}
