//! What a batch of records changes: rows are read once, changed in memory and written once, at the end of the batch.
//!
//! What comes out does not depend on which topic was read first, nor on how the records are cut into batches. Within a partition
//! the topic's own order holds.

use super::counts::{Counts, Kind};
use super::events::{self, Event};
use super::index;
use super::invoice::known;
use super::letters;
use super::order::Order;
use super::position::{self, Position, Positions, Seen, Source};
use super::row::{Known, word};
use super::schema::meta;
use super::totals::{day_of, picodollars};
use super::words::Words;
use super::{Change, Error};
use contract::{HistoryEvent, InvoiceId, Stage, State, Status};
use rusqlite::Connection;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use stream::read::Record;

/// A batch that is being taken in.
pub(super) struct Batch<'a> {
    connection: &'a Connection,
    positions: Positions,
    /// The last record of this batch, of each partition.
    last: HashMap<(Source, i32), Record>,
    invoices: HashMap<String, Touched>,
    counts: Counts,
    next_number: i64,
    history_since_ms: i64,
    letters_changed: bool,
    index: index::Changes,
    erased: bool,
}

/// What a batch has left.
pub(super) struct Outcome {
    pub(super) changes: Vec<Change>,
    /// Personal data was taken out of rows; the write-ahead log may still have it.
    pub(super) erased: bool,
}

/// An id that a record of the batch names.
struct Touched {
    before: Known,
    now: Known,
    is_new: bool,
    /// Of events of this batch, by day.
    spent: BTreeMap<String, i64>,
    has_new_letters: bool,
}

impl<'a> Batch<'a> {
    pub(super) fn begin(connection: &'a Connection) -> Result<Self, Error> {
        let highest = "SELECT coalesce(max(number), 0) FROM invoice";
        let next_number: i64 = connection.prepare_cached(highest)?.query_row([], |row| row.get::<_, i64>(0))? + 1;
        let since = meta::get(connection, meta::HISTORY_SINCE)?;
        Ok(Self {
            connection,
            positions: position::read(connection)?,
            last: HashMap::new(),
            invoices: HashMap::new(),
            counts: Counts::default(),
            next_number,
            history_since_ms: since.and_then(|since| since.parse().ok()).unwrap_or(i64::MIN),
            letters_changed: false,
            index: index::Changes::default(),
            erased: false,
        })
    }

    /// Takes in a record, unless it was already.
    ///
    /// # Errors
    /// [`Error::Replaced`] when another record stood at its place.
    pub(super) fn take(&mut self, seen: Seen) -> Result<(), Error> {
        let Seen { source, record } = seen;
        if self.has(source, &record)? {
            return Ok(());
        }
        self.last.insert((source, record.partition), record.clone());
        let readable = match source {
            Source::Status => self.status(&record)?,
            Source::History => self.event(&record)?,
            Source::Letters(stage) => self.letter(record, stage)?,
        };
        if !readable {
            self.counts.add(Kind::Skipped, source.name(), "", 1);
        }
        Ok(())
    }

    /// Whether the record was taken in already, by an earlier batch or this one.
    fn has(&self, source: Source, record: &Record) -> Result<bool, Error> {
        let partition = record.partition;
        let in_batch = self.last.get(&(source, partition));
        let before = self.positions.get(&source).and_then(|partitions| partitions.get(&partition));
        let Some(last) = in_batch.map(|last| last.offset).or(before.map(|last| last.offset)) else { return Ok(false) };
        let is_same = || in_batch.map(Position::of).as_ref().or(before) == Some(&Position::of(record));
        if last == record.offset && !is_same() {
            return Err(Error::Replaced { topic: source, partition });
        }
        Ok(last >= record.offset)
    }

    fn status(&mut self, record: &Record) -> Result<bool, Error> {
        let Some(id) = record.invoice_id() else { return Ok(false) };
        let Some(value) = record.value.as_deref() else {
            self.touch(id.as_str())?.now.held.remove(&record.partition);
            return Ok(true);
        };
        let Ok(status) = serde_json::from_slice::<Status>(value) else { return Ok(false) };
        let now = &mut self.touch(id.as_str())?.now;
        now.saw(status.at_ms);
        now.erased |= status.state == State::Erased;
        now.held.insert(record.partition, status);
        Ok(true)
    }

