//! The text and the PDFs in a request's content blocks.

use serde_json::{Map, Value};

use super::{error::ApiError, request::Checked};
use crate::llm::material::Material;

/// What the user's messages give to read, block after block.
pub(super) fn material(messages: &[Value]) -> Checked<Material> {
    let mut material = Material::default();
    for (at, message) in messages.iter().enumerate() {
        match message["role"].as_str() {
            Some("user") => add_content(&mut material, &message["content"], at)?,
            Some("assistant") => {}
            _ => {
                return Err(ApiError::invalid(format!("messages.{at}.role: Input should be 'user' or 'assistant'")));
            }
        }
    }
    if material.text().trim().is_empty() {
        return Err(ApiError::invalid("messages: text content blocks must be non-empty"));
    }
    Ok(material)
}

fn add_content(material: &mut Material, content: &Value, at: usize) -> Checked<()> {
    match content {
        Value::String(part) => material.add_text(part),
        Value::Array(blocks) => {
            for (index, block) in blocks.iter().enumerate() {
                add_block(material, block, &format!("messages.{at}.content.{index}"))?;
            }
        }
        _ => {
            return Err(ApiError::invalid(format!("messages.{at}.content: Field required")));
        }
    }
    Ok(())
}

fn add_block(material: &mut Material, block: &Value, place: &str) -> Checked<()> {
    if block["type"] == "document" && block["source"]["type"] == "base64" {
        return add_pdf(material, &block["source"]);
    }
    let part =
        block_text(block).ok_or_else(|| ApiError::invalid(format!("{place}: the sandbox reads text and PDFs only")))?;
    material.add_text(part);
    Ok(())
}

fn add_pdf(material: &mut Material, source: &Value) -> Checked<()> {
    let refused = || ApiError::invalid("messages: The PDF specified was not valid.");
    let data = source["data"].as_str().filter(|_| source["media_type"] == "application/pdf").ok_or_else(refused)?;
    material.add_pdf(data).map_err(|_| refused())
}

fn block_text(block: &Value) -> Option<&str> {
    match block["type"].as_str()? {
        "text" => block["text"].as_str(),
        "document" if block["source"]["type"] == "text" => block["source"]["data"].as_str(),
        _ => None,
    }
}

/// Characters of the system prompt.
pub(super) fn system_chars(body: &Map<String, Value>) -> usize {
    match body.get("system") {
        Some(Value::String(text)) => text.len(),
        Some(Value::Array(blocks)) => {
            let texts = blocks.iter().filter_map(|block| block["text"].as_str());
            texts.map(str::len).sum()
        }
        _ => 0,
    }
}
