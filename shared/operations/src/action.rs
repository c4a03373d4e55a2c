//! What a person decides about a dead letter, as the command that asks admission for it; pure.

use crate::input::wrong;
use crate::{Letter, Refusal, check_input};
use contract::{Command, CommandKind, DeadLetter, Decision, InvoiceId, Request, Stage, Structured, code, decision};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// A decision.
#[derive(Debug, Clone)]
pub enum Action {
    /// Runs the invoice again.
    Replay {
        /// Where it begins: the stage that failed if `None`. An earlier stage needs `input`. The next stage is approval: what
        /// the failed stage had made of it goes on.
        to: Option<Stage>,
        /// In place of what the stage was given.
        input: Option<Box<RawValue>>,
        /// Applied to what the stage is given.
        patch: Option<json_patch::Patch>,
        /// Lets through what was held because the same PDF came before under another id: both are to be paid.
        accept_same_document: bool,
    },
    /// What the stage that held it had made of it is right, or is as corrected here, and goes on.
    Approve {
        candidate: Option<Box<RawValue>>,
        /// The vendor in the books that it is from.
        vendor_id: Option<String>,
        booking: Booking,
    },
    /// Nothing will run, and the id stays taken.
    Discard,
}

/// How a bill is booked, as in [`Decision`]; by the settings and the print where nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Booking {
    /// The account of all lines, by its id or name in the books. An empty one takes back what was said before.
    pub account: Option<String>,
    /// The tax, by its id or name in Zoho Books, of the lines that have its rate. An empty one takes back what was said before.
    pub tax: Option<String>,
    /// Whether the two hold for all later invoices of the vendor, too.
    pub remember: bool,
}

impl Booking {
    /// Nothing is said.
    pub const NONE: Self = Self { account: None, tax: None, remember: false };

    /// What was decided earlier stays where nothing is said now.
    fn decide(&self, decision: &mut Decision) {
        decision.account = self.account.clone().or_else(|| decision.account.take());
        decision.tax = self.tax.clone().or_else(|| decision.tax.take());
        decision.remember |= self.remember;
    }
}

impl Action {
    /// A replay as it failed, where it failed.
    #[must_use]
    pub const fn replay() -> Self {
        Self::Replay { to: None, input: None, patch: None, accept_same_document: false }
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Replay { .. } => "replay",
            Self::Approve { .. } => "approve",
            Self::Discard => "discard",
        }
    }
}

/// The command that asks for it.
///
/// # Errors
/// When the letter cannot be decided about so, or what would run is not an input of its stage, of this invoice.
pub fn command(letter: &Letter, action: &Action, actor: &str, reason: Option<&str>) -> Result<Command, Refusal> {
    let (invoice_id, dead) = letter.decidable()?;
    let decided = Decided { id: &invoice_id, dead, actor };
    let kind = match action {
        Action::Replay { to, input, patch, accept_same_document } => {
            decided.replay(to.unwrap_or(dead.error.stage), input.as_deref(), patch.as_ref(), *accept_same_document)?
        }
        Action::Approve { candidate, vendor_id, booking } => {
            decided.approval(candidate.as_deref(), vendor_id.as_deref(), booking)?
        }
        Action::Discard => CommandKind::Discard,
    };
    Ok(Command {
        command: kind,
        run: dead.error.run,
        dead_letter: Some(letter.record.coordinates()),
        actor: actor.to_owned(),
        reason: reason.map(str::to_owned),
        invoice_id,
    })
}

/// Whether admission takes a command of that size: its input has at most `limit` bytes, which is topics.max_message_bytes.
///
/// # Errors
/// [`Refusal::TooLarge`].
pub fn check_size(command: &Command, limit: usize) -> Result<(), Refusal> {
    match &command.command {
        CommandKind::Replay { input, .. } if input.get().len() > limit => {
            Err(Refusal::TooLarge { bytes: input.get().len(), limit })
        }
        _ => Ok(()),
    }
}

/// A dead letter that somebody decides about.
struct Decided<'a> {
    id: &'a InvoiceId,
    dead: &'a DeadLetter,
    actor: &'a str,
}

