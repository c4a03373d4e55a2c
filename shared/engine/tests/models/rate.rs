//! The shared rate limit over any schedule of replicas that gain and lose main partitions.

use engine::rate::{Limit, Share};
use proptest::prelude::*;
use std::time::Duration;

const WINDOW: u64 = 60_000;
const PARTITIONS: usize = 6;
const REPLICAS: usize = 3;
const START: u64 = 1_000_000;

#[derive(Debug, Clone)]
enum Step {
    /// The partition goes to the replica, or to nobody.
    Move(usize, Option<usize>),
    /// The replica starts anew and knows nothing of what it has spent.
    Restart(usize),
    Refused(usize),
    /// All spend what they can for so long. They look at their clocks only so often.
    Spend {
        ms: u64,
        every: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let replica = 0..REPLICAS;
    let step = prop_oneof![
        4 => (0..PARTITIONS, prop::option::weighted(0.8, replica.clone())).prop_map(|(one, to)| Step::Move(one, to)),
        1 => replica.clone().prop_map(Step::Restart),
        1 => replica.prop_map(Step::Refused),
        4 => (1_u64..30_000, 1_u64..3_000).prop_map(|(ms, every)| Step::Spend { ms, every }),
    ];
    prop::collection::vec(step, 0..60)
}

fn share(limit: Limit) -> Share {
    Share::new(limit, i32::try_from(PARTITIONS).unwrap_or(i32::MAX))
}

struct World {
    limit: Limit,
    shares: Vec<Share>,
    owners: Vec<Option<usize>>,
    now: u64,
    spent: Vec<u64>,
}

impl World {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Move(partition, to) => self.owners[*partition] = *to,
            Step::Restart(replica) => self.shares[*replica] = share(self.limit),
            Step::Refused(replica) => self.shares[*replica].refused(self.now),
            Step::Spend { ms, every } => (0..ms.div_ceil(*every)).for_each(|_| {
                self.now += every;
                (0..REPLICAS).for_each(|replica| self.spend(replica));
            }),
        }
        for replica in 0..REPLICAS {
            let owned = (0..).zip(&self.owners).filter(|(_, owner)| **owner == Some(replica)).map(|(id, _)| id);
            self.shares[replica].own(owned, false, self.now);
        }
    }

    fn spend(&mut self, replica: usize) {
        while self.shares[replica].ready_at(1, self.now).is_some_and(|at| at <= self.now) {
            self.shares[replica].take(1, self.now);
            self.spent.push(self.now);
        }
    }
}

proptest! {
    #[test]
    fn in_no_sliding_window_do_all_replicas_together_start_more_than_the_limit(units in 6_u32..200, steps in steps()) {
        let limit = Limit { units, window: Duration::from_millis(WINDOW) };
        let shares = vec![share(limit); REPLICAS];
        let owners = (0..REPLICAS).cycle().map(Some).take(PARTITIONS).collect();
        let mut world = World { limit, shares, owners, now: START, spent: Vec::new() };
        steps.iter().for_each(|step| world.step(step));
        let most = world.spent.iter().enumerate().map(|(first, from)| {
            world.spent[first..].iter().take_while(|at| **at < from + WINDOW).count()
        });
        prop_assert!(most.max().unwrap_or(0) <= usize::try_from(units).unwrap());
    }
}
