//! The calls that a comparison takes, each of which only reads.

use super::Books;
use super::books::Row;
use super::pace::Pace;
use crate::answer::Answer;
use crate::client::{Caller, Client};
use chrono::{DateTime, Utc};
use contract::{Class, code};
use engine::StageError;
use runtime::settings::Zoho;
use std::time::Duration;
use tokio::time::Instant;

/// As Zoho documents times in filters.
const STAMP: &str = "%Y-%m-%dT%H:%M:%S%z";
/// The services take up to 95 % of the organisation's calls of a minute; this is the rest.
const SHARE: u32 = 20;
/// Attempts at one call. What Zoho refuses for its limits does not count as one.
const ATTEMPTS: u32 = 4;
/// Refusals for the limits of one call.
const REFUSALS: u32 = 20;

/// What a comparison may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Calls in all.
    pub calls: u32,
    /// Calls a minute; 0 for no limit.
    pub per_minute: u32,
}

impl Budget {
    /// What the services leave of the minute's calls.
    #[must_use]
    pub fn beside_the_services(settings: &Zoho, calls: u32) -> Self {
        let limit = settings.calls_per_minute;
        Self { calls, per_minute: if limit == 0 { 0 } else { (limit / SHARE).max(1) } }
    }
}

/// Reads Zoho's bills.
#[derive(Debug)]
pub struct Reader {
    client: Client,
    budget: Budget,
    pace: Pace,
    calls: u32,
}

impl Reader {
    /// # Errors
    /// When credentials are missing or the HTTP client cannot be built.
    pub fn new(settings: &Zoho, budget: Budget) -> anyhow::Result<Self> {
        settings.require()?;
        // A replica's token file is that replica's alone.
        let client = Client::new(&Zoho { token_file: None, ..settings.clone() })?;
        Ok(Self { client, budget, pace: Pace::new(budget.per_minute), calls: 0 })
    }

    /// The calls so far; the one for a token does not count at Zoho.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// The bills that were made or changed since then, oldest first, so that what is made meanwhile comes last.
    ///
    /// # Errors
    /// When Zoho does not answer, or it takes more calls than the budget has.
    pub async fn changed_since(&mut self, since: DateTime<Utc>) -> anyhow::Result<Books> {
        let mut books = Books::default();
        let modified = since.format(STAMP).to_string();
        for page in 1_u32.. {
            let page = page.to_string();
            let query = [
                ("last_modified_time", modified.as_str()),
                ("sort_column", "created_time"),
                ("sort_order", "A"),
                ("page", &page),
                ("per_page", "200"),
            ];
            let answer = self.get("bills", &query).await?;
            let rows: Vec<Row> = answer.part("bills").map_err(StageError::from)?;
            rows.into_iter().filter(|row| !row.is_older(since)).for_each(|row| books.add(row));
            if !answer.has_more() {
                break;
            }
        }
        Ok(books)
    }

    /// Asks for bills by their ids: lists may lag, or may have been filtered otherwise than was asked.
    ///
    /// # Errors
    /// As [`Reader::changed_since`].
    pub async fn look_for(&mut self, books: &mut Books, bill_ids: &[String]) -> anyhow::Result<()> {
        for id in bill_ids {
            match self.get(&format!("bills/{id}"), &[]).await {
                Ok(answer) => books.add(answer.part("bill").map_err(StageError::from)?),
                Err(error) if is_not_found(&error) => books.add_gone(id),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn get(&mut self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let (mut attempts, mut refusals) = (0, 0);
        loop {
            anyhow::ensure!(
                self.calls < self.budget.calls,
                "the comparison takes more than {} calls: choose a shorter period or raise --max-calls",
                self.budget.calls
            );
            let begins = self.pace.next(Instant::now());
            tokio::time::sleep_until(begins).await;
            self.calls += 1;
            let error = match self.client.get(Caller::Person, path, query).await {
                Ok(answer) => return Ok(answer),
                Err(error) => StageError::from(error),
            };
            if error.throttled {
                refusals += 1;
            } else {
                attempts += 1;
            }
            if !may_pass(&error) || attempts == ATTEMPTS || refusals == REFUSALS {
                return Err(error.into());
            }
            tokio::time::sleep(error.retry_after.unwrap_or(Duration::from_secs(1 << attempts))).await;
        }
    }
}

/// Reading is harmless: what may pass is tried again. A spent day, a refused token or a wrong address does not pass.
fn may_pass(error: &StageError) -> bool {
    let passing = [code::ZOHO_UNAVAILABLE, code::ZOHO_CONNECT, code::ZOHO_TIMEOUT, code::ZOHO_BAD_RESPONSE];
    error.throttled || (error.class != Class::Permanent && passing.contains(&error.code))
}

fn is_not_found(error: &anyhow::Error) -> bool {
    error.downcast_ref::<StageError>().is_some_and(|error| error.code == code::ZOHO_NOT_FOUND)
}
