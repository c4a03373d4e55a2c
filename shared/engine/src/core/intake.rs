//! Records coming in: repeats, poison, the gate of the first stage, due times.

use super::{Admission, Core, Effect, Epoch, PartitionId, Pending, Phase, Task, Token};
use crate::admission::{Act, CommandVerdict, UrlHash, Verdict};
use crate::record::{Now, Record, Source};
use crate::settle::{Passage, Settlement};
use crate::window::Delivery;
use contract::url::CanonicalUrl;
use contract::{Code, Command, Headers, InvoiceId, Request, Stage, Submission, code, partition};
use rust_decimal::Decimal;

/// Intake resumes when what was held has fallen to this share of the limit.
const RESUME_SHARE: usize = 2;
/// Bytes of a record's key, headers and bookkeeping, roughly.
const RECORD_OVERHEAD: usize = 1024;

impl Core {
    /// The shell received a record that was fetched during the given assignment of its partition.
    pub fn delivered(&mut self, record: Record, epoch: Epoch, now: Now) {
        let id = (record.source, record.partition);
        let Some(state) = self.partitions.get_mut(&id).filter(|state| state.epoch == epoch) else { return };
        if state.draining || state.window.deliver(record.offset) != Delivery::Process {
            return;
        }
        let token = self.next_token;
        self.next_token += 1;
        let weight = weight(&record);
        state.held_bytes += weight;
        self.held_bytes += weight;
        let task = Task {
            partition: id,
            epoch,
            record,
            passage: None,
            phase: Phase::Admission,
            open_since: now.steady_ms,
            refusals: 0,
            outcome: None,
        };
        self.tasks.insert(token, task);
        self.receive(token, now);
    }

    /// The partition holds no records between those delivered and `end`, only control records.
    pub fn reached_end(&mut self, id: PartitionId, epoch: Epoch, end: i64) {
        if let Some(state) = self.partitions.get_mut(&id).filter(|state| state.epoch == epoch) {
            state.window.advance_to(end);
        }
    }

    fn receive(&mut self, token: Token, now: Now) {
        let Some(task) = self.tasks.get(&token) else { return };
        if task.record.value.len() > self.settings.max_input_bytes {
            let message = format!(
                "the value has {} bytes, this stage takes {}",
                task.record.value.len(),
                self.settings.max_input_bytes
            );
            return self.reject(token, &code::POISON_TOO_LARGE, &message, now);
        }
        if self.stage == Stage::FetchExtract && task.record.source == Source::Main {
            return self.queue_at_gate(token, now);
        }
        match passage_of(&task.record, &self.settler.coordinates(&task.record)) {
            Err((code, message)) => self.reject(token, &code, &message, now),
            Ok(passage) => self.schedule(token, passage, now),
        }
    }

    /// Hands the record to the handler once it is due, unless this process has its result from an earlier assignment.
    fn schedule(&mut self, token: Token, passage: Passage, now: Now) {
        let Some(task) = self.tasks.get_mut(&token) else { return };
        if let Some(outcome) = self.orphans.take((task.partition, task.record.offset)) {
            task.passage = Some(passage);
            return self.conclude(token, outcome, 0, false, now);
        }
        let wait_ms = match task.record.source {
            Source::Main => 0,
            Source::Retry => wait_ms(&task.record, now.wall_ms),
        };
        task.passage = Some(passage);
        if wait_ms > 0 {
            let due_ms = steady(now).saturating_add(wait_ms);
            task.phase = Phase::Delayed { due_ms };
            self.delayed.push(due_ms, token);
        } else {
            task.phase = Phase::Ready;
            self.ready.push_back(token);
        }
    }

    pub(super) fn release_due(&mut self, now: Now) {
        while let Some(token) = self.delayed.pop_due(steady(now)) {
            if let Some(task) = self.tasks.get_mut(&token) {
                task.open_since = now.steady_ms;
            }
            self.make_ready(token);
        }
        while let Some(token) = self.held.pop_due(steady(now)) {
            self.make_ready(token);
        }
    }