    fn event(&mut self, record: &Record) -> Result<bool, Error> {
        let event = record.value.as_deref().and_then(|value| serde_json::from_slice::<HistoryEvent>(value).ok());
        let Some(event) = event else { return Ok(false) };
        if event.at_ms < self.history_since_ms {
            return Ok(true);
        }
        let day = day_of(event.at_ms);
        if let Some(what) = events::counted(&event) {
            self.counts.add(Kind::Day, &day, what, 1);
        }
        let touched = self.touch(event.invoice_id.as_str())?;
        touched.now.saw(event.at_ms);
        if let Some(cost) = event.cost_usd {
            *touched.spent.entry(day).or_default() += picodollars(cost);
        }
        let event = Event { invoice: touched.now.number, partition: record.partition, offset: record.offset, event };
        events::insert(self.connection, &event)?;
        Ok(true)
    }

    fn letter(&mut self, record: Record, stage: Stage) -> Result<bool, Error> {
        if record.value.is_none() && record.headers.error_code.is_none() {
            return Ok(false);
        }
        let letter = operations::Letter::of(record, stage);
        let summary = letter.summary(true);
        let can_be_closed = letter.replayable().is_some();
        if !can_be_closed {
            self.counts.add(Kind::Letter, summary.stage.as_str(), &summary.code, 1);
            self.letters_changed = true;
        }
        letters::insert(self.connection, &summary, can_be_closed)?;
        if can_be_closed {
            let touched = self.touch(&summary.invoice_id)?;
            touched.now.letters += 1;
            touched.has_new_letters = true;
        }
        Ok(true)
    }

    fn touch(&mut self, id: &str) -> Result<&mut Touched, Error> {
        if !self.invoices.contains_key(id) {
            let found = known(self.connection, id)?;
            let is_new = found.is_none();
            let before = found.unwrap_or_else(|| Known::new(self.next_number, id.to_owned()));
            self.next_number += i64::from(is_new);
            let now = before.clone();
            let touched = Touched { before, now, is_new, spent: BTreeMap::new(), has_new_letters: false };
            self.invoices.insert(id.to_owned(), touched);
        }
        Ok(self.invoices.get_mut(id).expect("it was just put there"))
    }

    /// Writes what has changed.
    pub(super) fn finish(mut self) -> Result<Outcome, Error> {
        let mut changes = Vec::new();
        for (_, mut touched) in std::mem::take(&mut self.invoices) {
            self.settle_letters(&mut touched)?;
            self.settle_vendor(&mut touched)?;
            self.settle_spending(&touched)?;
            self.write(&mut touched)?;
            changes.extend(touched.change());
        }
        for ((source, partition), record) in &self.last {
            position::write(self.connection, *source, *partition, Position::of(record))?;
        }
        self.index.write(self.connection)?;
        changes.extend(self.letters_changed.then_some(Change::Letters));
        self.counts.write(self.connection)?;
        Ok(Outcome { changes, erased: self.erased })
    }

    /// A letter waits for somebody while its run is the latest and has failed.
    fn settle_letters(&mut self, touched: &mut Touched) -> Result<(), Error> {
        let ended = touched.now.awaits_somebody();
        let is_the_same = ended == touched.before.awaits_somebody();
        if touched.now.letters == 0 || is_the_same && !touched.has_new_letters {
            return Ok(());
        }
        for letter in letters::closable_of(self.connection, &touched.now.id)? {
            let open = ended.is_some() && ended == letter.run;
            if open != letter.open {
                letters::set_open(self.connection, letter.place, open)?;
                self.counts.add(Kind::Letter, letter.stage.as_str(), &letter.code, if open { 1 } else { -1 });
                self.letters_changed = true;
            }
        }
        Ok(())
    }

    fn settle_vendor(&mut self, touched: &mut Touched) -> Result<(), Error> {
        let now = &mut touched.now;
        if now.erased {
            now.vendor = None;
            now.held.values_mut().for_each(|status| status.bill = None);
            if now.letters > 0 {
                letters::forget_vendors(self.connection, &now.id)?;
            }
            self.erased |= touched.before != *now || touched.has_new_letters;
            return Ok(());
        }
        let billed = now.status().and_then(|status| status.bill.as_ref()).map(|bill| bill.vendor_name.clone());
        now.vendor = match billed.filter(|name| !name.is_empty()) {
            Some(name) => Some(name),
            None if now.letters > 0 => letters::vendor_of(self.connection, &now.id)?,
            None => None,
        };
        Ok(())
    }

