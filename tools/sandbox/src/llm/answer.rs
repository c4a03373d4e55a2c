//! What the model writes: what it has read, or what a fault wants said.

use serde_json::json;

use super::task::Task;
use crate::fault::Distort;

/// What a model that thinks says to itself.
pub(super) const THINKING: &str = "The text has a header, a table of lines and a block of totals. I read each \
                                   label with the value beside it and check that the lines add up.";

/// An answer, before an API gives it its form.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) model: String,
    /// Whether [`THINKING`] went before the text.
    pub(super) thinks: bool,
    /// Empty if the model refused.
    pub(super) text: String,
    pub(super) stop: Stop,
    pub(super) input_tokens: usize,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Everything is said.
    Done,
    /// There was no more room.
    Cut,
    /// It will not answer this.
    Refused,
}

impl Answer {
    /// Reads the task's material and writes down what it says, or what a fault wants said.
    pub(super) fn to(task: &Task, distort: Option<&Distort>) -> Self {
        let mut answer = Self {
            model: task.model.clone(),
            thinks: task.thinks,
            text: String::new(),
            stop: Stop::Done,
            input_tokens: tokens(task.input_chars),
        };
        // An invoice has string keys and string leaves, so that it always serialises.
        let mut value = serde_json::to_value(task.material.invoice()).unwrap_or_default();
        match distort {
            Some(Distort::Refusal) => {
                answer.stop = Stop::Refused;
                return answer;
            }
            Some(Distort::Misread { field, value: lie }) => value[field.as_str()] = json!(lie),
            Some(Distort::MaxTokens) | None => {}
        }
        answer.text = task.form.write(&value);
        let room = match distort {
            Some(Distort::MaxTokens) => answer.text.len() / 2,
            _ => task.max_tokens.map_or(usize::MAX, |limit| answer.room(limit)),
        };
        answer.cut(room);
        answer
    }

    /// A sentence where JSON belongs.
    pub(super) fn prose(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            thinks: false,
            text: "The document appears to be an invoice from a supplier.".to_owned(),
            stop: Stop::Done,
            input_tokens: 400,
        }
    }

    /// Tokens of the thinking.
    pub(super) fn thinking_tokens(&self) -> usize {
        tokens(self.thinking_chars())
    }

    /// Tokens of everything that was written, the thinking included.
    pub(super) fn output_tokens(&self) -> usize {
        tokens(self.thinking_chars() + self.text.len())
    }

    /// Characters of text that the limit leaves beside the thinking.
    fn room(&self, limit: u64) -> usize {
        let chars = usize::try_from(limit).unwrap_or(usize::MAX);
        chars.saturating_mul(4).saturating_sub(self.thinking_chars())
    }

    fn cut(&mut self, room: usize) {
        if room < self.text.len() {
            let end = self.text.floor_char_boundary(room);
            self.text.truncate(end);
            self.stop = Stop::Cut;
        }
    }

    fn thinking_chars(&self) -> usize {
        if self.thinks { THINKING.len() } else { 0 }
    }
}

/// About four characters a token.
fn tokens(chars: usize) -> usize {
    chars.div_ceil(4)
}
