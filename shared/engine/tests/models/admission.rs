//! The admission index against a list of what was said about each invoice.

use contract::{Stage, State, Status};
use engine::admission::{Act, CommandVerdict, Index, Known, UrlHash, Verdict};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const URLS: [&str; 2] = ["00000000000a", "00000000000b"];
const STATES: [State; 9] = [
    State::Running,
    State::Retrying,
    State::Parked,
    State::Review,
    State::Posted,
    State::Dead,
    State::Discarded,
    State::Cancelled,
    State::Erased,
];

const ACTS: [Act; 3] = [Act::Replay, Act::Discard, Act::Erase];

#[derive(Debug, Clone)]
enum Step {
    Request {
        id: u8,
        url: usize,
        fresh: bool,
    },
    Command {
        id: u8,
        run: u32,
        act: Act,
        fresh: bool,
    },
    /// A status of the run that is so many before the latest one.
    Read {
        id: u8,
        before: u32,
        state: State,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = 0_u8..3;
    let step = prop_oneof![
        (id.clone(), prop::bool::weighted(0.2), any::<bool>()).prop_map(|(id, url, fresh)| Step::Request {
            id,
            url: usize::from(url),
            fresh
        }),
        (id.clone(), 1_u32..5, prop::sample::select(&ACTS[..]), any::<bool>())
            .prop_map(|(id, run, act, fresh)| Step::Command { id, run, act, fresh }),
        (id, 0_u32..3, prop::sample::select(&STATES[..])).prop_map(|(id, before, state)| Step::Read {
            id,
            before,
            state
        }),
    ];
    prop::collection::vec(step, 0..100)
}

/// The latest that was said of an invoice.
#[derive(Clone, Copy)]
struct Latest {
    url: usize,
    run: u32,
    state: State,
    stage: Stage,
}

fn is_running(latest: Latest) -> bool {
    matches!(latest.state, State::Running | State::Retrying | State::Parked)
}

fn request(latest: Option<Latest>, url: usize, fresh: bool) -> Verdict {
    match latest {
        None => Verdict::Run(1),
        Some(latest) if latest.url != url => Verdict::Conflict,
        Some(latest) if latest.state == State::Dead => Verdict::Run(latest.run + 1),
        Some(latest) if is_running(latest) && !fresh => Verdict::ReadStatusFirst,
        Some(_) => Verdict::Duplicate,
    }
}

fn command(latest: Option<Latest>, run: u32, act: Act, fresh: bool) -> CommandVerdict {
    match latest {
        Some(latest) if is_running(latest) && !fresh => CommandVerdict::ReadStatusFirst,
        Some(latest) if latest.run == run && allows(latest.state, act) => {
            CommandVerdict::Accept { url_hash: UrlHash::parse(URLS[latest.url]), stage: latest.stage }
        }
        _ => CommandVerdict::Stale,
    }
}

fn allows(state: State, act: Act) -> bool {
    match act {
        Act::Replay | Act::Discard => matches!(state, State::Dead | State::Review),
        Act::Erase => state.is_terminal() && state != State::Erased,
    }
}

fn status(latest: Latest) -> Status {
    Status {
        run: latest.run,
        stage: latest.stage,
        state: latest.state,
        attempt: 1,
        at_ms: 0,
        due_ms: None,
        code: None,
        url_hash: URLS[latest.url].to_owned(),
        bill: None,
        cost_usd: None,
        model: None,
    }
}

fn fingerprint(id: u8) -> u128 {
    (u128::from(id) + 1) << 100
}

proptest! {
    #[test]
    fn every_decision_follows_from_the_latest_state_and_no_run_starts_twice(steps in steps()) {
        let mut index = Index::default();
        let mut latest: BTreeMap<u8, Latest> = BTreeMap::new();
        let mut started = BTreeSet::new();
        for step in steps {
            match step {
                Step::Request { id, url, fresh } => {
                    let known = latest.get(&id).copied();
                    let verdict = index.request(fingerprint(id), UrlHash::parse(URLS[url]), fresh);
                    prop_assert_eq!(verdict, request(known, url, fresh));
                    if let Verdict::Run(run) = verdict {
                        prop_assert!(started.insert((id, run)), "run {} of {} was started before", run, id);
                        latest.insert(id, Latest { url, run, state: State::Running, stage: Stage::FetchExtract });
                    }
                }
                Step::Command { id, run, act, fresh } => {
                    let known = latest.get(&id).copied();
                    let verdict = index.command(fingerprint(id), run, act, fresh);
                    prop_assert_eq!(verdict, command(known, run, act, fresh));
                    if let (CommandVerdict::Accept { .. }, Some(known)) = (verdict, known) {
                        let next = match act {
                            Act::Replay => Latest { run: run + 1, state: State::Running, ..known },
                            Act::Discard => Latest { state: State::Discarded, ..known },
                            Act::Erase => Latest { state: State::Erased, ..known },
                        };
                        prop_assert!(act != Act::Replay || started.insert((id, next.run)), "run {} was started before", next.run);
                        latest.insert(id, next);
                    }
                }
                Step::Read { id, before, state } => {
                    if let Some(known) = latest.get(&id).copied().filter(|known| known.run > before) {
                        let read = Latest { run: known.run - before, state, stage: Stage::LlmStructure, ..known };
                        index.read(fingerprint(id), Known::from(&status(read)));
                        if before == 0 {
                            latest.insert(id, read);
                        }
                    }
                }
            }
            prop_assert_eq!(index.len(), latest.len());
        }
    }
}
