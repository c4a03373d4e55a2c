//! Premise: a revoke may be answered long after its callback returned, while everything else goes on.
//!
//! The drain of moving partitions rests on this: the poll thread must keep receiving what stays, and what the moving
//! partitions finish must still be committed, for as long as an attempt lasts.

use std::collections::BTreeSet;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::producer::FutureProducer;

use crate::background::Background;
use crate::lab::{Lab, Result, commit_offset, describe, offsets, send_all};
use crate::member::{Fetching, Member, Revoke};
use crate::report::{Report, millis};

const PARTITIONS: i32 = 6;
const DRAIN: Duration = Duration::from_secs(5);
const SESSION_TIMEOUT: Duration = Duration::from_secs(6);
/// Between two records of one partition.
const FEED_EVERY: Duration = Duration::from_millis(10);
/// A gap below this is scheduling and fetching, not a rebalance.
const UNDISTURBED: Duration = Duration::from_millis(500);

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    one_client(lab, report)?;
    membership_apart(lab, report)
}

/// The obvious way, and why it is not taken.
fn one_client(lab: &Lab, report: &mut Report) -> Result {
    let scene = Scene::open(lab, "together", Fetching::Together)?;
    let peer = scene.add_peer()?;
    let watched = scene.drain()?.watch(|| Ok(()))?;
    report.claim(
        watched.gap >= DRAIN,
        "while its revoke is unanswered, a client that fetches for itself is given nothing",
        watched.gaps("all its partitions"),
    );
    report.claim(watched.refused.is_empty(), "its commits are accepted meanwhile", watched.commits());
    scene.drain()?.hand_over(report, &[&peer.member])?;
    scene.close([peer])
}

fn membership_apart(lab: &Lab, report: &mut Report) -> Result {
    let scene = Scene::open(lab, "apart", Fetching::Apart)?;
    report.measured("without a rebalance, longest gap between records of a partition", scene.baseline()?);
    let first = scene.add_peer()?;
    let watched = scene.drain()?.watch(|| Ok(()))?;
    judge(report, "one member joins", &watched);
    scene.drain()?.hand_over(report, &[&first.member])?;

    let second = scene.add_peer()?;
    let (bystander, since) = (first.member.partitions(), Instant::now());
    let mut late = None;
    let watched = scene.drain()?.watch(|| {
        late = Some(Peer::start(&scene)?);
        Ok(())
    })?;
    judge(report, "a third joins 2 s into the drain", &watched);
    let kept = &bystander & &first.member.partitions();
    let gap = first.member.longest_gap(&kept, since);
    let figure = format!("longest gap {:.0} ms over {kept:?}", millis(gap));
    report.claim(gap < UNDISTURBED, "a bystander's staying partitions flow meanwhile", figure);
    let late = late.ok_or("the third did not join")?;
    scene.drain()?.hand_over(report, &[&first.member, &second.member, &late.member])?;
    scene.leaves(report, late, &[&first.member, &second.member])?;
    scene.close([first, second])
}

fn judge(report: &mut Report, case: &str, watched: &Watched) {
    let flows = watched.gap < UNDISTURBED && !watched.staying.is_empty();
    report.claim(flows, &format!("{case}: staying partitions flow during a {DRAIN:?} drain"), watched.gaps("staying"));
    let figure =
        format!("{} records in the second before the pause, {} after it", watched.before_pause, watched.after_pause);
    report.claim(watched.after_pause == 0, &format!("{case}: moving partitions deliver until they are paused"), figure);
    let accepted = watched.refused.is_empty();
    report.claim(accepted, &format!("{case}: transactional commits of what moves"), watched.commits());
}

/// A topic that is being written to, and a member that owns all of it.
struct Scene<'a> {
    lab: &'a Lab,
    topic: String,
    group: String,
    fetching: Fetching,
    producer: FutureProducer,
    member: Member,
    feeder: Background,
}

impl<'a> Scene<'a> {
    fn open(lab: &'a Lab, name: &str, fetching: Fetching) -> Result<Self> {
        let (topic, group) = (lab.topic(name, PARTITIONS)?, lab.name(name));
        let producer = lab.producer(&lab.name(name))?;
        let feeder = Background::start(feed(lab, &topic)?);
        let member = Member::join_fetching(&lab.consumer(&group), &topic, Revoke::Deferred, fetching)?;
        let scene = Self { lab, topic, group, fetching, producer, member, feeder };
        scene.member.poll_until(|member| member.partitions().len() == PARTITIONS as usize)?;
        scene.member.poll_for(Duration::from_secs(1))?;
        Ok(scene)
    }

    fn baseline(&self) -> Result<String> {
        let start = Instant::now();
        self.member.poll_for(Duration::from_secs(2))?;
        Ok(format!("{:.0} ms", millis(self.member.longest_gap(&self.member.partitions(), start))))
    }

    /// Returns when the new member's partitions have been asked of the first one.
    fn add_peer(&self) -> Result<Peer> {
        let peer = Peer::start(self)?;
        self.member.poll_until(|member| member.pending().is_some())?;
        Ok(peer)
    }

