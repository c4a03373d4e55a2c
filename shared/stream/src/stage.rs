//! Runs one stage: carries events to the engine's state machine and its effects to Kafka and the handler.
//!
//! Nothing is decided here. What a record becomes, when it is committed, and who may start what is decided in
//! `engine::core`.

use crate::client::ClientSettings;
use crate::commit::{self, Committer};
use crate::error::Error;
use crate::event::{Event, Events};
use crate::fetch::{self, Fetcher, Lag};
use crate::ground::{Ground, Watch, await_topics, until};
use crate::heartbeat::Heart;
use crate::membership::{self, Membership};
use crate::metrics::Metrics;
use crate::ownership::{Ownership, PartitionLease};
use crate::pause::PauseReader;
use crate::permit::{AttemptLease, Waited};
use crate::probes::Probes;
use crate::status::{self, StatusReader};
use crate::watchdog::Watchdog;
use crate::{attempt, clock};
use contract::{Stage, Topics};
use engine::Handler;
use engine::core::{Ask, Core, Dispatch, Effect, PartitionId};
use engine::record::Source;
use engine::settle::Settlement;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// How long the last transactions may take after the last attempt has ended. What they carry has been paid for, so a
/// broker that restarts in the middle of a drain is waited for.
const COMMIT_GRACE: Duration = Duration::from_secs(30);
/// How long leaving the groups may take.
const LEAVE_GRACE: Duration = Duration::from_secs(5);
/// The number of the loop for the probes, after those of the polling threads.
const MAIN_LOOP: usize = 3;
/// Events taken from the queue at once.
const BURST: usize = 256;

/// Everything a stage needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    pub kafka: ClientSettings,
    pub topics: Topics,
    /// Of each topic, as the settings say.
    pub partitions: i32,
    /// Unique among the replicas of the stage and stable over restarts.
    pub instance: String,
    pub engine: engine::settings::Settings,
}

/// Runs the stage until `shutdown` turns true and everything in the air is settled.
///
/// # Errors
/// When the stage cannot start, or a group has no committed offset. An absent cluster is waited for.
pub async fn run<H: Handler>(
    settings: Settings,
    handler: H,
    probes: Arc<Probes>,
    registry: &prometheus::Registry,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), Error> {
    let metrics = Arc::new(Metrics::fresh());
    instruments::register(registry, metrics.as_ref())?;
    let partitions = settings.partitions;
    let ground = Ground { kafka: settings.kafka.clone(), topics: settings.topics.clone(), partitions };
    let Some(()) = await_topics(H::STAGE, &ground, &mut shutdown).await.transpose()? else { return Ok(()) };
    let (events, mut queue) = Events::channel();
    let rng = StdRng::from_rng(&mut rand::rng());
    let mut core = Core::new(H::STAGE, settings.topics.clone(), partitions, settings.engine.clone(), rng);
    let connect =
        Connections::open(H::STAGE, settings.clone(), events.clone(), Arc::clone(&probes), Arc::clone(&metrics));
    let Some(mut connections) = until(connect, &mut shutdown).await.transpose()? else { return Ok(()) };
    let paused = connections.pause.at_first().await;
    core.paused(paused, clock::now());
    let watch = Watch::start(H::STAGE, ground, events.clone(), shutdown);
    let mut stage = Running {
        core,
        connections,
        handler: Arc::new(handler),
        events,
        metrics,
        watchdog: Watchdog::new(H::STAGE, settings.topics.clone()),
        settings,
        asks: HashMap::new(),
        next_ask: 0,
    };
    let ended = stage.turn_until_drained(&mut queue, &probes, watch.shutdown()).await;
    drop(queue);
    stage.connections.close().await;
    watch.verdict(ended)
}

/// The clients of one stage.
struct Connections {
    memberships: HashMap<Source, Arc<Membership>>,
    fetcher: Fetcher,
    status: Option<StatusReader>,
    committer: Committer,
    pause: PauseReader,
    heart: Heart,
    ownership: Arc<Ownership>,
}

