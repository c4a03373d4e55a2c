//! The replay of many dead letters: which of them, how fast, and what stands against the rest; pure.
//!
//! There is no job and no state of one. What was replayed is no longer open, so a replay that was stopped is continued by asking
//! for it again, by anybody; a command that was sent and not answered is sent again then, and admission calls the second stale.

use crate::{Action, LEFT, Letter, Refusal, check_size, command};
use contract::{Code, Command, HistoryEvent, history::EventKind};
use serde_json::value::RawValue;
use std::num::NonZeroU32;
use std::time::Duration;

/// How many runs of an invoice may have ended with a code before another replay of it must be forced.
pub const LOOP_GUARD: u32 = 5;

/// What holds for every letter of a replay.
#[derive(Debug, Clone)]
pub struct Bulk {
    pub action: Action,
    pub actor: String,
    pub reason: Option<String>,
    /// No more than these; all if `None`.
    pub max: Option<u64>,
    /// Also those whose runs keep ending alike.
    pub force: bool,
    /// The largest input in bytes: topics.max_message_bytes.
    pub max_input_bytes: usize,
}

/// Why a letter is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    Refused(Refusal),
    /// There are as many as were asked for.
    Left,
}

impl Skip {
    /// The word for programs.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Left => LEFT,
        }
    }
}

impl Bulk {
    /// The same for a letter that begins with another input.
    #[must_use]
    pub fn beginning_with(&self, begun: Option<Box<RawValue>>) -> Self {
        let mut bulk = self.clone();
        if let Action::Replay { input, .. } = &mut bulk.action {
            *input = begun;
        }
        bulk
    }

    /// The command for one letter. `failures`: how many runs of its invoice have ended with its code, this one included;
    /// `sent`: how many commands there are already.
    ///
    /// # Errors
    /// Why there is none for it.
    pub fn command(&self, letter: &Letter, failures: u32, sent: u64) -> Result<Command, Skip> {
        self.guard(letter, failures).map_err(Skip::Refused)?;
        let command = command(letter, &self.action, &self.actor, self.reason.as_deref()).map_err(Skip::Refused)?;
        check_size(&command, self.max_input_bytes).map_err(Skip::Refused)?;
        if self.max.is_some_and(|max| sent >= max) { Err(Skip::Left) } else { Ok(command) }
    }

    fn guard(&self, letter: &Letter, failures: u32) -> Result<(), Refusal> {
        letter.decidable()?;
        if failures > LOOP_GUARD && !self.force {
            return Err(Refusal::LoopGuard { runs: failures, code: letter.code() });
        }
        Ok(())
    }
}

/// How many runs of an invoice have ended in a dead letter with this code, by its history.
#[must_use]
pub fn failures(history: &[HistoryEvent], code: &Code) -> u32 {
    let failed = |event: &&HistoryEvent| event.kind == EventKind::DeadLettered && event.code.as_ref() == Some(code);
    u32::try_from(history.iter().filter(failed).count()).unwrap_or(u32::MAX)
}

/// When the commands of a replay are sent, from its beginning on.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// In a second; as fast as they come if `None`.
    pub rate: Option<NonZeroU32>,
}

impl Pace {
    /// How long after the beginning the command after `sent` others is due.
    #[must_use]
    pub fn due(self, sent: u64) -> Duration {
        self.rate.map_or(Duration::ZERO, |rate| {
            Duration::from_nanos(
                u64::try_from(u128::from(sent) * 1_000_000_000 / u128::from(rate.get())).unwrap_or(u64::MAX),
            )
        })
    }
}

#[cfg(test)]
#[path = "bulk_tests.rs"]
mod tests;
