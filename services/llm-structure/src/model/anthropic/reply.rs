//! Reads a Messages answer. Blocks are picked by their type, as a block of thinking may come first.

use crate::model::failure::{self, Failure};
use crate::model::provider::{Reply, Stop, Usage};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Message {
    content: Vec<Block>,
    stop_reason: StopReason,
    #[serde(default)]
    usage: Tokens,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StopReason {
    EndTurn,
    StopSequence,
    MaxTokens,
    Refusal,
    PauseTurn,
    ModelContextWindowExceeded,
    #[serde(other)]
    Other,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    #[serde(other)]
    Other,
}

pub(super) fn read(body: &[u8]) -> Result<Reply, Failure> {
    let message: Message =
        serde_json::from_slice(body).map_err(|_| failure::bad_response("is not a Messages answer"))?;
    let texts = message.content.into_iter().filter_map(|block| match block {
        Block::Text { text } => Some(text),
        Block::Other => None,
    });
    Ok(Reply { text: texts.collect(), stop: message.stop_reason.into(), usage: message.usage.into() })
}

impl From<StopReason> for Stop {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::EndTurn | StopReason::StopSequence => Self::Ended,
            StopReason::MaxTokens => Self::OutOfRoom,
            StopReason::Refusal => Self::Refused,
            StopReason::PauseTurn => Self::Paused,
            StopReason::ModelContextWindowExceeded => Self::TooLarge,
            StopReason::Other => Self::Unknown,
        }
    }
}

impl From<Tokens> for Usage {
    fn from(tokens: Tokens) -> Self {
        Self {
            input: tokens.input_tokens,
            written_to_cache: tokens.cache_creation_input_tokens.unwrap_or_default(),
            read_from_cache: tokens.cache_read_input_tokens.unwrap_or_default(),
            output: tokens.output_tokens,
        }
    }
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
        assert_eq!(read(json.as_bytes()).unwrap().usage, Usage { input: 3, output: 4, ..Usage::default() });
    }

    #[test]
    fn an_answer_that_is_none_has_a_code() {
        for (content, stop, code) in [
            ("", "refusal", "llm.refused"),
            (r#"{"type":"text","text":"{"}"#, "max_tokens", "llm.answer_truncated"),
            ("", "model_context_window_exceeded", "llm.too_large"),
            (r#"{"type":"text","text":"{}"}"#, "pause_turn", "llm.bad_response"),
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
