//! Handlers starting and ending: concurrency, the circuit breaker, and what follows a failure.

use super::intake::steady;
use super::{Core, Dispatch, Effect, Outcome, Phase, Suspect, Token};
use crate::breaker::{self, Permit};
use crate::failure::StageError;
use crate::record::{Now, millis};
use crate::retry::{Failed, MAX_WAIT, Next};
use crate::settle::Ended;
use contract::{Class, code};
use rust_decimal::Decimal;
use std::collections::VecDeque;
use std::time::Duration;

/// How long a call that was refused for a rate limit waits when the other side does not say.
const HOLD_MS: u64 = 1000;
/// An invoice that is refused this often while others get through is counted: it may be too much by itself.
const REFUSALS: u32 = 5;

impl Core {
    pub(super) fn start_ready(&mut self, now: Now) {
        if self.paused {
            return;
        }
        while self.in_air < self.concurrency.allowed() && !self.ready.is_empty() {
            let probe = match self.breaker.permit(now.steady_ms) {
                Permit::Free => false,
                Permit::Probe => true,
                Permit::Wait { .. } => return,
            };
            self.start_next(probe);
        }
    }

    fn start_next(&mut self, probe: bool) {
        let Some(token) = self.ready.pop_front() else { return };
        let Some(task) = self.tasks.get_mut(&token) else { return };
        let Some(passage) = &task.passage else { return };
        task.phase = Phase::InAir { probe };
        self.in_air += 1;
        if let Some(state) = self.partitions.get_mut(&task.partition) {
            state.busy += 1;
        }
        self.effects.push(Effect::Dispatch(Dispatch {
            token,
            partition: task.partition,
            epoch: task.epoch,
            invoice_id: passage.invoice_id.clone(),
            run: passage.run,
            attempt: passage.attempt,
            input: task.record.value.clone(),
        }));
    }

    /// A run of the handler ended.
    pub fn finished(&mut self, token: Token, outcome: Outcome, took_ms: u64, now: Now) {
        if let Some(at) = self.abandoned.remove(&token) {
            if !is_lease_lost(&outcome) {
                self.orphans.keep(at, outcome);
            }
            return;
        }
        let Some(task) = self.tasks.get_mut(&token) else { return };
        let Phase::InAir { probe } = task.phase else { return };
        self.in_air -= 1;
        let id = task.partition;
        self.forget_asks(token);
        if let Some(state) = self.partitions.get_mut(&id) {
            state.busy -= 1;
        }
        self.conclude(token, outcome, took_ms, probe, now);
        if self.partitions.get(&id).is_some_and(|state| state.draining) {
            self.drop_if_still_waiting(token);
        }
    }

    pub(super) fn conclude(&mut self, token: Token, outcome: Outcome, took_ms: u64, probe: bool, now: Now) {
        match outcome {
            Outcome::Done(product) => {
                self.answered(took_ms, probe, now);
                let Some(task) = self.tasks.get_mut(&token) else { return };
                let Some(passage) = &task.passage else { return };
                task.outcome = Some(Outcome::Done(product.clone()));
                let ended = Ended { record: &task.record, passage, took_ms, now_ms: now.wall_ms };
                let settlement = self.settler.forwarded(ended, product);
                self.settle(token, settlement, now);
            }
            Outcome::Undecodable(code, message) => self.reject(token, &code, &message, now),
            Outcome::Failed(error) if error.code == code::ENGINE_LEASE_LOST => self.make_ready(token),
            Outcome::Failed(error) => self.failed(token, error, took_ms, probe, now),
        }
    }

    fn failed(&mut self, token: Token, error: StageError, took_ms: u64, probe: bool, now: Now) {
        if let Some(wait) = parking_time(&error) {
            let until = now.steady_ms.saturating_add(millis(wait));
            self.breaker.park(until);
            self.parked = Some((until, error.code.clone()));
            self.unavailable_because = Some(error.code.clone());
            return self.put_back(token, &error);
        }
        if error.throttled {
            return self.throttled(token, &error, took_ms, probe, now);
        }
        match error.class {
            Class::Unavailable => self.unavailable(token, error, took_ms, probe, now),
            Class::Transient => self.count(token, &error, took_ms, now),
            Class::Permanent | Class::Review => {
                // The dependency has answered: it is there, whatever it thinks of this invoice.
                self.answered(took_ms, probe, now);
                self.count(token, &error, took_ms, now);
            }
        }
    }

    fn unavailable(&mut self, token: Token, error: StageError, took_ms: u64, probe: bool, now: Now) {
        let Some(task) = self.tasks.get_mut(&token) else { return };
        let Some(passage) = &task.passage else { return };
        let invoice = passage.invoice_id.fingerprint();
        task.phase = Phase::Suspect;
        let began = began(took_ms, now);
        self.breaker_failed(began, invoice, &error, now);
        if probe || !self.breaker.is_closed() {
            return self.put_back(token, &error);
        }
        let suspect = Suspect { token, error, began, took_ms, since: now.steady_ms };
        self.suspects.push_back(suspect);
    }