impl Connections {
    /// The transactional id first: it frees what an earlier process of this instance left open, and only then are
    /// the committed offsets stable.
    async fn open(
        stage: Stage,
        settings: Settings,
        events: Events,
        probes: Arc<Probes>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, Error> {
        let open = move || {
            let Settings { kafka, topics, instance, .. } = settings;
            let transactional_id = topics.transactional_id(stage, &instance);
            let producer = commit::producer(&kafka, &transactional_id, &metrics)?;
            // First, as it takes a while and the first attempt waits for it.
            let group = topics.main_group(stage);
            let pause = PauseReader::start(&kafka, topics.stages(), &group, stage, events.clone())?;
            let lag = Arc::new(Lag::default());
            let heart = Heart::start(&kafka, topics.stages(), stage, instance, Arc::clone(&lag))?;
            let ownership = Arc::new(Ownership::new(membership::SESSION_TIMEOUT));
            let fetcher = Fetcher::start(
                &kafka,
                fetch::Parts {
                    stage,
                    topics: topics.clone(),
                    events: events.clone(),
                    ownership: Arc::clone(&ownership),
                    probes: Arc::clone(&probes),
                    metrics: Arc::clone(&metrics),
                    lag,
                },
            )?;
            let status = (stage == Stage::FetchExtract)
                .then(|| StatusReader::start(&kafka, topics.status(), &topics.main_group(stage), events.clone()))
                .transpose()?;
            let mut memberships = HashMap::new();
            for source in Source::ALL {
                let (topic, group) = match source {
                    Source::Main => (topics.main(stage), topics.main_group(stage)),
                    Source::Retry => (topics.retry(stage), topics.retry_group(stage)),
                };
                let parts = membership::Parts {
                    source,
                    topic,
                    group,
                    events: events.clone(),
                    ownership: Arc::clone(&ownership),
                    probes: Arc::clone(&probes),
                    metrics: Arc::clone(&metrics),
                };
                memberships.insert(source, Arc::new(Membership::join(&kafka, parts)?));
            }
            let parts = commit::Parts {
                settings: kafka,
                topics,
                stage,
                transactional_id,
                memberships: memberships.clone(),
                ownership: Arc::clone(&ownership),
                metrics,
                events,
            };
            let committer = Committer::start(parts, producer)?;
            Ok(Self { memberships, fetcher, status, committer, pause, heart, ownership })
        };
        tokio::task::spawn_blocking(open).await.expect("opening the connections does not panic")
    }

    /// Leaves the groups, so that they do not wait for this process. What is not drained by now is not committed any
    /// more. A cluster that is away is not waited for: it notices after the session.
    async fn close(self) {
        self.ownership.surrender();
        let (left, all_left) = oneshot::channel();
        // Not a task: the runtime would wait for its end.
        let leaving = std::thread::Builder::new().name("leave".to_owned()).spawn(move || {
            self.committer.stop();
            self.fetcher.stop();
            if let Some(status) = self.status {
                status.stop();
            }
            for membership in self.memberships.into_values() {
                if let Ok(membership) = Arc::try_unwrap(membership) {
                    membership.leave();
                }
            }
            self.pause.stop();
            self.heart.stop();
            left.send(()).ok();
        });
        let left = leaving.is_ok() && matches!(tokio::time::timeout(LEAVE_GRACE, all_left).await, Ok(Ok(())));
        if !left {
            tracing::warn!("the groups were not left in time; they notice after the session timeout");
        }
    }
}

struct Running<H> {
    core: Core,
    connections: Connections,
    handler: Arc<H>,
    events: Events,
    metrics: Arc<Metrics>,
    watchdog: Watchdog,
    settings: Settings,
    /// Handlers that wait for a permit.
    asks: HashMap<Ask, oneshot::Sender<bool>>,
    next_ask: Ask,
}

impl<H: Handler> Running<H> {
    async fn turn_until_drained(
        &mut self,
        queue: &mut mpsc::Receiver<Event>,
        probes: &Probes,
        mut shutdown: watch::Receiver<bool>,
    ) -> Result<(), Error> {
        let mut burst = Vec::with_capacity(BURST);
        let mut drain_until = None;
        while !self.core.is_drained() {
            if drain_until.is_some_and(|until| clock::boot_ms() > until) {
                return Err(Error::DrainIncomplete);
            }
            let wake = Duration::from_millis(self.core.wake_in(clock::now()));
            tokio::select! {
                _ = queue.recv_many(&mut burst, BURST) => {}
                () = tokio::time::sleep(wake) => {}
                _ = shutdown.wait_for(|shutdown| *shutdown), if drain_until.is_none() => {
                    let limit = self.settings.engine.attempt_timeout + COMMIT_GRACE;
                    drain_until = Some(clock::boot_ms() + u64::try_from(limit.as_millis()).unwrap_or(u64::MAX / 2));
                    probes.drain();
                    self.core.shut_down(clock::now());
                }
            }
            for event in burst.drain(..) {
                self.hear(event)?;
            }
            for effect in self.core.effects(clock::now()) {
                self.carry_out(effect);
            }
            self.look(probes);
        }
        Ok(())
    }

    fn look(&mut self, probes: &Probes) {
        let now = clock::now();
        probes.turn(MAIN_LOOP);
        self.metrics.load(self.core.load(now));
        self.connections.heart.beat(&self.core, now);
        if self.watchdog.is_due(now.steady_ms) {
            self.metrics.waits(&self.core.wait_reasons(now));
            self.metrics.standing(&self.core.standing(now));
            self.watchdog.report(&self.core.watch(now), &self.metrics, now.steady_ms);
        }
    }

