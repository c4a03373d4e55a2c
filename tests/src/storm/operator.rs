//! The people of a storm: they pause stages, and replay, discard, erase and resubmit dead letters while everything shakes, some
//! of them twice at once. What they do about a letter follows from the seed, the invoice and the run alone.

use super::press::Press;
use super::watch::follow;
use contract::{Command, CommandKind, DeadLetter, InvoiceId, Request, Topics};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;
use stream::client::ClientSettings;
use stream::read::Record;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// A run that nobody brings back to life, so that the storm ends.
const LAST_RUN: u32 = 4;

/// What somebody does about a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Replay,
    Discard,
    /// Asks for the invoice as if for the first time.
    Resubmit,
    /// Wants it to be forgotten.
    Erase,
}

pub(super) struct Operator {
    seed: u64,
    press: Press,
    letters: mpsc::UnboundedReceiver<Record>,
    readers: JoinSet<()>,
}

impl Operator {
    pub(super) fn new(seed: u64, press: Press, kafka: &ClientSettings, topics: &Topics) -> Self {
        let (found, letters) = mpsc::unbounded_channel();
        let mut readers = JoinSet::new();
        for stage in contract::Stage::ALL {
            let (kafka, topic, found) = (kafka.clone(), topics.dead_letter(stage), found.clone());
            readers.spawn(async move {
                // Nobody listens any more once the operator has gone home.
                follow(&kafka, &topic, |letter| _ = found.send(letter)).await;
            });
        }
        Self { seed, press, letters, readers }
    }

    /// Works until the end of the day, and then until everything begun is sent.
    pub(super) async fn work(mut self, end_of_day: impl Future<Output = ()>) {
        let mut errands = JoinSet::new();
        errands.spawn(pause_in_turn(self.seed, self.press.clone()));
        tokio::pin!(end_of_day);
        loop {
            tokio::select! {
                () = &mut end_of_day => break,
                letter = self.letters.recv() => {
                    let Some(letter) = letter else { break };
                    self.decide(&letter, &mut errands);
                }
            }
        }
        self.readers.shutdown().await;
        errands.join_all().await;
    }

    fn decide(&self, letter: &Record, errands: &mut JoinSet<()>) {
        let Some((id, envelope)) = replayable(letter) else { return };
        let mut rng = StdRng::seed_from_u64(self.seed ^ fold(id.fingerprint()) ^ u64::from(envelope.error.run));
        if envelope.error.run >= LAST_RUN {
            return;
        }
        for act in acts(&mut rng) {
            let wait = Duration::from_millis(rng.random_range(0..800));
            let errand = errand(act, letter, &id, &envelope);
            let press = self.press.clone();
            errands.spawn(async move {
                tokio::time::sleep(wait).await;
                match errand {
                    Some(Errand::Command(command)) => press.command(&command).await,
                    Some(Errand::Request(request)) => press.request(request).await,
                    None => {}
                }
            });
        }
    }
}

/// Each stage is paused for a moment, and always resumed: a storm that ends in a pause would never be over.
async fn pause_in_turn(seed: u64, press: Press) {
    let mut rng = StdRng::seed_from_u64(!seed);
    for stage in contract::Stage::ALL {
        tokio::time::sleep(Duration::from_millis(rng.random_range(2_000..7_000))).await;
        press.control(stage, true).await;
        tokio::time::sleep(Duration::from_millis(rng.random_range(500..2_500))).await;
        press.control(stage, false).await;
    }
}

/// What is done about a letter: nothing, one thing, or two at once.
fn acts(rng: &mut StdRng) -> Vec<Act> {
    match rng.random_range(0..100) {
        0..35 => vec![Act::Replay],
        35..45 => vec![Act::Replay, Act::Replay],
        45..52 => vec![Act::Replay, Act::Discard],
        52..60 => vec![Act::Replay, Act::Resubmit],
        60..70 => vec![Act::Discard],
        70..80 => vec![Act::Resubmit],
        80..85 => vec![Act::Erase],
        85..90 => vec![Act::Replay, Act::Erase],
        _ => Vec::new(),
    }
}

enum Errand {
    Command(Box<Command>),
    Request(Request),
}

fn errand(act: Act, letter: &Record, id: &InvoiceId, envelope: &DeadLetter) -> Option<Errand> {
    let command = |command| {
        Some(Errand::Command(Box::new(Command {
            command,
            invoice_id: id.clone(),
            run: envelope.error.run,
            dead_letter: Some(letter.coordinates()),
            actor: "storm".to_owned(),
            reason: None,
        })))
    };
    match act {
        Act::Replay => command(CommandKind::Replay { stage: envelope.error.stage, input: envelope.input.clone() }),
        Act::Discard => command(CommandKind::Discard),
        Act::Erase => command(CommandKind::Erase),
        // Only the first stage's letters hold what was submitted.
        Act::Resubmit => serde_json::from_str(envelope.input.get()).ok().map(Errand::Request),
    }
}

/// The invoice and the letter, unless it is of a record that was refused.
fn replayable(letter: &Record) -> Option<(InvoiceId, DeadLetter)> {
    let id = letter.invoice_id().filter(|id| !id.as_str().starts_with("rejected:"))?;
    Some((id, serde_json::from_slice(letter.value.as_deref()?).ok()?))
}

fn fold(fingerprint: u128) -> u64 {
    let [high, low] = [fingerprint >> 64, fingerprint & u128::from(u64::MAX)];
    u64::try_from(high ^ low).expect("both halves have 64 bits")
}