    /// The task may start when there is permission.
    pub(super) fn make_ready(&mut self, token: Token) {
        if let Some(task) = self.tasks.get_mut(&token) {
            task.phase = Phase::Ready;
            self.ready.push_back(token);
        }
    }

    /// Re-appends the oldest waiting record of a partition when it holds up the offsets of too many behind it.
    pub(super) fn defer_what_pins(&mut self, now: Now) {
        let half = u64::from(self.settings.window_span) / 2;
        let pinned: Vec<(PartitionId, i64)> = self
            .partitions
            .iter()
            .filter(|(id, state)| id.0 == Source::Retry && !state.draining && state.window.span() > half)
            .filter_map(|(id, state)| Some((*id, state.window.lowest_open()?)))
            .collect();
        for (id, offset) in pinned {
            let pinning = self.tasks.iter().find(|(_, task)| task.partition == id && task.record.offset == offset);
            let Some((&token, task)) = pinning else { continue };
            if let (Phase::Delayed { due_ms }, Some(passage)) = (task.phase, &task.passage) {
                let remaining = u64::try_from(due_ms - steady(now)).unwrap_or(0);
                let settlement = self.settler.deferred(&task.record, passage, remaining);
                self.settle(token, settlement, now);
            }
        }
    }

    fn queue_at_gate(&mut self, token: Token, now: Now) {
        let Some(state) = self.tasks.get(&token).and_then(|task| self.partitions.get_mut(&task.partition)) else {
            return;
        };
        match &mut state.admission {
            Admission::Restoring { waiting, .. } => waiting.push(token),
            Admission::Open { .. } => self.admit(token, false, now),
            Admission::None => {}
        }
    }

    /// Decides about a record of the first stage's main topic.
    pub(super) fn admit(&mut self, token: Token, fresh: bool, now: Now) {
        let Some(task) = self.tasks.get(&token) else { return };
        if task.record.key.as_ref().is_some_and(|key| std::str::from_utf8(key).is_err()) {
            return self.reject(token, &code::POISON_KEY_NOT_UTF8, "the key is not UTF-8", now);
        }
        match Submission::decode(&task.record.value, self.settings.max_input_bytes) {
            Err((code, message)) => self.reject(token, &code, &message, now),
            Ok(Submission::Request(request)) => self.admit_request(token, &request, fresh, now),
            Ok(Submission::Command(command)) => self.admit_command(token, &command, fresh, now),
        }
    }

    fn admit_request(&mut self, token: Token, request: &Request, fresh: bool, now: Now) {
        let url = match CanonicalUrl::parse(&request.pdf_url) {
            Ok(url) => url,
            Err(error) => return self.reject(token, &code::POISON_WRONG_SCHEMA, &error.to_string(), now),
        };
        let invoice_id = request.invoice_id.clone().unwrap_or_else(|| url.invoice_id());
        let url_hash = UrlHash::parse(&url.hash());
        let Some(passage) = self.gate_passage(token, invoice_id, 1, url_hash) else { return };
        if self.is_misplaced(token, &passage.invoice_id) {
            return self.settle_with(token, now, |settler, record| settler.rerouted(record, &passage));
        }
        let id = passage.invoice_id.fingerprint();
        let Some(verdict) = self.index(token).map(|index| index.request(id, url_hash, fresh)) else { return };
        match verdict {
            Verdict::Run(run) => self.schedule(token, Passage { run, ..passage }, now),
            Verdict::Duplicate => {
                self.settle_with(token, now, |settler, record| settler.duplicate(record, &passage, now.wall_ms));
            }
            Verdict::Conflict => {
                let message = format!("invoice id {} was used before with another URL", passage.invoice_id);
                self.reject(token, &code::ADMISSION_ID_CONFLICT, &message, now);
            }
            Verdict::ReadStatusFirst => self.read_status_first(token),
        }
    }

