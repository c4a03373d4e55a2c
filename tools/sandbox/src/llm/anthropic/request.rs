//! Reading a Messages request and refusing what the real API refuses.

use serde_json::{Map, Value};

use super::{content, error::ApiError, model::Model, rules, schema, version::Version};
use crate::llm::task::{Form, Task};

pub(super) type Checked<T> = Result<T, ApiError>;

pub(super) fn parse(body: &[u8], version: Version) -> Checked<Task> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| ApiError::invalid(format!("The request body is not valid JSON: {error}")))?;
    let Value::Object(body) = body else {
        return Err(ApiError::invalid("Input should be an object"));
    };
    let model = model(&body)?;
    let max_tokens = max_tokens(&body)?;
    let messages = messages(&body)?;
    rules::refuse(&body, messages, &model, version)?;
    let material = content::material(messages)?;
    Ok(Task {
        input_chars: material.text().len() + content::system_chars(&body),
        material,
        form: form(&body)?,
        max_tokens: Some(max_tokens),
        thinks: thinks(&body, &model)?,
        model: model.name,
    })
}

fn model(body: &Map<String, Value>) -> Checked<Model> {
    let name = required(body, "model")?;
    let name = name.as_str().ok_or_else(|| ApiError::invalid("model: Input should be a valid string"))?;
    Model::parse(name).ok_or_else(|| ApiError::not_found(format!("model: {name}")))
}

fn max_tokens(body: &Map<String, Value>) -> Checked<u64> {
    let value = required(body, "max_tokens")?;
    match value.as_u64() {
        Some(0) => Err(ApiError::invalid("max_tokens: Input should be greater than or equal to 1")),
        Some(tokens) => Ok(tokens),
        None => Err(ApiError::invalid("max_tokens: Input should be a valid integer")),
    }
}

fn messages(body: &Map<String, Value>) -> Checked<&[Value]> {
    match required(body, "messages")?.as_array().map(Vec::as_slice) {
        None => Err(ApiError::invalid("messages: Input should be a valid list")),
        Some([]) => Err(ApiError::invalid("messages: at least one message is required")),
        Some(messages) => Ok(messages),
    }
}

fn thinks(body: &Map<String, Value>, model: &Model) -> Checked<bool> {
    let kind = body.get("thinking").and_then(|thinking| thinking["type"].as_str());
    match kind {
        Some("enabled") if model.is_fifth_generation() => {
            Err(ApiError::invalid("thinking: `type: enabled` with `budget_tokens` is not supported for this model."))
        }
        Some("enabled") => Ok(true),
        Some("disabled") => Ok(model.always_thinks()),
        _ => Ok(model.is_fifth_generation()),
    }
}

fn form(body: &Map<String, Value>) -> Checked<Form> {
    let Some(format) = body.get("output_config").and_then(|config| config.get("format")) else {
        return Ok(Form::Prose);
    };
    if format["type"] != "json_schema" {
        return Err(ApiError::invalid("output_config.format.type: Input should be 'json_schema'"));
    }
    let schema = format.get("schema").filter(|schema| schema.is_object());
    let schema = schema.ok_or_else(|| ApiError::invalid("output_config.format.schema: Field required"))?;
    schema::check(schema).map_err(|problem| ApiError::invalid(format!("output_config.format.schema: {problem}")))?;
    Ok(Form::Schema(schema.clone()))
}

fn required<'a>(body: &'a Map<String, Value>, name: &str) -> Checked<&'a Value> {
    let value = body.get(name).filter(|value| !value.is_null());
    value.ok_or_else(|| ApiError::invalid(format!("{name}: Field required")))
}
