//! The text in a request's content blocks.

use serde_json::{Map, Value};

use super::{error::ApiError, request::Checked, scan};

/// What the user's messages say, block after block.
pub(super) fn user_text(messages: &[Value]) -> Checked<String> {
    let mut text = String::new();
    for (at, message) in messages.iter().enumerate() {
        match message["role"].as_str() {
            Some("user") => append_content(&mut text, &message["content"], at)?,
            Some("assistant") => {}
            _ => {
                return Err(ApiError::invalid(format!("messages.{at}.role: Input should be 'user' or 'assistant'")));
            }
        }
    }
    if text.trim().is_empty() {
        return Err(ApiError::invalid("messages: text content blocks must be non-empty"));
    }
    Ok(text)
}

fn append_content(text: &mut String, content: &Value, at: usize) -> Checked<()> {
    match content {
        Value::String(part) => push(text, part),
        Value::Array(blocks) => {
            for (index, block) in blocks.iter().enumerate().filter(|(_, block)| !scan::is_pdf(block)) {
                let part = block_text(block).ok_or_else(|| {
                    ApiError::invalid(format!("messages.{at}.content.{index}: the sandbox reads text and PDFs only"))
                })?;
                push(text, part);
            }
        }
        _ => {
            return Err(ApiError::invalid(format!("messages.{at}.content: Field required")));
        }
    }
    Ok(())
}

fn block_text(block: &Value) -> Option<&str> {
    match block["type"].as_str()? {
        "text" => block["text"].as_str(),
        "document" if block["source"]["type"] == "text" => block["source"]["data"].as_str(),
        _ => None,
    }
}

fn push(text: &mut String, part: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(part);
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