impl Decided<'_> {
    fn replay(
        &self,
        stage: Stage,
        given: Option<&RawValue>,
        patch: Option<&json_patch::Patch>,
        accept_same_document: bool,
    ) -> Result<CommandKind, Refusal> {
        let held_at = self.dead.error.stage;
        if stage > held_at {
            return self.onwards(stage, given, patch);
        }
        let is_edited = given.is_some() || patch.is_some();
        let known = (stage == held_at).then_some(&*self.dead.input);
        let input = given.or(known).ok_or(Refusal::InputUnknown { stage })?;
        let mut input = patched(stage, input, patch)?;
        if is_edited {
            check_input(stage, self.id, &input)?;
        }
        if accept_same_document && self.dead.error.code == code::FETCH_SAME_DOCUMENT && stage == Stage::FetchExtract {
            input = accepting(&input)?;
        }
        if is_edited && stage == Stage::PostToZoho {
            input = self.decided(&input, |decision| {
                decision.edited_by.insert(self.actor.to_owned());
            })?;
        }
        Ok(CommandKind::Replay { stage, input })
    }

    /// Past the stage that held it: what that stage had made of it, on a person's word.
    fn onwards(
        &self,
        stage: Stage,
        given: Option<&RawValue>,
        patch: Option<&json_patch::Patch>,
    ) -> Result<CommandKind, Refusal> {
        let held_at = self.dead.error.stage;
        if held_at.next() != Some(stage) {
            return Err(Refusal::NotPassed { held_at });
        }
        if patch.is_none() {
            return self.approval(given, None, &Booking::NONE);
        }
        let made = given.or(self.dead.candidate.as_deref()).ok_or(Refusal::NothingMade { stage: held_at })?;
        self.approval(Some(&patched(stage, made, patch)?), None, &Booking::NONE)
    }

    /// A run that starts behind the stage that held the invoice, with what that stage had made of it; at the last stage, one
    /// that passes what it was held for. Who approves, and who has edited, travels with it.
    fn approval(
        &self,
        corrected: Option<&RawValue>,
        vendor: Option<&str>,
        booking: &Booking,
    ) -> Result<CommandKind, Refusal> {
        let (held_at, code) = (self.dead.error.stage, &self.dead.error.code);
        let (stage, made) = match held_at.next() {
            Some(next) => (next, corrected.or(self.dead.candidate.as_deref())),
            None if decision::APPROVABLE.contains(code) => (held_at, Some(corrected.unwrap_or(&self.dead.input))),
            None => return Err(Refusal::NotApprovable { code: code.clone() }),
        };
        let input = made.ok_or(Refusal::NothingMade { stage: held_at })?;
        self.refuse_incomplete(vendor, booking)?;
        check_input(stage, self.id, input)?;
        if stage != Stage::PostToZoho {
            if *booking != Booking::NONE {
                return Err(Refusal::NotReadYet);
            }
            return Ok(CommandKind::Replay { stage, input: input.to_owned() });
        }
        let input = self.decided(input, |decision| {
            decision.approved.insert(code.clone());
            decision.vendor_id = vendor.map(str::to_owned).or_else(|| decision.vendor_id.take());
            booking.decide(decision);
            if corrected.is_some() {
                decision.edited_by.insert(self.actor.to_owned());
            }
            decision.approved_by = self.actor.to_owned();
        })?;
        Ok(CommandKind::Replay { stage, input })
    }

    /// What was held for want of a name waits for one.
    fn refuse_incomplete(&self, vendor: Option<&str>, booking: &Booking) -> Result<(), Refusal> {
        let code = &self.dead.error.code;
        if *code == code::ZOHO_VENDOR_AMBIGUOUS && vendor.is_none() {
            return Err(Refusal::VendorWanted);
        }
        if [code::ZOHO_ACCOUNT_UNKNOWN, code::TALLY_ACCOUNT_UNKNOWN].contains(code) && booking.account.is_none() {
            return Err(Refusal::AccountWanted);
        }
        if *code == code::ZOHO_TAX_UNKNOWN && booking.tax.is_none() {
            return Err(Refusal::TaxWanted);
        }
        Ok(())
    }

    /// The invoice with what a person has decided about it.
    fn decided(&self, input: &RawValue, decide: impl FnOnce(&mut Decision)) -> Result<Box<RawValue>, Refusal> {
        let mut structured: Structured = parsed(Stage::PostToZoho, input)?;
        decide(structured.decision.get_or_insert_default());
        raw(Stage::PostToZoho, &structured)
    }
}

fn patched(stage: Stage, input: &RawValue, patch: Option<&json_patch::Patch>) -> Result<Box<RawValue>, Refusal> {
    let Some(patch) = patch else { return Ok(input.to_owned()) };
    let mut value = parsed(stage, input)?;
    // The error names the operation and its path, not the values.
    json_patch::patch(&mut value, patch).map_err(|error| Refusal::Patch { problem: error.to_string() })?;
    raw(stage, &value)
}

/// The request, with the word that somebody has looked.
fn accepting(input: &RawValue) -> Result<Box<RawValue>, Refusal> {
    let request: Request = parsed(Stage::FetchExtract, input)?;
    raw(Stage::FetchExtract, &Request { accept_same_document: true, ..request })
}

fn parsed<'a, T: Deserialize<'a>>(stage: Stage, input: &'a RawValue) -> Result<T, Refusal> {
    serde_json::from_str(input.get()).map_err(|error| wrong(stage, &error))
}

fn raw(stage: Stage, value: &impl Serialize) -> Result<Box<RawValue>, Refusal> {
    to_raw_value(value).map_err(|error| wrong(stage, &error))
}

#[cfg(test)]
#[path = "action_tests.rs"]
mod tests;