    fn admit_command(&mut self, token: Token, command: &Command, fresh: bool, now: Now) {
        let id = command.invoice_id.clone();
        let Some(passage) = self.gate_passage(token, id, command.run, UrlHash::default()) else { return };
        if self.is_misplaced(token, &passage.invoice_id) {
            return self.settle_with(token, now, |settler, record| settler.rerouted(record, &passage));
        }
        let act = Act::from(&command.command);
        let id = passage.invoice_id.fingerprint();
        let Some(verdict) = self.index(token).map(|index| index.command(id, command.run, act, fresh)) else {
            return;
        };
        match verdict {
            CommandVerdict::Accept { url_hash, stage } => {
                let run = command.run + u32::from(act == Act::Replay);
                let passage = Passage { run, url_hash: url_hash.to_string(), ..passage };
                self.settle_with(token, now, |settler, record| {
                    settler.command_accepted(record, &passage, command, stage, now.wall_ms)
                });
            }
            CommandVerdict::Stale => self.settle_with(token, now, |settler, record| {
                settler.stale_command(record, &passage, command, now.wall_ms)
            }),
            CommandVerdict::ReadStatusFirst => self.read_status_first(token),
        }
    }

    fn read_status_first(&mut self, token: Token) {
        let Some(task) = self.tasks.get(&token) else { return };
        let Some(state) = self.partitions.get_mut(&task.partition) else { return };
        let Admission::Open { reading, waiting, .. } = &mut state.admission else { return };
        if reading.is_empty() {
            reading.push(token);
            self.effects.push(Effect::ReadStatus(task.partition.1));
        } else {
            waiting.push(token);
        }
    }

    /// A publisher's client may have chosen any key and partition; ours are the invoice id and its murmur2 partition.
    fn is_misplaced(&self, token: Token, id: &InvoiceId) -> bool {
        let own = partition::of_key(id.as_str().as_bytes(), self.partition_count);
        self.tasks.get(&token).is_some_and(|task| {
            task.record.partition != own || task.record.key.as_deref() != Some(id.as_str().as_bytes())
        })
    }

    fn index(&mut self, token: Token) -> Option<&mut crate::admission::Index> {
        let task = self.tasks.get(&token)?;
        match &mut self.partitions.get_mut(&task.partition)?.admission {
            Admission::Open { index, .. } => Some(index),
            Admission::None | Admission::Restoring { .. } => None,
        }
    }

    /// Headers that decide something are not believed at the gate: anybody can publish there.
    fn gate_passage(&self, token: Token, invoice_id: InvoiceId, run: u32, url_hash: UrlHash) -> Option<Passage> {
        let record = &self.tasks.get(&token)?.record;
        let Headers { traceparent, tracestate, .. } = record.headers.clone();
        Some(Passage {
            invoice_id,
            run,
            attempt: 1,
            submitted_ms: record.timestamp_ms,
            url_hash: url_hash.to_string(),
            origin: self.settler.coordinates(record),
            in_doubt: false,
            paid_usd: Decimal::ZERO,
            traceparent,
            tracestate,
        })
    }

    pub(super) fn reject(&mut self, token: Token, code: &Code, message: &str, now: Now) {
        self.settle_with(token, now, |settler, record| settler.rejected(record, code, message, now.wall_ms));
    }

    fn settle_with(
        &mut self,
        token: Token,
        now: Now,
        write: impl FnOnce(&crate::settle::Settler, &Record) -> Settlement,
    ) {
        if let Some(settlement) = self.tasks.get(&token).map(|task| write(&self.settler, &task.record)) {
            self.settle(token, settlement, now);
        }
    }

    /// The record leaves the window with the next transaction.
    pub(super) fn settle(&mut self, token: Token, settlement: Settlement, now: Now) {
        let Some(task) = self.remove_task(token) else { return };
        if let Some(state) = self.partitions.get_mut(&task.partition) {
            state.busy += 1;
            if state.uncommitted == 0 {
                state.uncommitted_since = now.steady_ms;
            }
            state.uncommitted += 1;
        }
        if self.unsent.is_empty() {
            self.unsent_since = now.steady_ms;
        }
        let Task { partition, epoch, record, passage, outcome, .. } = task;
        self.unsent.push_back(Pending { partition, epoch, record, passage, outcome, settlement });
    }

