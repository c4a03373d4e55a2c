//! Reads a Messages answer. Blocks are picked by their type, as a block of thinking may come first.

use super::failure::{self, Failure};
use contract::{Class, code};
use serde::Deserialize;

/// A Messages answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Reply {
    content: Vec<Block>,
    #[serde(rename = "stop_reason")]
    pub(super) stop: StopReason,
    #[serde(default)]
    pub(super) usage: Usage,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StopReason {
    EndTurn,
    StopSequence,
    MaxTokens,
    Refusal,
    ModelContextWindowExceeded,
    #[serde(other)]
    Other,
}

/// The tokens to be paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(super) struct Usage {
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) cache_creation_input_tokens: Option<u64>,
    pub(super) cache_read_input_tokens: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    #[serde(other)]
    Other,
}

/// Reads the body of an answer with status 200.
pub(super) fn read(body: &[u8]) -> Result<Reply, Failure> {
    serde_json::from_slice(body).map_err(|_| failure::bad_response("is not a Messages answer"))
}

impl Reply {
    /// The text, if the model ended it of its own accord.
    pub(super) fn into_text(self) -> Result<String, Failure> {
        match self.stop {
            StopReason::EndTurn | StopReason::StopSequence => {}
            StopReason::MaxTokens => return Err(truncated()),
            StopReason::Refusal => return Err(refused()),
            StopReason::ModelContextWindowExceeded => return Err(failure::too_large()),
            StopReason::Other => return Err(failure::bad_response("has a stop reason that was not asked for")),
        }
        let texts = self.content.into_iter().filter_map(|block| match block {
            Block::Text { text } => Some(text),
            Block::Other => None,
        });
        let text: String = texts.collect();
        if text.is_empty() { Err(failure::bad_response("has no text")) } else { Ok(text) }
    }
}

fn truncated() -> Failure {
    let message = "the model's answer did not fit into twice llm.max_tokens";
    Failure::new(code::LLM_ANSWER_TRUNCATED, Class::Permanent, message)
}

fn refused() -> Failure {
    Failure::new(code::LLM_REFUSED, Class::Review, "the model refused to read this text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(json: &str) -> Result<String, String> {
        read(json.as_bytes()).and_then(Reply::into_text).map_err(|failure| failure.code.to_string())
    }

    #[test]
    fn the_text_is_picked_out_of_the_blocks() {
        let json = r#"{"type":"message","content":[{"type":"thinking","thinking":"hm","signature":"x"},
            {"type":"text","text":"{\"a\":"},{"type":"text","text":"1}"}],"stop_reason":"end_turn",
            "usage":{"input_tokens":3,"output_tokens":4,"cache_read_input_tokens":null,"service_tier":"standard"}}"#;
        assert_eq!(text_of(json).unwrap(), "{\"a\":1}");
        assert_eq!(read(json.as_bytes()).unwrap().usage.output_tokens, 4);
    }

    #[test]
    fn an_answer_that_is_none_has_a_code() {
        for (content, stop, code) in [
            ("", "refusal", "llm.refused"),
            (r#"{"type":"text","text":"{"}"#, "max_tokens", "llm.answer_truncated"),
            ("", "model_context_window_exceeded", "llm.too_large"),
            (r#"{"type":"tool_use","id":"t","name":"n","input":{}}"#, "tool_use", "llm.bad_response"),
            ("", "end_turn", "llm.bad_response"),
        ] {
            let json = format!(r#"{{"content":[{content}],"stop_reason":"{stop}"}}"#);
            assert_eq!(text_of(&json), Err(code.to_owned()), "{stop}");
        }
        for body in ["", "<html>", "{}", r#"{"type":"error","error":{}}"#, r#"{"choices":[]}"#] {
            assert_eq!(text_of(body), Err("llm.bad_response".to_owned()), "{body}");
        }
    }
}
