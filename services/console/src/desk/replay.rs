//! The replay of many dead letters, in bounded steps: there is no job and no state of one, so any replica carries out any step,
//! and what was stopped goes on by asking again.

use super::records::read_all;
use super::{Desk, Error};
use crate::view::{self, Cursor};
use contract::{Coordinates, InvoiceId, Stage};
use futures::{StreamExt, stream};
use operations::{
    Action, Answer, Answers, Bulk, Histogram, LOOP_GUARD, Letter, Pace, REJECTED, Refusal, Selection, Skip,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::time::Instant;

/// Letters that one step looks at, and how long it may take.
const MOST: usize = 500;
const TAKES: Duration = Duration::from_secs(30);
/// Letters whose contents are read at once.
const CHUNK: usize = 100;
/// Letters that a dry run counts in one step without their contents, beyond the first [`MOST`].
const COUNTED: usize = 1000;
/// How long the answers to the last commands of a step are waited for.
const ANSWERS: Duration = Duration::from_secs(10);

/// Which dead letters are replayed, and how.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Replay {
    pub selection: Selection,
    /// Says what would happen, and does nothing.
    pub dry_run: bool,
    /// Why, for the history.
    pub reason: Option<String>,
    /// Where they begin: where they failed if left out.
    pub to: Option<Stage>,
    /// Applied to the input of each: RFC 6902.
    pub patch: Option<Value>,
    /// Lets through what was held because the same PDF came before under another id.
    pub accept_same_document: bool,
    /// No more than so many.
    pub max: Option<NonZeroU32>,
    /// No more than so many in a second.
    pub rate: Option<NonZeroU32>,
    /// Also invoices that have failed in the same way again and again.
    pub force: bool,
    /// `next` of the step before.
    pub after: Option<Cursor>,
}

/// What one step has done, or would do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Replayed {
    /// The letters that were looked at, by stage, code and what became of them.
    pub histogram: Histogram,
    /// Of admission, to the commands that were sent.
    pub answers: Answers,
    /// Commands that were sent, or would be.
    pub sent: u64,
    /// Selected letters that were not looked at yet.
    pub left: u64,
    /// Ask again with this as `after`; none if there is nothing left, or as many were sent as were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

/// A command that was sent, and the run that it is to end.
struct Sent {
    id: InvoiceId,
    run: u32,
    record: Coordinates,
}

/// A step under way.
struct Step<'a> {
    desk: &'a Desk,
    wanted: &'a Replay,
    bulk: Bulk,
    began: Instant,
    histogram: Histogram,
    sent: Vec<Sent>,
    count: u64,
}

impl Desk {
    /// Replays a part of the selected letters: at most five hundred, or as many as thirty seconds allow.
    ///
    /// # Errors
    /// [`Error::Refused`] when the patch is none; when Kafka does not answer.
    pub async fn replay(&self, wanted: &Replay, by: &str) -> Result<Replayed, Error> {
        let mut step = Step::begin(self, wanted, by)?;
        let mut after = wanted.after;
        let mut seen = 0;
        loop {
            let page = self.view().letters(&wanted.selection, after.as_ref(), step.next_page(seen)).await?;
            seen += page.items.len();
            if seen <= MOST {
                step.look(&page.items).await?;
            } else {
                step.count(&page.items).await?;
            }
            after = page.next;
            if after.is_none() || step.is_over(seen) {
                break;
            }
        }
        step.end(after).await
    }
}

impl<'a> Step<'a> {
    fn begin(desk: &'a Desk, wanted: &'a Replay, by: &str) -> Result<Self, Error> {
        let wrong = |error: serde_json::Error| Refusal::Patch { problem: error.to_string() };
        let patch = wanted.patch.clone().map(serde_json::from_value).transpose().map_err(wrong)?;
        let action =
            Action::Replay { to: wanted.to, input: None, patch, accept_same_document: wanted.accept_same_document };
        let bulk = Bulk {
            action,
            actor: by.to_owned(),
            reason: wanted.reason.clone(),
            max: wanted.max.map(|max| u64::from(max.get())),
            force: wanted.force,
            max_input_bytes: desk.inner.limits.input_bytes,
        };
        let histogram = Histogram::default();
        Ok(Self { desk, wanted, bulk, began: Instant::now(), histogram, sent: Vec::new(), count: 0 })
    }

    /// No page is left half done, as a cursor leads to the next page only.
    fn next_page(&self, seen: usize) -> usize {
        if seen >= MOST {
            return COUNTED;
        }
        let left = self.bulk.max.map_or(CHUNK, |max| usize::try_from(max - self.count).unwrap_or(CHUNK));
        let in_time = self.wanted.rate.map_or(CHUNK, |rate| usize::try_from(rate.get()).unwrap_or(CHUNK) * 5);
        CHUNK.min(left).min(in_time).min(MOST - seen).max(1)
    }

    fn is_over(&self, seen: usize) -> bool {
        let is_full = self.bulk.max.is_some_and(|max| self.count >= max);
        is_full || self.began.elapsed() > TAKES || (seen >= MOST && !self.wanted.dry_run)
    }

