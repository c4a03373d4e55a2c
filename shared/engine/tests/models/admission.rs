//! The admission index against a list of what was said about each invoice.

use contract::{Stage, State, Status};
use engine::admission::{CommandVerdict, Index, Known, UrlHash, Verdict};
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
        replay: bool,
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
        (id.clone(), 1_u32..5, any::<bool>(), any::<bool>()).prop_map(|(id, run, replay, fresh)| Step::Command {
            id,
            run,
            replay,
            fresh
        }),
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

fn command(latest: Option<Latest>, run: u32, fresh: bool) -> CommandVerdict {
    match latest {
        Some(latest) if is_running(latest) && !fresh => CommandVerdict::ReadStatusFirst,
        Some(latest) if latest.run == run && matches!(latest.state, State::Dead | State::Review) => {
            CommandVerdict::Accept { url_hash: UrlHash::parse(URLS[latest.url]) }
        }
        _ => CommandVerdict::Stale,
    }
}

fn status(latest: Latest) -> Status {
    Status {
        run: latest.run,
        stage: Stage::LlmStructure,
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
                        latest.insert(id, Latest { url, run, state: State::Running });
                    }
                }
                Step::Command { id, run, replay, fresh } => {
                    let known = latest.get(&id).copied();
                    let verdict = index.command(fingerprint(id), run, replay, fresh);
                    prop_assert_eq!(verdict, command(known, run, fresh));
                    if let (CommandVerdict::Accept { .. }, Some(known)) = (verdict, known) {
                        let next = if replay { Latest { run: run + 1, state: State::Running, ..known } }
                            else { Latest { state: State::Discarded, ..known } };
                        prop_assert!(!replay || started.insert((id, next.run)), "run {} was started before", next.run);
                        latest.insert(id, next);
                    }
                }
                Step::Read { id, before, state } => {
                    if let Some(known) = latest.get(&id).copied().filter(|known| known.run > before) {
                        let read = Latest { run: known.run - before, state, ..known };
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