    /// A failure is the invoice's own once an attempt that began later has succeeded, or when so few failed meanwhile
    /// that the breaker stayed closed. Failures that open it are not counted.
    pub(super) fn judge_suspects(&mut self, now: Now) {
        if self.suspects.is_empty() {
            return;
        }
        self.breaker.reconsider(now.steady_ms);
        if !self.breaker.is_closed() {
            self.concurrency.outage();
            for suspect in std::mem::take(&mut self.suspects) {
                self.put_back(suspect.token, &suspect.error);
            }
        }
        let waits = |one: &Suspect| one.since + millis(breaker::WINDOW) > now.steady_ms;
        let (open, judged): (VecDeque<Suspect>, VecDeque<Suspect>) = std::mem::take(&mut self.suspects)
            .into_iter()
            .partition(|one| waits(one) && !self.breaker.was_there_after(one.began));
        self.suspects = open;
        for Suspect { token, error, took_ms, .. } in judged {
            self.count(token, &error, took_ms, now);
        }
    }

    /// The attempt was made and failed.
    fn count(&mut self, token: Token, error: &StageError, took_ms: u64, now: Now) {
        let Some(task) = self.tasks.get_mut(&token) else { return };
        let Some(passage) = &task.passage else { return };
        task.outcome = Some(Outcome::Failed(error.clone()));
        let failed = Failed {
            attempt: passage.attempt,
            class: error.class,
            retry_after: error.retry_after,
            in_doubt: passage.in_doubt || error.in_doubt,
        };
        let next = self.settings.retry.decide(failed, &mut self.rng);
        let ended = Ended { record: &task.record, passage, took_ms, now_ms: now.wall_ms };
        let settlement = match next {
            Next::Retry(wait) => {
                let wait = if error.retry_after.is_some() { wait } else { wait.mul_f64(self.settings.time_scale) };
                self.settler.retried(ended, error, wait)
            }
            Next::DeadLetter => self.settler.dead_lettered(ended, error),
        };
        self.settle(token, settlement, now);
    }

    /// The dependency has done nothing and asks for less. The call is made again after a while, and so are the others,
    /// more slowly; when most are refused, the breaker lets them rest.
    fn throttled(&mut self, token: Token, error: &StageError, took_ms: u64, probe: bool, now: Now) {
        self.permits.refused(now);
        self.concurrency.refused(now.steady_ms);
        let Some(task) = self.tasks.get_mut(&token) else { return };
        let Some(passage) = &task.passage else { return };
        let invoice = passage.invoice_id.fingerprint();
        task.refusals += 1;
        let refusals = task.refusals;
        self.breaker_failed(began(took_ms, now), invoice, error, now);
        let wait = error.retry_after.map_or_else(|| self.scaled(HOLD_MS), millis);
        self.refused = Some((now.steady_ms.saturating_add(wait), error.code.clone()));
        if probe || !self.breaker.is_closed() {
            self.breaker.rest(now.steady_ms.saturating_add(wait));
            return self.put_back(token, error);
        }
        if refusals > REFUSALS {
            return self.count(token, error, took_ms, now);
        }
        self.put_back_as(token, Phase::Held, error);
        self.held.push(steady(now).saturating_add_unsigned(wait), token);
    }

    fn breaker_failed(&mut self, began: u64, invoice: u128, error: &StageError, now: Now) {
        self.unavailable_because = Some(error.code.clone());
        let was_closed = self.breaker.is_closed();
        self.breaker.failed(now.steady_ms, began, invoice);
        if was_closed && !self.breaker.is_closed() {
            self.concurrency.outage();
        }
    }

    /// The dependency has given an answer.
    fn answered(&mut self, took_ms: u64, probe: bool, now: Now) {
        self.breaker.succeeded(now.steady_ms, began(took_ms, now), probe);
        self.concurrency.succeeded();
    }

    /// The attempt does not count; it is made again when there is permission.
    fn put_back(&mut self, token: Token, error: &StageError) {
        self.put_back_as(token, Phase::Ready, error);
        if self.tasks.contains_key(&token) {
            self.ready.push_back(token);
        }
    }

    fn put_back_as(&mut self, token: Token, phase: Phase, error: &StageError) {
        if let Some(task) = self.tasks.get_mut(&token) {
            task.phase = phase;
            if let Some(passage) = &mut task.passage {
                passage.in_doubt |= error.in_doubt;
                passage.paid_usd += error.cost.as_ref().map_or(Decimal::ZERO, |cost| cost.usd);
            }
        }
    }

    /// On a partition that is leaving, nothing is started again.
    fn drop_if_still_waiting(&mut self, token: Token) {
        if self.tasks.contains_key(&token) {
            self.remove_task(token);
            self.ready.retain(|ready| *ready != token);
            self.suspects.retain(|suspect| suspect.token != token);
        }
    }

    fn scaled(&self, ms: u64) -> u64 {
        millis(Duration::from_millis(ms).mul_f64(self.settings.time_scale))
    }
}

/// When an attempt that ends now began, its waits for permits aside.
fn began(took_ms: u64, now: Now) -> u64 {
    now.steady_ms.saturating_sub(took_ms)
}

/// A dependency that asks for more than one retry's longest wait is left alone for that time.
fn parking_time(error: &StageError) -> Option<Duration> {
    let may_wait = matches!(error.class, Class::Transient | Class::Unavailable);
    error.retry_after.filter(|wait| may_wait && *wait > MAX_WAIT)
}

fn is_lease_lost(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(error) if error.code == code::ENGINE_LEASE_LOST)
}
