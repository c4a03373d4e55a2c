//! What is done to processes and network, and when.

use super::plan::{STRIKING, moment};
use super::weather;
use contract::Stage;
use local::proxy::{Cut, Reach, Step, Trap};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::Value;
use std::time::Duration;

/// One blow. A replica is given by a number that is taken modulo those that run at that moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Strike {
    /// `kill -9`, and a new process after that time.
    Kill {
        stage: Stage,
        replica: usize,
        down: Duration,
    },
    /// SIGSTOP for longer than the session; the group goes on without it.
    Freeze {
        stage: Stage,
        replica: usize,
        lasts: Duration,
    },
    /// `kill -9` of the broker; all coordinators start anew.
    KillBroker {
        down: Duration,
    },
    FreezeBroker {
        lasts: Duration,
    },
    /// The connection breaks in the middle of the next transaction, if one comes in time.
    Cut {
        trap: Trap,
        outage: Duration,
        patience: Duration,
    },
    /// The network holds everything back and then delivers it.
    Pause {
        lasts: Duration,
    },
    /// A dependency is away.
    Outage {
        fault: Value,
        lasts: Duration,
    },
    /// Replicas come or drain until there are that many.
    Scale {
        stage: Stage,
        to: usize,
    },
}

const KILLS: usize = 6;
/// When a cut is prepared, in seconds: while the broker is there. The network has room for one cut at a time.
const CUTS: [f64; 8] = [0.8, 2.4, 4.0, 12.0, 13.8, 15.6, 17.4, 28.0];
/// The longest that a cut waits for its transaction, and the longest outage, in seconds.
const PATIENCE: f64 = 0.8;

/// A schedule in the order of time. `scaled` goes from one replica to four and back to two.
pub(super) fn strikes(scaled: Stage, rng: &mut StdRng) -> Vec<(Duration, Strike)> {
    let end = STRIKING.as_secs_f64();
    let mut all = vec![
        (moment(rng, 1.0, 4.0), Strike::Scale { stage: scaled, to: 4 }),
        (moment(rng, 21.0, 28.0), Strike::Scale { stage: scaled, to: 2 }),
        (moment(rng, 1.0, end), Strike::Pause { lasts: moment(rng, 0.5, 3.0) }),
    ];
    all.extend(broker(rng));
    for _ in 0..KILLS {
        let down = if rng.random_bool(0.5) { Duration::ZERO } else { moment(rng, 0.5, 3.0) };
        let strike = Strike::Kill { stage: any_stage(rng), replica: rng.random_range(0..12), down };
        all.push((moment(rng, 1.0, end), strike));
    }
    for _ in 0..2 {
        let strike =
            Strike::Freeze { stage: any_stage(rng), replica: rng.random_range(0..12), lasts: moment(rng, 8.0, 9.0) };
        all.push((moment(rng, 1.0, end - 6.0), strike));
        let strike = Strike::Outage { fault: weather::outage(rng), lasts: moment(rng, 2.0, 4.0) };
        all.push((moment(rng, 1.0, end - 3.0), strike));
    }
    for at in CUTS {
        all.push((moment(rng, at, at + 0.1), cut(rng)));
    }
    all.sort_by_key(|(at, _)| *at);
    all
}

/// The broker is killed once and frozen once, in either order, never at the same time.
fn broker(rng: &mut StdRng) -> [(Duration, Strike); 2] {
    let kill = Strike::KillBroker { down: moment(rng, 0.0, 2.0) };
    let freeze = Strike::FreezeBroker { lasts: moment(rng, 7.0, 9.0) };
    let (early, late) = (moment(rng, 5.2, 6.0), moment(rng, 18.8, 20.0));
    if rng.random_bool(0.5) { [(early, kill), (late, freeze)] } else { [(early, freeze), (late, kill)] }
}

fn cut(rng: &mut StdRng) -> Strike {
    let steps = [Step::Produce, Step::OffsetCommit, Step::End, Step::End];
    let cuts = [Cut::RequestLost, Cut::ReplyLost, Cut::RequestLate];
    let reaches = [Reach::Connection, Reach::Connection, Reach::Everyone];
    let trap = Trap {
        step: steps[rng.random_range(0..steps.len())],
        cut: cuts[rng.random_range(0..cuts.len())],
        reach: reaches[rng.random_range(0..reaches.len())],
        whose: if rng.random_bool(0.5) { String::new() } else { format!(".{}.", any_stage(rng)) },
    };
    Strike::Cut { trap, outage: moment(rng, 0.05, PATIENCE), patience: Duration::from_secs_f64(PATIENCE) }
}

fn any_stage(rng: &mut StdRng) -> Stage {
    Stage::ALL[rng.random_range(0..Stage::ALL.len())]
}
