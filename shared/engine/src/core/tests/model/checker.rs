//! The model checker: `stateright` walks every state that a setup can reach and holds it against the laws.

use super::books::Law;
use super::setup::Setup;
use super::world::{Action, World};
use stateright::{Checker, Model, Property};
use std::time::Instant;

/// With this environment variable, every world is searched with larger bounds: minutes instead of seconds.
const DEEPER: &str = "INVOICES_MODELS_DEEPER";

/// The names of the laws, as a counterexample shows them.
pub(super) const COMMIT: &str = "an offset is committed only with the outputs of its record";
pub(super) const ONCE: &str = "every record is settled once, and every invoice is in one place";
pub(super) const FORWARDS: &str = "a committed position never moves backwards";
pub(super) const ONCE_PAID: &str = "a handler that has answered is not run again";
pub(super) const OWNERSHIP: &str = "nothing of a partition is committed after it was lost";
pub(super) const DRAIN: &str = "nothing is started on a partition that was revoked";
pub(super) const PAUSE: &str = "while the stage is paused, nothing is started";
pub(super) const DOUBT: &str = "a dead letter never ends an effect in doubt before the last attempt";
pub(super) const ONE_RUN: &str = "of any number of submissions and commands one starts a run";
pub(super) const SETTLES: &str = "without further faults everything is settled";

impl Model for Setup {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        actions.extend(world.enabled(self));
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        Some(world.after(self, &action))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(COMMIT, |_, world: &World| world.breach != Some(Law::Commit)),
            Property::always(ONCE, |_, world: &World| world.breach != Some(Law::Once)),
            Property::always(FORWARDS, |_, world: &World| world.breach != Some(Law::Forwards)),
            Property::always(ONCE_PAID, |_, world: &World| world.breach != Some(Law::OncePaid)),
            Property::always(OWNERSHIP, |_, world: &World| world.breach != Some(Law::Ownership)),
            Property::always(DRAIN, |_, world: &World| world.breach != Some(Law::Drain)),
            Property::always(PAUSE, |_, world: &World| world.breach != Some(Law::Pause)),
            Property::always(DOUBT, |_, world: &World| world.breach != Some(Law::Doubt)),
            Property::always(ONE_RUN, |_, world: &World| world.breach != Some(Law::OneRun)),
            Property::always(SETTLES, |setup: &Self, world: &World| {
                let chosen = world.print().is_multiple_of(setup.continue_one_in);
                !chosen || world.breach.is_some() || world.settles(setup)
            }),
        ]
    }
}

/// Walks all states of the world. Every law must hold in each of them.
pub(super) fn check(setup: Setup) {
    let setup = if std::env::var_os(DEEPER).is_some() { setup.deeper() } else { setup };
    let name = setup.name;
    let began = Instant::now();
    let checker = setup.checker().spawn_bfs().join();
    println!(
        "{name}: {} states, {} steps, depth {}, {:.1} s",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        began.elapsed().as_secs_f64()
    );
    let broken =
        checker.discoveries().into_iter().map(|(law, path)| format!("{law}\n{}", written(&path.into_actions())));
    let broken: Vec<String> = broken.collect();
    assert!(broken.is_empty(), "{name}: broken: {}", broken.join("\n"));
}

/// The shortest way to a state in which the law is broken.
pub(super) fn find(setup: Setup, law: &'static str) -> Vec<Action> {
    let found = stateright::HasDiscoveries::AnyOf([law].into());
    let checker = setup.checker().finish_when(found).spawn_bfs().join();
    checker.discovery(law).unwrap_or_else(|| panic!("the checker did not find: {law}")).into_actions()
}

fn written(actions: &[Action]) -> String {
    actions.iter().map(|action| format!("  {action:?}\n")).collect()
}
