//! Premise: after a commit whose answer never came, the broker can be asked what became of it, and is always right.
//!
//! The connection is cut around the request that ends a transaction. Then either the same producer tries again, or a
//! new one takes over its transactional id and reads the committed offsets back. What is concluded is checked
//! against what a reader of committed data sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use local::proxy::{Cut, Proxy, Reach, Step, Trap};
use rdkafka::Offset;
use rdkafka::client::ClientContext;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaError;
use rdkafka::producer::{FutureProducer, Producer};

use crate::lab::{Lab, PATIENCE, Result, describe, offsets, send_all};
use crate::report::Report;

const REPEATS: usize = 4;
const CUTS: [Cut; 3] = [Cut::RequestLost, Cut::ReplyLost, Cut::RequestLate];
/// How long one call of `commit_transaction` may take.
const COMMIT: Duration = Duration::from_secs(1);
/// How long the network is away when it comes back.
const OUTAGE: Duration = Duration::from_millis(2500);
/// When a late request arrives, in relation to the successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    BeforeInit,
    AfterReadBack,
}

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    let (input, output) = (lab.topic("input", 1)?, lab.topic("output", 1)?);
    let group = lab.name("group");
    let identity = lab.memberless(&group)?;
    let mut trials = Trials {
        lab,
        proxy: Proxy::start(lab.brokers())?,
        input,
        output,
        group,
        identity,
        next: 0,
        connection: Connection::default(),
    };
    trials.retried(report, "network back at once", Duration::ZERO)?;
    trials.retried(report, "network away for 2.5 s", OUTAGE)?;
    trials.rebuilt(report, Arrival::BeforeInit)?;
    trials.rebuilt(report, Arrival::AfterReadBack)?;
    trials.leak(report, Recovery::Retry)?;
    trials.leak(report, Recovery::Rebuild)
}

struct Trials<'a> {
    lab: &'a Lab,
    proxy: Proxy,
    input: String,
    output: String,
    group: String,
    identity: ConsumerGroupMetadata,
    next: i64,
    connection: Connection,
}

type Watched = FutureProducer<Connection>;

/// Remembers that the client reported an error outside any call.
#[derive(Clone, Default)]
struct Connection {
    disturbed: Arc<AtomicBool>,
}

impl ClientContext for Connection {
    fn error(&self, _: KafkaError, _: &str) {
        self.disturbed.store(true, Ordering::Relaxed);
    }
}

/// What is done about a commit in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recovery {
    Retry,
    Rebuild,
}

/// Conclusions and how many of them were wrong.
#[derive(Default)]
struct Tally {
    committed: usize,
    aborted: usize,
    wrong: usize,
    first_answers: Vec<String>,
}

