//! Decisions about one invoice.

use super::{Desk, Error, PATIENCE};
use crate::view;
use contract::{Command, CommandKind, Coordinates, InvoiceId, State};
use operations::{Action, Answer, Cancelled, Letter, check_size, command};
use schemars::JsonSchema;
use serde::Serialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use stream::read;
use tokio::time::Instant;

/// How long the view is waited for once admission has answered, so that whoever looks next sees what they have done.
const UNTIL_SEEN: Duration = Duration::from_secs(3);

/// What became of a decision.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Decided {
    pub invoice_id: InvoiceId,
    pub answer: Answer,
    /// What that means, in words.
    pub message: String,
    /// The command's record.
    pub record: Coordinates,
}

impl Desk {
    /// Carries out what somebody decides about the dead letter of an invoice.
    ///
    /// # Errors
    /// [`Error::Refused`] when it cannot be decided about so; when Kafka does not answer.
    pub async fn act(&self, id: &InvoiceId, action: &Action, by: &str, reason: Option<&str>) -> Result<Decided, Error> {
        let letter = self.open_letter(id).await?;
        let mut action = action.clone();
        if let Action::Replay { to: Some(to), input: input @ None, .. } = &mut action
            && *to < letter.stage
        {
            *input = self.given(id, *to, letter.record.headers.run.unwrap_or(u32::MAX)).await?;
        }
        let command = command(&letter, &action, by, reason)?;
        check_size(&command, self.inner.limits.input_bytes)?;
        self.ask(command).await
    }

    /// Sends a command and waits for admission's answer, and until the view shows what it has done.
    pub(super) async fn ask(&self, command: Command) -> Result<Decided, Error> {
        self.inner.answers.ready(Instant::now() + PATIENCE).await;
        let record = self.inner.publisher.command(&command).await?;
        let Command { invoice_id, run, command: kind, .. } = command;
        let decided = self.answered(invoice_id, record).await;
        if decided.answer == Answer::Accepted {
            let is_erasure = matches!(kind, CommandKind::Erase);
            let has_moved = move |invoice: &view::Invoice| match invoice.state {
                State::Erased => true,
                _ if is_erasure => invoice.run > run,
                state => invoice.run > run || !matches!(state, State::Dead | State::Review),
            };
            self.seen(&decided.invoice_id, Instant::now() + UNTIL_SEEN, has_moved).await?;
        }
        Ok(decided)
    }

    /// Says that an invoice is not to be posted.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it has ended; when Kafka or the store does not answer.
    pub async fn cancel(&self, id: &InvoiceId, by: &str, reason: &str) -> Result<(), Error> {
        let Self { inner } = self;
        let at_ms = now_ms();
        match operations::cancel(&inner.kafka, &inner.topics, &inner.documents, id, by, reason, at_ms).await? {
            Cancelled::Noted => Ok(()),
            Cancelled::Unknown => Err(Error::unknown(id)),
            Cancelled::Over(status) => Err(Error::Conflict(match (status.state, status.bill) {
                (State::Posted, Some(bill)) => format!("it is posted: void the bill {} in the books", bill.bill_id),
                (State::Review | State::Dead, _) => "it waits for a decision: discard it".to_owned(),
                _ => "it has ended".to_owned(),
            })),
        }
    }

    /// The dead letter that waits, read from Kafka.
    pub(super) async fn open_letter(&self, id: &InvoiceId) -> Result<Letter, Error> {
        let waits = self.view().letter_of(id.as_str()).await?;
        let waits = waits.ok_or_else(|| Error::NotFound(format!("no dead letter of {id} waits for a decision")))?;
        let record = read::read_one(&self.inner.kafka, &waits.record).await?;
        let record =
            record.ok_or_else(|| Error::NotFound(format!("the dead letter of {id} is not in its topic any more")))?;
        Ok(Letter::of(record, waits.stage))
    }

    async fn answered(&self, invoice_id: InvoiceId, record: Coordinates) -> Decided {
        let settled = self.inner.answers.of(&record, Instant::now() + PATIENCE).await;
        let answer = settled.map_or(Answer::Unanswered, |settled| settled.answer());
        let message = match answer {
            Answer::Accepted => "done",
            Answer::Stale => "nothing was done: the invoice has moved on since it was looked at",
            Answer::Refused => "nothing was done: admission could not read the command",
            Answer::Unanswered => "asked for, and not answered yet: fetch-extract decides it as soon as it runs",
        };
        Decided { invoice_id, answer, message: message.to_owned(), record }
    }
}

pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