    /// What an invoice has cost belongs to the model that answered, which its status names, whenever that comes.
    fn settle_spending(&mut self, touched: &Touched) -> Result<(), Error> {
        let model = |known: &Known| known.status().and_then(|status| status.model.clone()).unwrap_or_default();
        let (before, now) = (model(&touched.before), model(&touched.now));
        for (day, cost) in &touched.spent {
            self.counts.add(Kind::Spent, day, &now, *cost);
        }
        if before == now || touched.is_new {
            return Ok(());
        }
        for (day, cost) in events::spending_of(self.connection, touched.now.number)? {
            let earlier = cost - touched.spent.get(&day).copied().unwrap_or(0);
            self.counts.add(Kind::Spent, &day, &before, -earlier);
            self.counts.add(Kind::Spent, &day, &now, earlier);
        }
        Ok(())
    }

    fn write(&mut self, touched: &mut Touched) -> Result<(), Error> {
        let Touched { before, now, is_new, .. } = touched;
        let wanted = now.status().map(|status| Order::of(status.at_ms, &now.id));
        // One that stands beside its place because another has that stays there.
        let stays = before.place.is_some()
            && before.status().map(|status| status.at_ms) == now.status().map(|status| status.at_ms);
        now.place = match wanted {
            Some(_) if stays => before.place,
            Some(wanted) => Some(free_place(self.connection, wanted)?),
            None => None,
        };
        if before == now && !*is_new {
            return Ok(());
        }
        let (old, new) = (before.words(), now.words());
        self.index.replace(before.place.zip(old.as_ref()), now.place.zip(new.as_ref()));
        self.count(before, old, -1);
        self.count(now, new, 1);
        write_row(self.connection, now, *is_new)
    }

    fn count(&mut self, known: &Known, words: Option<Words>, n: i64) {
        let Some(status) = known.status() else { return };
        self.counts.add(Kind::State, &word(&status.state), status.stage.as_str(), n);
        for name in words.into_iter().flat_map(|words| words.names) {
            self.counts.add(Kind::Word, &name, "", n);
        }
    }
}

impl Touched {
    fn change(&self) -> Option<Change> {
        if self.before == self.now {
            return None;
        }
        match self.now.invoice() {
            Some(invoice) => Some(Change::Invoice(Arc::new(invoice))),
            None if self.before.status().is_some() => self.now.id.parse::<InvoiceId>().ok().map(Change::Removed),
            None => None,
        }
    }
}

/// The wanted place, or the next that no other invoice has.
fn free_place(connection: &Connection, wanted: Order) -> rusqlite::Result<Order> {
    let mut taken = connection.prepare_cached("SELECT 1 FROM invoice WHERE place = ?")?;
    let mut place = wanted;
    while taken.exists([place.get()])? {
        place = place.next();
    }
    Ok(place)
}

fn write_row(connection: &Connection, known: &Known, is_new: bool) -> Result<(), Error> {
    let (latest, several) = (known.latest(), known.held.len() > 1);
    let json = |status| serde_json::to_string(status).map_err(|_| Error::Foreign);
    let held = several.then(|| serde_json::to_string(&known.held).map_err(|_| Error::Foreign)).transpose()?;
    let values = rusqlite::params![
        known.number,
        known.id,
        known.place.map(Order::get),
        latest.map(|(partition, _)| partition),
        latest.map(|(_, status)| json(status)).transpose()?,
        held,
        known.vendor,
        known.first_seen_ms,
        known.letters,
        known.erased,
    ];
    let insert =
        "INSERT INTO invoice (number, id, place, partition, status, held, vendor, first_seen_ms, letters, erased)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let update = "UPDATE invoice SET id = ?2, place = ?3, partition = ?4, status = ?5, held = ?6, vendor = ?7,
                  first_seen_ms = ?8, letters = ?9, erased = ?10 WHERE number = ?1";
    connection.prepare_cached(if is_new { insert } else { update })?.execute(values)?;
    Ok(())
}
