//! A group member whose rebalance callback is ours, as the engine's is.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use crate::lab::{PATIENCE, Result};

/// When revoked partitions are given back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revoke {
    /// In the callback, as the client's default does.
    AtOnce,
    /// When the poll thread says so; the callback returns with nothing done.
    Deferred,
}

/// One call of the rebalance callback.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) assign: bool,
    pub(crate) partitions: Vec<i32>,
    pub(crate) lost: bool,
}

/// Which client fetches the records of the partitions that the group assigns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fetching {
    /// The subscribed consumer itself.
    Together,
    /// A second client that never subscribes; the subscribed one only holds the membership.
    Apart,
}

/// A consumer, what its callback saw, and which records it was given when.
#[derive(Clone)]
pub(crate) struct Member {
    consumer: Arc<Membership>,
    fetcher: Option<Arc<BaseConsumer>>,
    topic: String,
    received: Arc<Mutex<Vec<(Instant, i32)>>>,
}

/// The subscribed client. Dropping a client polls it until it has left the group, which a callback that defers would
/// never let happen.
struct Membership(BaseConsumer<Callback>);

impl Drop for Membership {
    fn drop(&mut self) {
        let mut state = lock(&self.0.context().state);
        state.revoke = Revoke::AtOnce;
        let answer = match (state.pending.take(), state.fetching) {
            (None, _) => return,
            (Some(pending), Fetching::Together) => pending,
            (Some(_), Fetching::Apart) => TopicPartitionList::new(),
        };
        drop(state);
        if let Err(error) = self.0.incremental_unassign(&answer) {
            eprintln!("premises: a revoke was left unanswered: {error}");
        }
    }
}

pub(crate) struct Callback {
    state: Mutex<State>,
}

struct State {
    revoke: Revoke,
    fetching: Fetching,
    fetched: BTreeSet<i32>,
    calls: Vec<Call>,
    owned: BTreeSet<i32>,
    pending: Option<TopicPartitionList>,
    identity: Option<Arc<ConsumerGroupMetadata>>,
}

impl Member {
    pub(crate) fn join(config: &ClientConfig, topic: &str, revoke: Revoke) -> Result<Self> {
        Self::join_fetching(config, topic, revoke, Fetching::Together)
    }

    pub(crate) fn join_fetching(
        config: &ClientConfig,
        topic: &str,
        revoke: Revoke,
        fetching: Fetching,
    ) -> Result<Self> {
        let callback = Callback { state: Mutex::new(State::new(revoke, fetching)) };
        let consumer: BaseConsumer<Callback> = config.create_with_context(callback)?;
        consumer.subscribe(&[topic])?;
        let fetcher = match fetching {
            Fetching::Together => None,
            Fetching::Apart => Some(Arc::new(fetcher_that_knows(topic, config)?)),
        };
        Ok(Self {
            consumer: Arc::new(Membership(consumer)),
            fetcher,
            topic: topic.to_owned(),
            received: Arc::default(),
        })
    }

    /// Polls once and notes the record, if there was one.
    pub(crate) fn poll(&self, timeout: Duration) -> Result {
        let Some(fetcher) = &self.fetcher else {
            return self.note(self.consumer.0.poll(timeout));
        };
        self.note(self.consumer.0.poll(Duration::ZERO))?;
        self.fetch_what_is_owned(fetcher)?;
        self.note(fetcher.poll(timeout))
    }

