//! The text and the files in a request's messages.

use serde_json::Value;

use super::{
    error::{ApiError, Checked},
    file,
};
use crate::llm::material::Material;

const ROLES: &str = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'";
const PARTS: &str = "'text', 'image_url', 'input_audio', 'refusal', 'audio', and 'file'";

/// What the messages say.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// What the user gives to read.
    pub(super) material: Material,
    /// What the developer and the assistant say.
    rest: String,
}

impl Conversation {
    /// Characters of everything that is billed as input.
    pub(super) fn chars(&self) -> usize {
        self.material.text().len() + self.rest.len()
    }

    /// Whether a word occurs in it, in small letters or capitals.
    pub(super) fn mentions(&self, word: &str) -> bool {
        [self.material.text(), self.rest.as_str()].iter().any(|text| text.to_ascii_lowercase().contains(word))
    }

    fn add(&mut self, is_user: bool, text: &str) {
        if is_user {
            self.material.add_text(text);
        } else {
            self.rest.push_str(text);
        }
    }
}

pub(super) fn read(messages: &Value) -> Checked<Conversation> {
    let Value::Array(messages) = messages else {
        return Err(ApiError::wrong_type("messages", "an array of objects", messages));
    };
    if messages.is_empty() {
        return Err(ApiError::empty_array("messages"));
    }
    let mut conversation = Conversation::default();
    for (at, message) in messages.iter().enumerate() {
        add_message(&mut conversation, message, at)?;
    }
    Ok(conversation)
}

fn add_message(conversation: &mut Conversation, message: &Value, at: usize) -> Checked<()> {
    if !message.is_object() {
        return Err(ApiError::wrong_type(&format!("messages[{at}]"), "an object", message));
    }
    let is_user = is_user(&message["role"], at)?;
    let place = format!("messages[{at}].content");
    match &message["content"] {
        // The assistant may have refused instead.
        Value::Null if message["role"] == "assistant" && message["refusal"].is_string() => Ok(()),
        Value::Null => {
            let message = "Invalid value for 'content': expected a string, got null.";
            Err(ApiError::invalid(message).at(format!("messages.[{at}].content")))
        }
        Value::String(text) => {
            conversation.add(is_user, text);
            Ok(())
        }
        Value::Array(parts) if parts.is_empty() => Err(ApiError::empty_array(&place)),
        Value::Array(parts) => {
            let mut parts = parts.iter().enumerate();
            parts.try_for_each(|(index, part)| add_part(conversation, is_user, part, &format!("{place}[{index}]")))
        }
        other => Err(ApiError::wrong_type(&place, "one of a string or array of objects", other)),
    }
}

fn is_user(role: &Value, at: usize) -> Checked<bool> {
    let place = format!("messages[{at}].role");
    match role {
        Value::Null => Err(ApiError::missing(&place)),
        Value::String(role) => match role.as_str() {
            "user" => Ok(true),
            "system" | "developer" | "assistant" => Ok(false),
            "tool" | "function" => Err(ApiError::invalid(format!("{place}: the sandbox uses no tools")).at(place)),
            other => Err(ApiError::wrong_value(&place, other, ROLES)),
        },
        other => Err(ApiError::wrong_type(&place, "a string", other)),
    }
}

fn add_part(conversation: &mut Conversation, is_user: bool, part: &Value, place: &str) -> Checked<()> {
    match part["type"].as_str() {
        None => Err(ApiError::missing(&format!("{place}.type"))),
        Some("text") => {
            conversation.add(is_user, text(part, "text", place)?);
            Ok(())
        }
        Some("refusal") if !is_user => {
            conversation.add(is_user, text(part, "refusal", place)?);
            Ok(())
        }
        Some("file") if is_user => file::add(&mut conversation.material, &part["file"], &format!("{place}.file")),
        Some("image_url" | "input_audio") if is_user => {
            Err(ApiError::invalid(format!("{place}: the sandbox reads text and PDFs only")).at(place))
        }
        Some(other) => {
            let supported = if is_user { PARTS } else { "'text'" };
            Err(ApiError::wrong_value(&format!("{place}.type"), other, supported))
        }
    }
}

fn text<'a>(part: &'a Value, name: &str, place: &str) -> Checked<&'a str> {
    match &part[name] {
        Value::String(text) => Ok(text),
        Value::Null => Err(ApiError::missing(&format!("{place}.{name}"))),
        other => Err(ApiError::wrong_type(&format!("{place}.{name}"), "a string", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_the_user_says_is_read() {
        let text = |text: &str| json!({"type": "text", "text": text});
        let messages = json!([
            {"role": "system", "content": "Answer in JSON."},
            {"role": "user", "content": [text("Invoice No: 7"), text("Total: 1")]},
            {"role": "assistant", "content": null, "refusal": "No."},
        ]);
        let conversation = read(&messages).unwrap();
        assert_eq!(conversation.material.text(), "Invoice No: 7\nTotal: 1");
        assert_eq!(conversation.chars(), 22 + 15);
        assert!(conversation.mentions("json"));
        assert!(!conversation.mentions("yaml"));
    }

    #[test]
    fn a_message_that_is_none_is_refused_at_its_place() {
        let table = [
            (json!("hi"), "messages"),
            (json!([]), "messages"),
            (json!(["hi"]), "messages[0]"),
            (json!([{"content": "hi"}]), "messages[0].role"),
            (json!([{"role": "human", "content": "hi"}]), "messages[0].role"),
            (json!([{"role": "user"}]), "messages.[0].content"),
            (json!([{"role": "user", "content": 7}]), "messages[0].content"),
            (json!([{"role": "user", "content": []}]), "messages[0].content"),
            (json!([{"role": "user", "content": [{"type": "input_text"}]}]), "messages[0].content[0].type"),
            (json!([{"role": "user", "content": [{"type": "text"}]}]), "messages[0].content[0].text"),
            (json!([{"role": "system", "content": [{"type": "file"}]}]), "messages[0].content[0].type"),
        ];
        for (messages, place) in table {
            let error = read(&messages).unwrap_err();
            assert_eq!((error.status, error.param.as_deref()), (400, Some(place)), "{messages}");
        }
    }
}
