//! From here on nothing goes wrong any more: does everything get settled?
//!
//! A stage that violates no law by doing nothing would pass all of them. So states are continued, without faults and
//! with time passing, until nothing is left to do.

use super::broker::{Place, Who};
use super::setup::Setup;
use super::world::{Action, World};

/// Steps that a bounded world never needs.
const TOO_MANY: usize = 2_000;
/// Time passes in steps of this length, long enough for any wait in a model.
const MINUTE: (u64, i64) = (60_000, 0);
/// How often nothing but time may pass before that is the end.
const PATIENCE: u8 = 4;

impl World {
    /// Whether every record is settled in the end, breaking no law on the way.
    pub(super) fn settles(&self, setup: &Setup) -> bool {
        let mut world = self.clone();
        (world.clocks, world.faults) = (PATIENCE, u8::MAX);
        for _ in 0..TOO_MANY {
            if world.breach.is_some() {
                return false;
            }
            match world.next_without_faults(setup) {
                Some(action) => world.step(setup, &action),
                None if world.clocks > 0 => world.step(setup, &Action::Pass(MINUTE.0, MINUTE.1)),
                None => return world.is_settled(),
            }
        }
        false
    }

    /// What is owned by nobody goes to the first replica.
    fn next_without_faults(&self, setup: &Setup) -> Option<Action> {
        let first_alive = |who: Who| self.replicas[..who].iter().all(|replica| !replica.alive || replica.expelled);
        self.progress(setup).into_iter().find(|action| match action {
            Action::Assign(who, _) => first_alive(*who),
            _ => true,
        })
    }

    fn is_settled(&self) -> bool {
        let open = self.broker.logs.iter().any(|(id, log)| {
            let records = (0_i64..).zip(log).filter(|(_, place)| matches!(place, Place::Record(_)));
            records.into_iter().any(|(offset, _)| !self.broker.books.is_settled((*id, offset)))
        });
        !open && self.is_at_rest() && self.breach.is_none()
    }
}