    pub(super) fn remove_task(&mut self, token: Token) -> Option<Task> {
        let task = self.tasks.remove(&token)?;
        let weight = weight(&task.record);
        self.held_bytes -= weight;
        if let Some(state) = self.partitions.get_mut(&task.partition) {
            state.held_bytes -= weight;
        }
        self.forget_asks(token);
        Some(task)
    }

    /// Pauses what has delivered too much, and resumes it when half of it is done.
    pub(super) fn balance_intake(&mut self) {
        let limit = self.settings.max_held_bytes;
        self.overfull = self.held_bytes > if self.overfull { limit / RESUME_SHARE } else { limit };
        let span = u64::from(self.settings.window_span);
        let fair = limit / self.partitions.len().max(1);
        let ids: Vec<PartitionId> = self.partitions.keys().copied().collect();
        for id in ids {
            let Some(state) = self.partitions.get(&id) else { continue };
            let far = state.window.span() >= if state.paused { span / 2 } else { span };
            let full = state.held_bytes > if state.paused { fair / RESUME_SHARE } else { fair };
            match (state.paused, far || full || self.overfull) {
                (false, true) => self.pause(id),
                (true, false) => self.resume(id),
                _ => {}
            }
        }
    }

    pub(super) fn pause(&mut self, id: PartitionId) {
        if let Some(state) = self.partitions.get_mut(&id) {
            state.paused = true;
            self.effects.push(Effect::Pause(id));
        }
    }

    fn resume(&mut self, id: PartitionId) {
        if let Some(state) = self.partitions.get_mut(&id) {
            state.paused = false;
            self.effects.push(Effect::Resume(id));
        }
    }
}

/// About how many bytes a record takes in memory.
fn weight(record: &Record) -> usize {
    record.value.len() + RECORD_OVERHEAD
}

/// How long the record still waits. It was appended before it was read, so never longer than its delay, whatever the
/// broker's clock and ours say; from here on the steady clock counts.
fn wait_ms(record: &Record, wall_ms: i64) -> i64 {
    let delay_ms = i64::try_from(record.headers.delay_ms.unwrap_or_default()).unwrap_or(i64::MAX);
    record.timestamp_ms.saturating_add(delay_ms).saturating_sub(wall_ms).clamp(0, delay_ms)
}

/// The steady clock as a due time.
pub(super) fn steady(now: Now) -> i64 {
    i64::try_from(now.steady_ms).unwrap_or(i64::MAX)
}

/// What a record between stages says about itself.
fn passage_of(record: &Record, at: &contract::Coordinates) -> Result<Passage, (Code, String)> {
    let key = record.key.as_deref().unwrap_or_default();
    let text = std::str::from_utf8(key).map_err(|_| (code::POISON_KEY_NOT_UTF8, "the key is not UTF-8".to_owned()))?;
    let invoice_id: InvoiceId =
        text.parse().map_err(|_| (code::POISON_BAD_KEY, "the key is not an invoice id".to_owned()))?;
    if record.value.is_empty() {
        return Err((code::POISON_EMPTY_VALUE, "the value is empty".to_owned()));
    }
    let headers = &record.headers;
    Ok(Passage {
        invoice_id,
        run: headers.run.unwrap_or(1),
        attempt: headers.attempt.unwrap_or(1).max(1),
        submitted_ms: headers.submitted_ms.unwrap_or(record.timestamp_ms),
        url_hash: headers.url_hash.clone().unwrap_or_default(),
        origin: headers.origin.clone().unwrap_or_else(|| at.clone()),
        in_doubt: headers.in_doubt,
        paid_usd: Decimal::ZERO,
        traceparent: headers.traceparent.clone(),
        tracestate: headers.tracestate.clone(),
    })
}