    fn drain(&self) -> Result<Drain<'_>> {
        let pending = self.member.pending().ok_or("nothing is being revoked")?;
        let moving = pending.elements().iter().map(|element| element.partition()).collect();
        Ok(Drain { scene: self, moving })
    }

    /// A planned stop: what the leaver owned must not wait for its session to run out.
    fn leaves(&self, report: &mut Report, leaver: Peer, others: &[&Member]) -> Result {
        self.member.stop_deferring()?;
        let owned = leaver.member.partitions();
        leaver.poller.stop()?;
        let start = Instant::now();
        drop(leaver.member);
        let left = start.elapsed();
        self.member.poll_until(|member| {
            let everyone = [others, &[member]].concat();
            owned.iter().all(|partition| everyone.iter().any(|other| other.partitions().contains(partition)))
        })?;
        let figure =
            format!("left in {:.0} ms, {owned:?} owned again after {:.0} ms", millis(left), millis(start.elapsed()));
        let claim = !owned.is_empty() && start.elapsed() < SESSION_TIMEOUT / 2;
        report.claim(claim, "a dropped member that owned partitions leaves the group at once", figure);
        Ok(())
    }

    fn close(self, peers: impl IntoIterator<Item = Peer>) -> Result {
        for peer in peers {
            peer.poller.stop()?;
        }
        self.feeder.stop()
    }
}

/// What happened between a revoke and its answer.
struct Watched {
    staying: BTreeSet<i32>,
    gap: Duration,
    before_pause: usize,
    after_pause: usize,
    commits: usize,
    refused: Vec<String>,
}

impl Watched {
    fn gaps(&self, which: &str) -> String {
        format!("longest gap {:.0} ms over {which} ({:?} stay)", millis(self.gap), self.staying)
    }

    fn commits(&self) -> String {
        format!("{} of {} accepted {:?}", self.commits - self.refused.len(), self.commits, self.refused)
    }
}

/// The time in which moving partitions are finished.
struct Drain<'a> {
    scene: &'a Scene<'a>,
    moving: BTreeSet<i32>,
}

impl Drain<'_> {
    /// Serves what stays for the whole drain, commits what moves, and lets `midway` happen after 2 s.
    fn watch(&self, midway: impl FnOnce() -> Result) -> Result<Watched> {
        let member = &self.scene.member;
        let (start, staying) = (Instant::now(), member.partitions());
        let committing = self.commit_meanwhile();
        member.poll_for(Duration::from_secs(1))?;
        let before_pause = member.received(&self.moving, start).len();
        member.pause_pending()?;
        let paused = Instant::now();
        member.poll_for(Duration::from_secs(1))?;
        midway()?;
        member.poll_for(DRAIN.saturating_sub(start.elapsed()))?;
        let outcomes = committing.join().map_err(|_| "the committing thread panicked")??;
        Ok(Watched {
            gap: member.longest_gap(&staying, start),
            staying,
            before_pause,
            after_pause: member.received(&self.moving, paused).len(),
            commits: outcomes.len(),
            refused: outcomes.into_iter().filter_map(std::result::Result::err).collect(),
        })
    }

    /// Ten commits over the drain, from a thread of their own and with the identity as of each commit.
    fn commit_meanwhile(&self) -> JoinHandle<Result<Vec<Outcome>>> {
        let (member, producer) = (self.scene.member.clone(), self.scene.producer.clone());
        let (topic, partitions) = (self.scene.topic.clone(), self.moving.clone());
        thread::spawn(move || {
            let mut outcomes = Vec::new();
            for round in 1..=10 {
                let positions: Vec<(i32, i64)> = partitions.iter().map(|partition| (*partition, round)).collect();
                let identity = member.identity()?;
                let outcome = commit_offset(&producer, &identity, &offsets(&topic, &positions, "draining"));
                outcomes.push(outcome.map_err(|error| describe(&error)));
                thread::sleep(DRAIN / 12);
            }
            Ok(outcomes)
        })
    }

    /// Answers the revoke; which of the others inherits is the assignor's business.
    fn hand_over(&self, report: &mut Report, heirs: &[&Member]) -> Result {
        let (member, start) = (&self.scene.member, Instant::now());
        member.stop_deferring()?;
        member.poll_until(|_| heirs.iter().any(|heir| !heir.partitions().is_disjoint(&self.moving)))?;
        let assigned = start.elapsed();
        member.poll_until(|_| heirs.iter().any(|heir| !heir.received(&self.moving, start).is_empty()))?;
        member.defer();
        let figure =
            format!("assigned after {:.0} ms, first record after {:.0} ms", millis(assigned), millis(start.elapsed()));
        report.claim(true, "answered from the poll thread, the revoke hands the partitions over", figure);
        Ok(())
    }
}

type Outcome = Result<(), String>;

/// Another member of the group, polled by a thread of its own.
struct Peer {
    member: Member,
    poller: Background,
}

impl Peer {
    fn start(scene: &Scene<'_>) -> Result<Self> {
        let config = scene.lab.consumer(&scene.group);
        let member = Member::join_fetching(&config, &scene.topic, Revoke::AtOnce, scene.fetching)?;
        let polled = member.clone();
        let poller = Background::start(move || polled.poll(Duration::from_millis(10)));
        Ok(Self { member, poller })
    }
}

/// One record to every partition, then a rest.
fn feed(lab: &Lab, topic: &str) -> Result<impl FnMut() -> Result + Send + 'static> {
    let producer: FutureProducer = lab.client().set("linger.ms", "0").create()?;
    let records: Vec<(i32, String)> = (0..PARTITIONS).map(|partition| (partition, "fed".to_owned())).collect();
    let topic = topic.to_owned();
    Ok(move || {
        send_all(&producer, &topic, &records)?;
        thread::sleep(FEED_EVERY);
        Ok(())
    })
}
