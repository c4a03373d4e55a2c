//! What is to happen to one call, put together from the faults that hit it.

use std::time::Duration;

use super::{
    effect::{Distort, Expiry, Kind, StatusAnswer, Strike, When},
    hold::{Hold, Keeper},
};
use crate::{endpoint::Endpoint, operation::Operation};

/// What a fault may look at to choose its calls.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Where it goes.
    pub endpoint: Endpoint,
    /// What it does there.
    pub operation: Operation,
    /// Its HTTP method.
    pub method: &'a str,
    /// Path, query, invoice id and body, as one text.
    pub text: &'a str,
}

/// All that is to happen to one call. The default is: nothing.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Plan {
    /// Waiting time before the effect.
    pub delay_before: Duration,
    /// Waiting time between the effect and the answer.
    pub delay_after: Duration,
    /// Where the call stands still, and for what.
    pub hold: Option<(When, Hold)>,
    /// Access tokens that stop working before the effect.
    pub expire_before: Option<Expiry>,
    /// Access tokens that stop working after the effect.
    pub expire_after: Option<Expiry>,
    /// How long what is created stays out of lists.
    pub list_lag: Option<Duration>,
    /// How the model's answer is wrong.
    pub distortion: Option<Distortion>,
    /// How the call ends, if not with its answer.
    pub ending: Option<Ending>,
}

/// See [`Distort`]; a name of its own because handlers receive it as a request extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distortion(pub Distort);

/// An end that is not the endpoint's own answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Without the effect.
    Before(Break),
    /// With the effect.
    After(Break),
    /// Reset now, effect after this time.
    LateCommit(Duration),
}

/// What the client gets in place of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// An error answer.
    Status(StatusAnswer),
    /// Silence.
    Hang,
    /// RST.
    Reset,
    /// A 200 that is not what was asked for.
    Garbage,
}

impl Plan {
    pub(super) fn can_take(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Delay(_) | Kind::ExpireToken(_) => true,
            Kind::ListLag(_) => self.list_lag.is_none(),
            Kind::Distort(_) => self.distortion.is_none(),
            Kind::Hold => self.hold.is_none() && !matches!(self.ending, Some(Ending::LateCommit(_))),
            // Its effect has no call any more that could stand still.
            Kind::LateCommit(_) => self.ending.is_none() && self.hold.is_none(),
            Kind::Status(_) | Kind::Hang | Kind::Reset | Kind::Garbage => self.ending.is_none(),
        }
    }

    pub(super) fn take(&mut self, strike: &Strike, keeper: &Keeper) {
        let when = strike.when;
        match &strike.kind {
            Kind::Delay(delay) => match when {
                When::Before => self.delay_before += *delay,
                When::After => self.delay_after += *delay,
            },
            Kind::ExpireToken(whose) => match when {
                When::Before => widen(&mut self.expire_before, *whose),
                When::After => widen(&mut self.expire_after, *whose),
            },
            Kind::Hold => self.hold = Some((when, keeper.hold())),
            Kind::ListLag(delay) => self.list_lag = Some(*delay),
            Kind::Distort(distort) => self.distortion = Some(Distortion(distort.clone())),
            Kind::LateCommit(delay) => self.ending = Some(Ending::LateCommit(*delay)),
            Kind::Status(answer) => self.end(when, Break::Status(answer.clone())),
            Kind::Hang => self.end(when, Break::Hang),
            Kind::Reset => self.end(when, Break::Reset),
            Kind::Garbage => self.end(when, Break::Garbage),
        }
    }

    fn end(&mut self, when: When, how: Break) {
        self.ending = Some(match when {
            When::Before => Ending::Before(how),
            When::After => Ending::After(how),
        });
    }
}

/// Two faults may expire tokens of one call: the wider of the two holds.
fn widen(expiry: &mut Option<Expiry>, whose: Expiry) {
    if *expiry != Some(Expiry::All) {
        *expiry = Some(whose);
    }
}