    /// Sends the command for each of these that there is one for.
    async fn look(&mut self, letters: &[view::Letter]) -> Result<(), Error> {
        let places: Vec<Coordinates> = letters.iter().map(|letter| letter.record.clone()).collect();
        let mut records = read_all(&self.desk.inner.kafka, &places).await?;
        for summary in letters {
            // What is not in its topic any more cannot be replayed, and the view lets go of it soon.
            let Some(record) = records.remove(&summary.record) else { continue };
            let letter = Letter::of(record, summary.stage);
            let failures = self.failures(summary).await?;
            let command = self.for_letter(&letter).await?.command(&letter, failures, self.count);
            let skipped = command.as_ref().err().map(Skip::reason);
            self.histogram.add(summary.stage, &summary.code, summary.at_ms, skipped);
            if let Ok(command) = command {
                self.send(&command).await?;
            }
        }
        Ok(())
    }

    /// What would become of these as far as can be said without their contents.
    async fn count(&mut self, letters: &[view::Letter]) -> Result<(), Error> {
        for summary in letters {
            let failures = self.failures(summary).await?;
            let skipped = match summary {
                view::Letter { replayable: false, invoice_id, .. } if invoice_id.starts_with(REJECTED) => {
                    Some(Refusal::Rejected.reason())
                }
                view::Letter { replayable: false, .. } => Some(Refusal::Poison.reason()),
                _ if failures > LOOP_GUARD && !self.wanted.force => {
                    Some(Refusal::LoopGuard { runs: failures, code: String::new() }.reason())
                }
                _ if self.bulk.max.is_some_and(|max| self.count >= max) => Some(Skip::Left.reason()),
                _ => None,
            };
            self.histogram.add(summary.stage, &summary.code, summary.at_ms, skipped);
            self.count += u64::from(skipped.is_none());
        }
        Ok(())
    }

    /// Runs that have ended alike. With fewer runs than that in all there is nothing to count.
    async fn failures(&self, letter: &view::Letter) -> Result<u32, Error> {
        let runs = letter.run.unwrap_or(1);
        match letter.invoice_id.parse() {
            Ok(id) if runs > LOOP_GUARD => {
                let history = self.desk.view().history(&id).await?;
                Ok(operations::failures(&history, &contract::Code::foreign(letter.code.clone())))
            }
            _ => Ok(runs),
        }
    }

    /// What holds for all, with the input of the stage that this one begins at.
    async fn for_letter(&self, letter: &Letter) -> Result<Bulk, Error> {
        let mut bulk = self.bulk.clone();
        if let (Action::Replay { to: Some(to), input, .. }, Some((id, dead))) = (&mut bulk.action, letter.replayable())
            && *to < letter.stage
        {
            *input = self.desk.given(&id, *to, dead.error.run).await?;
        }
        Ok(bulk)
    }

    async fn send(&mut self, command: &contract::Command) -> Result<(), Error> {
        if !self.wanted.dry_run {
            if self.count == 0 {
                self.desk.inner.answers.ready(self.began + ANSWERS).await;
            }
            tokio::time::sleep_until(self.began + Pace { rate: self.wanted.rate }.due(self.count)).await;
            let record = self.desk.inner.publisher.command(command).await?;
            self.sent.push(Sent { id: command.invoice_id.clone(), run: command.run, record });
        }
        self.count += 1;
        Ok(())
    }

    /// Waits for the answers, and for the view, so that the next step does not find what this one has replayed.
    async fn end(mut self, next: Option<Cursor>) -> Result<Replayed, Error> {
        let until = Instant::now() + ANSWERS;
        let asked = std::mem::take(&mut self.sent).into_iter().map(|sent| {
            let answers = self.desk.inner.answers.clone();
            async move {
                let settled = answers.of(&sent.record, until).await;
                (sent, settled)
            }
        });
        let answered: Vec<_> = stream::iter(asked).buffer_unordered(usize::MAX).collect().await;
        let mut counts = Answers::default();
        for (sent, settled) in answered {
            match settled.map_or(Answer::Unanswered, |settled| settled.answer()) {
                Answer::Accepted => {
                    counts.accepted += 1;
                    let run = sent.run;
                    self.desk.seen(&sent.id, until, move |invoice| invoice.run > run).await?;
                }
                Answer::Stale => counts.stale += 1,
                Answer::Refused => counts.refused += 1,
                Answer::Unanswered => counts.unanswered += 1,
            }
        }
        let is_full = self.bulk.max.is_some_and(|max| self.count >= max);
        let left = self.left(next).await?;
        let next = next.filter(|_| !is_full);
        Ok(Replayed { histogram: self.histogram, answers: counts, sent: self.count, left, next })
    }

    async fn left(&self, mut after: Option<Cursor>) -> Result<u64, Error> {
        let mut left = 0;
        while let Some(from) = after {
            let page = self.desk.view().letters(&self.wanted.selection, Some(&from), COUNTED).await?;
            left += page.items.len() as u64;
            after = page.next;
        }
        Ok(left)
    }
}
