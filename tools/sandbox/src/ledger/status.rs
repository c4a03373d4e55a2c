//! Where a bill or a vendor credit stands, and what can be done to it from there.
//!
//! Zoho documents the steps, not all of the rules between them; what is not documented follows what
//! public integrations saw.

use clap::ValueEnum;
use serde::Serialize;

use super::{fields::Fields, refusal::Refusal};

/// What a bill is when it has just been created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NewBills {
    /// A draft if its `status` says so, else open. Zoho documents no such field; integrations send it.
    #[default]
    AsAsked,
    /// Open whatever it says: what the documentation amounts to.
    Open,
    /// A draft whatever it says: what some organisations saw of every bill made through the API.
    Draft,
}

/// How the organisation handles what is new.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workflow {
    pub(super) new_bills: NewBills,
    /// Whether nothing opens before it was submitted and approved.
    pub(super) approval: bool,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Draft,
    PendingApproval,
    Approved,
    Open,
    Void,
}

/// `POST …/status/open` and its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `status/open`
    Open,
    /// `status/void`
    Void,
    /// `submit`, for approval
    Submit,
    /// `approve`
    Approve,
}

impl Workflow {
    pub(super) fn first(self, source: Fields<'_>) -> Result<Status, Refusal> {
        let asks_for_draft = source.text("status")? == "draft";
        let is_draft = self.approval
            || match self.new_bills {
                NewBills::AsAsked => asks_for_draft,
                NewBills::Open => false,
                NewBills::Draft => true,
            };
        Ok(if is_draft { Status::Draft } else { Status::Open })
    }

    pub(super) fn after(self, status: Status, step: Step, what: &str) -> Result<Status, Refusal> {
        match (step, status) {
            (Step::Open, Status::Draft | Status::PendingApproval) if self.approval => Err(Refusal::not_approved(what)),
            (Step::Open, Status::Draft | Status::PendingApproval | Status::Approved | Status::Void) => Ok(Status::Open),
            (Step::Void, Status::Draft | Status::PendingApproval | Status::Approved | Status::Open) => Ok(Status::Void),
            (Step::Open, Status::Open) | (Step::Void, Status::Void) => {
                Err(Refusal::wrong_status(&format!("The {what} is already in {} status.", status.name())))
            }
            (Step::Submit, Status::Draft) if self.approval => Ok(Status::PendingApproval),
            (Step::Approve, Status::PendingApproval) if self.approval => Ok(Status::Approved),
            (Step::Submit | Step::Approve, _) => {
                let message = format!("The {what} cannot be submitted or approved in {} status.", status.name());
                Err(Refusal::wrong_status(&message))
            }
        }
    }
}

impl Status {
    /// As Zoho writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::PendingApproval => "pending_approval",
            Self::Approved => "approved",
            Self::Open => "open",
            Self::Void => "void",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PLAIN: Workflow = Workflow { new_bills: NewBills::AsAsked, approval: false };
    const APPROVED: Workflow = Workflow { approval: true, ..PLAIN };

    #[test]
    fn what_a_new_bill_is_depends_on_the_organisation() {
        let table = [
            (NewBills::AsAsked, false, json!({"status": "draft"}), Status::Draft),
            (NewBills::AsAsked, false, json!({}), Status::Open),
            (NewBills::Open, false, json!({"status": "draft"}), Status::Open),
            (NewBills::Draft, false, json!({}), Status::Draft),
            (NewBills::Open, true, json!({"status": "open"}), Status::Draft),
        ];
        for (new_bills, approval, body, status) in table {
            let first = Workflow { new_bills, approval }.first(Fields(body.as_object().unwrap()));
            assert_eq!(first, Ok(status), "{new_bills:?} {approval} {body}");
        }
    }

    #[test]
    fn only_an_approved_bill_opens_where_approval_is_on() {
        let after = |status, step| APPROVED.after(status, step, "bill");
        assert_eq!(after(Status::Draft, Step::Open).unwrap_err().code, 21_025);
        assert_eq!(after(Status::Draft, Step::Submit), Ok(Status::PendingApproval));
        assert_eq!(after(Status::PendingApproval, Step::Open).unwrap_err().code, 21_025);
        assert_eq!(after(Status::PendingApproval, Step::Approve), Ok(Status::Approved));
        assert_eq!(after(Status::Approved, Step::Open), Ok(Status::Open));
        assert!(after(Status::Draft, Step::Approve).is_err());
    }

    #[test]
    fn a_void_bill_can_be_opened_and_no_step_repeats() {
        let after = |status, step| PLAIN.after(status, step, "bill");
        assert_eq!(after(Status::Draft, Step::Open), Ok(Status::Open));
        assert_eq!(after(Status::Open, Step::Void), Ok(Status::Void));
        assert_eq!(after(Status::Void, Step::Open), Ok(Status::Open));
        assert_eq!(after(Status::Open, Step::Open).unwrap_err().message, "The bill is already in open status.");
        assert!(after(Status::Void, Step::Void).is_err());
        assert!(after(Status::Draft, Step::Submit).is_err());
    }
}