    fn hear(&mut self, event: Event) -> Result<(), Error> {
        let now = clock::now();
        match event {
            Event::Assigned(assigned) => {
                for one in assigned {
                    let foreign = self.core.assigned(one.id, one.epoch, one.position, &one.metadata, now);
                    if foreign {
                        self.metrics.foreign_metadata.with_label_values(&[one.id.0.as_str()]).inc();
                        tracing::warn!(partition = one.id.1, "the commit metadata is foreign; work may be repeated");
                    }
                    let (id, epoch, position) = (one.id, one.epoch, one.position);
                    self.connections.fetcher.command(fetch::Command::Assign { id, epoch, position });
                }
            }
            Event::Revoked(source, partitions) => self.core.revoked(source, &partitions, now),
            Event::Lost(source, partitions) => {
                self.core.lost(source, &partitions);
                partitions.iter().for_each(|partition| self.release((source, *partition)));
            }
            Event::Delivered(record, epoch) => {
                self.metrics.consumed.with_label_values(&[record.source.as_str()]).inc();
                self.core.delivered(record, epoch, now);
            }
            Event::ReachedEnd(id, epoch, end) => self.core.reached_end(id, epoch, end),
            Event::Finished { token, outcome, took_ms } => self.core.finished(token, outcome, took_ms, now),
            Event::PermitAsked { token, demand, reply } => {
                let ask = self.next_ask;
                self.next_ask += 1;
                self.asks.insert(ask, reply);
                self.core.permit_asked(ask, token, demand, now);
            }
            Event::CommitEnded(outcome) => self.core.commit_ended(outcome, now),
            Event::StatusRead(partition, epoch, read) => {
                read.into_iter().for_each(|(id, known)| self.core.status_read(partition, epoch, id, known));
            }
            Event::StatusEnd { partition, epoch, first: true } => self.core.status_restored(partition, epoch, now),
            Event::StatusEnd { partition, epoch, first: false } => self.core.status_fresh(partition, epoch, now),
            Event::Paused(paused) => {
                self.core.paused(paused, now);
                self.connections.heart.hasten();
            }
            Event::Fatal(error) => return Err(error),
        }
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Dispatch(dispatch) => self.dispatch(dispatch),
            Effect::Pause(id) => self.connections.fetcher.command(fetch::Command::Pause(id)),
            Effect::Resume(id) => self.connections.fetcher.command(fetch::Command::Resume(id)),
            Effect::RestoreStatus(partition, epoch) => self.ask_status(status::Command::Restore(partition, epoch)),
            Effect::ReadStatus(partition) => self.ask_status(status::Command::ReadToEnd(partition)),
            Effect::Permit { ask, granted } => {
                if let Some(reply) = self.asks.remove(&ask) {
                    // Who was cut off meanwhile does not wait any more.
                    reply.send(granted).ok();
                }
            }
            Effect::Commit(batch) => self.connections.committer.commit(batch),
            Effect::Unassign(source, partitions) => {
                self.connections.ownership.give_up(source, &partitions);
                partitions.iter().for_each(|(partition, _)| self.release((source, *partition)));
                if let Some(membership) = self.connections.memberships.get(&source) {
                    membership.answer_revoke();
                }
            }
            Effect::Settled((source, partition), offset, settlement) => {
                self.metrics.settled(source.as_str(), &settlement, clock::wall_ms());
                log_settled(source, partition, offset, &settlement);
            }
        }
    }

    fn release(&self, id: PartitionId) {
        self.connections.fetcher.command(fetch::Command::Unassign(id));
        if id.0 == Source::Main {
            self.ask_status(status::Command::Forget(id.1));
        }
    }

    fn ask_status(&self, command: status::Command) {
        if let Some(status) = &self.connections.status {
            status.command(command);
        }
    }

    fn dispatch(&self, dispatch: Dispatch) {
        let waited = Arc::new(Waited::default());
        let lease = Arc::new(AttemptLease {
            partition: PartitionLease {
                ownership: Arc::clone(&self.connections.ownership),
                partition: dispatch.partition,
                epoch: dispatch.epoch,
            },
            partitions: self.settings.partitions,
            token: dispatch.token,
            limited: self.settings.engine.limits.is_limited().then(|| self.events.clone()),
            waited: Arc::clone(&waited),
        });
        let (handler, events, metrics) = (Arc::clone(&self.handler), self.events.clone(), Arc::clone(&self.metrics));
        let time_limit = self.settings.engine.attempt_timeout;
        tokio::spawn(async move {
            let token = dispatch.token;
            let (outcome, took) = attempt::run(handler.as_ref(), dispatch, lease, &waited, time_limit).await;
            if let Some(cost) = attempt::paid::<H>(&outcome) {
                metrics.paid(cost);
            }
            let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            events.send(Event::Finished { token, outcome, took_ms }).await;
        });
    }
}

fn log_settled(source: Source, partition: i32, offset: i64, settlement: &Settlement) {
    let invoice = settlement.invoice_id.as_ref().map(ToString::to_string);
    let code = settlement.code.as_ref().map(ToString::to_string);
    let exit = settlement.exit.as_str();
    if code.is_some() {
        tracing::info!(
            invoice,
            exit,
            code,
            source = source.as_str(),
            partition,
            offset,
            took_ms = settlement.took_ms,
            "settled"
        );
    } else {
        tracing::debug!(
            invoice,
            exit,
            source = source.as_str(),
            partition,
            offset,
            took_ms = settlement.took_ms,
            "settled"
        );
    }
}