impl Trials<'_> {
    /// The same producer calls `commit_transaction` until it says yes or gives up for good.
    fn retried(&mut self, report: &mut Report, case: &str, outage: Duration) -> Result {
        for cut in CUTS {
            let mut tally = Tally::default();
            let mut calls = 0;
            for _ in 0..REPEATS {
                let (producer, trial) = self.open_transaction()?;
                self.proxy.trap(at_the_end(cut));
                let healing = self.heal_after(outage);
                let first = producer.commit_transaction(COMMIT);
                healing.join().map_err(|_| "the healer panicked")??;
                calls += 1;
                tally.note(&first);
                let mut outcome = first;
                while matches!(&outcome, Err(KafkaError::Transaction(error)) if error.is_retriable()) {
                    outcome = producer.commit_transaction(COMMIT);
                    calls += 1;
                }
                drop(producer);
                self.proxy.discard();
                let concluded = if outcome.is_ok() { true } else { self.read_back(trial)? };
                self.judge(&mut tally, concluded, trial)?;
            }
            report.claim(tally.wrong == 0, &format!("{case}, {cut:?}, same producer retries"), tally.figure(calls));
        }
        Ok(())
    }

    /// The network does not come back for the old producer; a new one takes its id, then the offsets are read.
    fn rebuilt(&mut self, report: &mut Report, arrival: Arrival) -> Result {
        for cut in CUTS {
            if cut != Cut::RequestLate && arrival == Arrival::AfterReadBack {
                continue;
            }
            let (mut tally, mut late) = (Tally::default(), Vec::new());
            for _ in 0..2 * REPEATS {
                let (producer, trial) = self.open_transaction()?;
                self.proxy.trap(at_the_end(cut));
                let first = producer.commit_transaction(COMMIT);
                tally.note(&first);
                drop(producer);
                if cut == Cut::RequestLate && arrival == Arrival::BeforeInit {
                    late.extend(self.proxy.release()?);
                }
                let concluded = self.read_back(trial)?;
                if cut == Cut::RequestLate && arrival == Arrival::AfterReadBack {
                    late.extend(self.proxy.release()?);
                }
                self.proxy.restore();
                self.judge(&mut tally, concluded, trial)?;
            }
            let mut figure = tally.figure(2 * REPEATS);
            if !late.is_empty() {
                figure = format!("{figure}; it arrived {arrival:?} and was answered with error codes {late:?}");
            }
            report.claim(tally.wrong == 0, &format!("network stays away, {cut:?}, id re-initialised"), figure);
        }
        Ok(())
    }

    /// A late request to commit one transaction arrives during the next one of the same id.
    fn leak(&mut self, report: &mut Report, recovery: Recovery) -> Result {
        let (mut leaked, mut codes, mut noticed, mut said_ok) = (0, Vec::new(), 0, 0);
        for _ in 0..REPEATS {
            let (producer, _) = self.open_transaction()?;
            self.connection.disturbed.store(false, Ordering::Relaxed);
            self.proxy.trap(at_the_end(Cut::RequestLate));
            let healing = self.heal_after(Duration::ZERO);
            let mut outcome = producer.commit_transaction(COMMIT);
            healing.join().map_err(|_| "the healer panicked")??;
            said_ok += usize::from(outcome.is_ok());
            noticed += usize::from(self.connection.disturbed.swap(false, Ordering::Relaxed));
            while outcome.is_err() && recovery == Recovery::Retry {
                outcome = producer.commit_transaction(COMMIT);
            }
            let producer = match recovery {
                Recovery::Retry => producer,
                Recovery::Rebuild => self.producer()?,
            };
            let trial = self.begin(&producer)?;
            codes.extend(self.proxy.release()?);
            // This producer believes that it has aborted; an error here is the broker's surprise.
            let _ = producer.abort_transaction(PATIENCE);
            drop(producer);
            let _ = self.lab.producer(&self.id())?;
            leaked += usize::from(self.is_visible(trial)?);
        }
        let figure = format!("{leaked} of {REPEATS} aborted transactions became visible; answered with {codes:?}");
        let told = format!("{noticed} of {REPEATS}, and in {said_ok} the first commit_transaction said Ok");
        report.claim(noticed == REPEATS, "the error callback tells that a connection broke under the commit", told);
        match recovery {
            Recovery::Retry => report.measured("a late commit hits the next transaction after a mere retry", figure),
            Recovery::Rebuild => {
                report.claim(leaked == 0, "a late commit hits nothing after the id was re-initialised", figure);
            }
        }
        Ok(())
    }

    fn id(&self) -> String {
        self.lab.name("stage")
    }

    /// A producer behind the proxy.
    fn producer(&self) -> Result<Watched> {
        let mut config = self.lab.transactional(&self.id());
        config.set("bootstrap.servers", self.proxy.address()).set("reconnect.backoff.max.ms", "200");
        let producer: Watched = config.create_with_context(self.connection.clone())?;
        producer.init_transactions(PATIENCE)?;
        Ok(producer)
    }

    fn open_transaction(&mut self) -> Result<(Watched, i64)> {
        let producer = self.producer()?;
        let trial = self.begin(&producer)?;
        Ok((producer, trial))
    }

    /// One output and one offset, both numbered.
    fn begin(&mut self, producer: &Watched) -> Result<i64> {
        self.next += 1;
        producer.begin_transaction()?;
        send_all(producer, &self.output, &[(0, self.next.to_string())])?;
        let positions = offsets(&self.input, &[(0, self.next)], &format!("trial-{}", self.next));
        producer.send_offsets_to_transaction(&positions, &self.identity, PATIENCE)?;
        Ok(self.next)
    }

    fn heal_after(&self, outage: Duration) -> std::thread::JoinHandle<Result> {
        let healer = self.proxy.healer();
        std::thread::spawn(move || Ok(healer.heal_after(outage)?))
    }

    /// Fences the old producer and asks for the stable offset, past the proxy.
    fn read_back(&self, trial: i64) -> Result<bool> {
        let start = Instant::now();
        let _successor = self.lab.producer(&self.id())?;
        let found = self.lab.committed(&self.group, &self.input, 0)?;
        if start.elapsed() > Duration::from_secs(5) {
            eprintln!("in-doubt: reading back took {:?}", start.elapsed());
        }
        Ok(found == (Offset::Offset(trial), format!("trial-{trial}")))
    }

    fn judge(&self, tally: &mut Tally, concluded: bool, trial: i64) -> Result {
        let truth = self.is_visible(trial)?;
        tally.wrong += usize::from(concluded != truth);
        if concluded {
            tally.committed += 1;
        } else {
            tally.aborted += 1;
        }
        Ok(())
    }

    fn is_visible(&self, trial: i64) -> Result<bool> {
        Ok(self.lab.visible(&self.output, 0)?.contains(&trial.to_string()))
    }
}

/// Everybody's network breaks at the next request that ends a transaction.
fn at_the_end(cut: Cut) -> Trap {
    Trap { step: Step::End, cut, reach: Reach::Everyone, whose: String::new() }
}

impl Tally {
    fn note(&mut self, first: &Result<(), KafkaError>) {
        let answer = first.as_ref().err().map_or_else(|| "Ok".to_owned(), describe);
        if !self.first_answers.contains(&answer) {
            self.first_answers.push(answer);
        }
    }

    fn figure(&self, calls: usize) -> String {
        let Self { committed, aborted, wrong, first_answers } = self;
        format!(
            "{committed} committed, {aborted} aborted, {wrong} wrong; {calls} calls, the first answered {first_answers:?}"
        )
    }
}
