//! Reads a chat completion.

use crate::model::failure::{self, Failure};
use crate::model::provider::{Reply, Stop, Usage};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    /// Some local servers leave it out.
    #[serde(default)]
    usage: Option<Tokens>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<FinishReason>,
}

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FinishReason {
    Stop,
    Length,
    ContentFilter,
    ToolCalls,
    #[serde(other)]
    Other,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tokens {
    prompt_tokens: u64,
    completion_tokens: u64,
    prompt_tokens_details: Option<PromptTokens>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PromptTokens {
    cached_tokens: Option<u64>,
}

pub(super) fn read(body: &[u8]) -> Result<Reply, Failure> {
    let completion: Completion =
        serde_json::from_slice(body).map_err(|_| failure::bad_response("is not a chat completion"))?;
    let choice = completion.choices.into_iter().next();
    let Choice { message, finish_reason } = choice.ok_or_else(|| failure::bad_response("has no choice"))?;
    let stop = match finish_reason {
        _ if message.refusal.is_some_and(|refusal| !refusal.is_empty()) => Stop::Refused,
        Some(FinishReason::Stop) | None => Stop::Ended,
        Some(FinishReason::Length) => Stop::OutOfRoom,
        Some(FinishReason::ContentFilter) => Stop::Refused,
        Some(FinishReason::ToolCalls) => Stop::Paused,
        Some(FinishReason::Other) => Stop::Unknown,
    };
    let usage = completion.usage.unwrap_or_default().into();
    Ok(Reply { text: message.content.unwrap_or_default(), stop, usage })
}

impl From<Tokens> for Usage {
    fn from(tokens: Tokens) -> Self {
        let cached = tokens.prompt_tokens_details.and_then(|details| details.cached_tokens).unwrap_or_default();
        Self {
            // Here the cached ones are among them.
            input: tokens.prompt_tokens.saturating_sub(cached),
            written_to_cache: 0,
            read_from_cache: cached,
            output: tokens.completion_tokens,
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
    fn the_text_and_what_it_costs_are_read() {
        let json = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,
            "message":{"role":"assistant","content":"{\"a\":1}","refusal":null},"logprobs":null,"finish_reason":"stop"}],
            "usage":{"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200,
            "prompt_tokens_details":{"cached_tokens":600},"completion_tokens_details":{"reasoning_tokens":64}}}"#;
        assert_eq!(text_of(json).unwrap(), "{\"a\":1}");
        let usage = Usage { input: 400, read_from_cache: 600, output: 200, written_to_cache: 0 };
        assert_eq!(read(json.as_bytes()).unwrap().usage, usage);
        let bare = r#"{"choices":[{"message":{"content":"{}"}}]}"#;
        assert_eq!(text_of(bare).unwrap(), "{}", "as small local servers answer");
    }

    #[test]
    fn an_answer_that_is_none_has_a_code() {
        for (message, reason, code) in [
            (r#"{"content":null,"refusal":"I cannot."}"#, "stop", "llm.refused"),
            (r#"{"content":"{"}"#, "length", "llm.answer_truncated"),
            (r#"{"content":""}"#, "content_filter", "llm.refused"),
            (r#"{"content":null,"tool_calls":[]}"#, "tool_calls", "llm.bad_response"),
            (r#"{"content":"{}"}"#, "new_reason", "llm.bad_response"),
            (r#"{"content":""}"#, "stop", "llm.bad_response"),
        ] {
            let json = format!(r#"{{"choices":[{{"message":{message},"finish_reason":"{reason}"}}]}}"#);
            assert_eq!(text_of(&json), Err(code.to_owned()), "{reason}");
        }
        for body in ["", "<html>", "{}", r#"{"choices":[]}"#, r#"{"content":[],"stop_reason":"end_turn"}"#] {
            assert_eq!(text_of(body), Err("llm.bad_response".to_owned()), "{body}");
        }
    }
}
