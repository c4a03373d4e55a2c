//! What the real API answers with a 400, apart from missing fields and schemas.

use serde_json::{Map, Value};

use super::{error::ApiError, model::Model, request::Checked, version::Version};

pub(super) fn refuse(body: &Map<String, Value>, messages: &[Value], model: &Model, version: Version) -> Checked<()> {
    refuse_unsupported(body)?;
    refuse_sampling(body, model, version)?;
    refuse_forced_tool(body, model)?;
    refuse_prefill(messages, model)?;
    match version {
        Version::V2023June => Ok(()),
        Version::V2026October => refuse_misplaced_blocks(messages),
    }
}

fn refuse_unsupported(body: &Map<String, Value>) -> Checked<()> {
    if body.get("stream") == Some(&Value::Bool(true)) {
        return Err(ApiError::invalid("stream: the sandbox does not stream"));
    }
    if body.contains_key("output_format") {
        return Err(ApiError::invalid("output_format: Extra inputs are not permitted. Use output_config.format."));
    }
    Ok(())
}

fn refuse_sampling(body: &Map<String, Value>, model: &Model, version: Version) -> Checked<()> {
    for (name, default) in [("temperature", 1.0), ("top_p", 1.0), ("top_k", 0.0)] {
        let value = body.get(name).filter(|value| !value.is_null());
        if version == Version::V2026October && value.is_some() {
            return Err(ApiError::invalid(format!("{name}: Extra inputs are not permitted")));
        }
        if model.is_fifth_generation() && value.is_some_and(|value| value.as_f64() != Some(default)) {
            return Err(ApiError::invalid(format!("`{name}`: only the default value is supported for this model.")));
        }
    }
    Ok(())
}

fn refuse_forced_tool(body: &Map<String, Value>, model: &Model) -> Checked<()> {
    let choice = body.get("tool_choice").and_then(|choice| choice["type"].as_str());
    if matches!(choice, Some("tool" | "any")) && !model.takes_forced_tool() {
        return Err(ApiError::invalid("`tool_choice: type \"tool\" and \"any\" are not supported for this model.`"));
    }
    if body.get("tools").and_then(Value::as_array).is_some_and(|tools| !tools.is_empty()) {
        return Err(ApiError::invalid("tools: the sandbox uses no tools"));
    }
    Ok(())
}

fn refuse_prefill(messages: &[Value], model: &Model) -> Checked<()> {
    let prefilled = messages.last().is_some_and(|last| last["role"] == "assistant");
    if prefilled && !model.takes_prefill() {
        return Err(ApiError::invalid(
            "This model does not support assistant message prefill. The conversation must end with \
             a user message.",
        ));
    }
    Ok(())
}

/// Documents belong to the user, citations to the assistant.
fn refuse_misplaced_blocks(messages: &[Value]) -> Checked<()> {
    for (at, message) in messages.iter().enumerate() {
        let blocks = message["content"].as_array();
        for (index, block) in blocks.into_iter().flatten().enumerate() {
            let document = message["role"] == "assistant" && block["type"] == "document";
            let cited = block["citations"].as_array().is_some_and(|citations| !citations.is_empty());
            if document || (message["role"] == "user" && block["type"] == "text" && cited) {
                return Err(ApiError::invalid(format!("messages.{at}.content.{index}: not allowed in this role")));
            }
        }
    }
    Ok(())
}
