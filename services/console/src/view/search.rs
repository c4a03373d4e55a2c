//! Lists of invoices: all of them, or those that a filter names.
//!
//! What is unfiltered is read from the table in its order. Everything else is one question to the index of words, which is in the
//! same order (`words`). A word that begins very many words is first asked for roughly: what is common is soon found among the
//! newest. Only if that does not fill the page, the index gathers all that match.

use super::filter::{Cursor, Filter, Page};
use super::order::Order;
use super::row::{COLUMNS, Known};
use super::words::{self, Closeness};
use super::{Error, Invoice, counts};
use operations::vendor_key;
use rusqlite::Connection;
use std::ops::Range;

/// Rough answers that are looked at before the question is put exactly.
const LOOKED_AT: usize = 200;

/// Further words of a question are not looked at.
const MOST_WORDS: usize = 8;

/// Vendors' words that a question names one by one.
const MOST_NAMES: usize = 64;

pub(super) fn invoices(
    connection: &Connection,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<Invoice>, Error> {
    let question = Question::of(filter, after);
    if question.is_for_all(filter) {
        return question.all(connection, limit);
    }
    if question.prefixes.iter().all(|word| words::is_exact(word)) {
        return Ok(question.ask(connection, filter, Closeness::Exact, limit)?.0);
    }
    match question.ask(connection, filter, Closeness::Rough, limit)? {
        (page, true) => Ok(page),
        (_, false) => Ok(question.ask(connection, filter, Closeness::Exact, limit)?.0),
    }
}

/// A filter as the tables are asked.
struct Question {
    prefixes: Vec<String>,
    places: Range<Order>,
}

impl Question {
    fn of(filter: &Filter, after: Option<Cursor>) -> Self {
        let text = filter.text.as_deref().unwrap_or_default();
        let start = filter.from_ms.map_or(Order::from_raw(0), Order::from_ms);
        let end = filter.to_ms.map_or(Order::LAST, Order::from_ms);
        let end = after.map_or(end, |cursor| cursor.0.min(end));
        Self { prefixes: words::split(text).take(MOST_WORDS).collect(), places: start..end }
    }

    fn is_for_all(&self, filter: &Filter) -> bool {
        let Filter { states, stages, code, vendor, .. } = filter;
        states.is_empty() && stages.is_empty() && code.is_none() && vendor.is_none() && self.prefixes.is_empty()
    }

    fn all(&self, connection: &Connection, limit: usize) -> Result<Page<Invoice>, Error> {
        let sql =
            format!("SELECT {COLUMNS} FROM invoice WHERE place < ?1 AND place >= ?2 ORDER BY place DESC LIMIT ?3");
        let mut statement = connection.prepare_cached(&sql)?;
        let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut rows = statement.query((self.places.end.get(), self.places.start.get(), most))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(listed(&Known::read(row)?));
        }
        Ok(Page::of(found, limit))
    }

    /// The page, and whether it is the right one: a rough question is given up when its answers are of little use.
    fn ask(
        &self,
        connection: &Connection,
        filter: &Filter,
        closeness: Closeness,
        limit: usize,
    ) -> Result<(Page<Invoice>, bool), Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM word CROSS JOIN invoice ON invoice.place = word.rowid
             WHERE word MATCH ?1 AND word.rowid < ?2 AND word.rowid >= ?3 ORDER BY word.rowid DESC"
        );
        let expression = self.expression(connection, filter, closeness)?;
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query((expression, self.places.end.get(), self.places.start.get()))?;
        let (mut found, mut looked_at) = (Vec::new(), 0);
        while found.len() <= limit {
            let Some(row) = rows.next()? else { return Ok((Page::of(found, limit), true)) };
            let known = Known::read(row)?;
            found.extend(Some(&known).filter(|known| self.is_meant(filter, known)).and_then(listed));
            looked_at += 1;
            if closeness == Closeness::Rough && looked_at > LOOKED_AT + limit {
                return Ok((Page::of(found, limit), false));
            }
        }
        Ok((Page::of(found, limit), true))
    }

    fn expression(&self, connection: &Connection, filter: &Filter, closeness: Closeness) -> Result<String, Error> {
        let mut all = Vec::new();
        if !filter.states.is_empty() {
            all.push(words::any_of(filter.states.iter().map(|state| words::state_tag(*state))));
        }
        if !filter.stages.is_empty() {
            all.push(words::any_of(filter.stages.iter().map(|stage| words::stage_tag(*stage))));
        }
        all.extend(filter.code.as_deref().map(|code| words::any_of([words::code_tag(code)])));
        all.extend(filter.vendor.as_deref().map(|vendor| words::any_of([words::vendor_tag(vendor)])));
        for word in &self.prefixes {
            let names =
                if words::is_indexed(word) { None } else { counts::words_begun_by(connection, word, MOST_NAMES)? };
            all.push(words::begun_by(word, names.as_deref(), closeness));
        }
        Ok(all.join(" AND "))
    }

    /// The index knows codes and vendors by a hash, and long words, asked for roughly, by their beginning.
    fn is_meant(&self, filter: &Filter, known: &Known) -> bool {
        let key = |name: &str| vendor_key(name);
        let code = known.status().and_then(|status| status.code.as_ref()).map(contract::Code::as_str);
        filter.code.as_deref().is_none_or(|wanted| code == Some(wanted))
            && filter.vendor.as_deref().is_none_or(|wanted| known.vendor.as_deref().map(key) == Some(key(wanted)))
            && known
                .status()
                .is_some_and(|status| words::are_begun_by(&known.id, status, known.vendor.as_deref(), &self.prefixes))
    }
}

fn listed(known: &Known) -> Option<(Order, Invoice)> {
    known.place.zip(known.invoice())
}