    fn note(&self, polled: Option<KafkaResult<BorrowedMessage<'_>>>) -> Result {
        match polled {
            Some(Ok(record)) => lock(&self.received).push((Instant::now(), record.partition())),
            // The client says so before it revokes; the revoke is what the premises look at.
            Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::PollExceeded))) | None => {}
            Some(Err(error)) => return Err(error.into()),
        }
        Ok(())
    }

    /// Brings the fetcher into line with the membership. The stable offsets come from the subscribed client, which
    /// knows its coordinator already.
    fn fetch_what_is_owned(&self, fetcher: &BaseConsumer) -> Result {
        let (new, gone) = self.state().align();
        if !gone.is_empty() {
            fetcher.incremental_unassign(&self.positions(&gone))?;
        }
        if !new.is_empty() {
            let committed = self.consumer.0.committed_offsets(self.positions(&new), PATIENCE)?;
            for partition in &new {
                let mut element = committed.find_partition(&self.topic, *partition).ok_or("no answer")?;
                if element.offset() == Offset::Invalid {
                    element.set_offset(Offset::Beginning)?;
                }
            }
            fetcher.incremental_assign(&committed)?;
        }
        Ok(())
    }

    fn positions(&self, partitions: &[i32]) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(&self.topic, *partition);
        }
        list
    }

    pub(crate) fn poll_for(&self, duration: Duration) -> Result {
        let end = Instant::now() + duration;
        while Instant::now() < end {
            self.poll(Duration::from_millis(10))?;
        }
        Ok(())
    }

    /// Polls until `reached`, and says how long that took.
    pub(crate) fn poll_until(&self, reached: impl Fn(&Self) -> bool) -> Result<Duration> {
        let start = Instant::now();
        while !reached(self) {
            if start.elapsed() > PATIENCE {
                return Err("a group member waited for an event that did not come".into());
            }
            self.poll(Duration::from_millis(10))?;
        }
        Ok(start.elapsed())
    }

    /// The group's view of this member as of now.
    pub(crate) fn identity(&self) -> Result<ConsumerGroupMetadata> {
        Ok(self.consumer.0.group_metadata().ok_or("no group metadata")?)
    }

    /// The identity taken inside the latest callback.
    pub(crate) fn identity_of_last_call(&self) -> Option<Arc<ConsumerGroupMetadata>> {
        self.state().identity.clone()
    }

    /// Stops the fetching of what is being revoked.
    pub(crate) fn pause_pending(&self) -> Result {
        let pending = self.pending().ok_or("nothing is being revoked")?;
        match &self.fetcher {
            None => self.consumer.0.pause(&pending)?,
            Some(fetcher) => fetcher.pause(&pending)?,
        }
        Ok(())
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    pub(crate) fn partitions(&self) -> BTreeSet<i32> {
        self.state().owned.clone()
    }

    /// Revoked and not yet given back.
    pub(crate) fn pending(&self) -> Option<TopicPartitionList> {
        self.state().pending.clone()
    }

    /// Gives back what was revoked.
    fn give_back(&self) -> Result {
        let Some(moving) = self.state().pending.take() else {
            return Ok(());
        };
        match &self.fetcher {
            None => self.consumer.0.incremental_unassign(&moving)?,
            Some(fetcher) => {
                self.fetch_what_is_owned(fetcher)?;
                self.consumer.0.incremental_unassign(&TopicPartitionList::new())?;
            }
        }
        Ok(())
    }

    /// Gives back what is pending, and what is revoked from now on at once.
    pub(crate) fn stop_deferring(&self) -> Result {
        self.state().revoke = Revoke::AtOnce;
        self.give_back()
    }

    pub(crate) fn defer(&self) {
        self.state().revoke = Revoke::Deferred;
    }

    /// When records of the partitions given arrived, since `start`.
    pub(crate) fn received(&self, partitions: &BTreeSet<i32>, start: Instant) -> Vec<(Instant, i32)> {
        let received = lock(&self.received);
        received.iter().filter(|(at, partition)| *at >= start && partitions.contains(partition)).copied().collect()
    }

    /// The longest time without a record of one partition, over the partitions given.
    pub(crate) fn longest_gap(&self, partitions: &BTreeSet<i32>, start: Instant) -> Duration {
        let end = Instant::now();
        let mut longest = Duration::ZERO;
        for partition in partitions {
            let mut last = start;
            let arrivals = self.received(&BTreeSet::from([*partition]), start);
            for at in arrivals.into_iter().map(|(at, _)| at).chain([end]) {
                longest = longest.max(at - last);
                last = at;
            }
        }
        longest
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.consumer.0.context().state)
    }
}

impl State {
    fn new(revoke: Revoke, fetching: Fetching) -> Self {
        Self {
            revoke,
            fetching,
            fetched: BTreeSet::new(),
            calls: Vec::new(),
            owned: BTreeSet::new(),
            pending: None,
            identity: None,
        }
    }

    /// What the fetcher must begin and what it must end fetching; what is being revoked goes on until given back.
    fn align(&mut self) -> (Vec<i32>, Vec<i32>) {
        let mut wanted = self.owned.clone();
        let pending = self.pending.iter().flat_map(TopicPartitionList::elements);
        wanted.extend(pending.map(|element| element.partition()));
        let new = wanted.difference(&self.fetched).copied().collect();
        let gone = self.fetched.difference(&wanted).copied().collect();
        self.fetched = wanted;
        (new, gone)
    }
}

impl ClientContext for Callback {}

impl ConsumerContext for Callback {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let assign = code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let partitions: Vec<i32> = list.elements().iter().map(|element| element.partition()).collect();
        let mut state = lock(&self.state);
        let lost = consumer.assignment_lost();
        state.calls.push(Call { assign, partitions: partitions.clone(), lost });
        state.identity = consumer.group_metadata().map(Arc::new);
        let answer = match state.fetching {
            Fetching::Together => list.clone(),
            Fetching::Apart => TopicPartitionList::new(),
        };
        if assign {
            state.owned.extend(partitions);
        } else {
            state.owned.retain(|partition| !partitions.contains(partition));
        }
        let outcome = match (assign, state.revoke) {
            (true, _) => consumer.incremental_assign(&answer),
            (false, Revoke::AtOnce) => consumer.incremental_unassign(&answer),
            (false, Revoke::Deferred) => {
                state.pending = Some(list.clone());
                Ok(())
            }
        };
        if let Err(error) = outcome {
            self.error(error, "rebalance");
        }
    }
}

/// A client that learns of a topic by an assignment finds its leaders on a timer of 1 s; one that asked before does not.
fn fetcher_that_knows(topic: &str, config: &ClientConfig) -> Result<BaseConsumer> {
    let fetcher: BaseConsumer = config.create()?;
    fetcher.fetch_metadata(Some(topic), PATIENCE)?;
    Ok(fetcher)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
