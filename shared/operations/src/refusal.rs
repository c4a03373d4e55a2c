//! Why a person's decision about a dead letter does not become a command.

use contract::{Code, InvoiceId, Stage};

/// What stands against it, each with a word that does not change and a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the record cannot be read: publish a proper request in its place")]
    Poison,
    #[error("it was refused before it had an invoice of its own: submit it under another id")]
    Rejected,
    #[error("no dead letter waits for a decision: the invoice has moved on")]
    Closed,
    #[error("{runs} of its runs have ended with {code}, and another may end so, too: correct the cause, then force it")]
    LoopGuard { runs: u32, code: String },
    #[error("the input has {bytes} bytes and {limit} are allowed: raise topics.max_message_bytes or shrink it")]
    TooLarge { bytes: usize, limit: usize },
    #[error("the input is not one that {stage} takes: {problem}")]
    WrongInput { stage: Stage, problem: String },
    #[error("the input is of invoice {named}, not {id}")]
    OtherInvoice { named: InvoiceId, id: InvoiceId },
    #[error("the patch cannot be applied: {problem}")]
    Patch { problem: String },
    #[error("{code} is not put right by approval: see `invoicectl dlq show` and docs/errors/{code}.md")]
    NotApprovable { code: Code },
    #[error("{stage} made nothing of it that could go on: replay it, or discard it")]
    NothingMade { stage: Stage },
    #[error("several vendors match: name one of them (`invoicectl dlq show` lists them, --vendor ID)")]
    VendorWanted,
    #[error("the account is not in the books: name another (--account NAME), or an empty one for that of the settings")]
    AccountWanted,
    #[error("the tax cannot be used: name another (--tax NAME), or an empty one for that of the printed rates")]
    TaxWanted,
    #[error("the invoice is not read yet: account and tax are named for what llm-structure or post-to-zoho holds")]
    NotReadYet,
    #[error("{held_at} has not been passed: only what it made, approved, goes on, and only to the stage behind it")]
    NotPassed { held_at: Stage },
    #[error("what {stage} was given of this invoice is not known any more: give it the input yourself (--input)")]
    InputUnknown { stage: Stage },
}

impl Refusal {
    /// The word for programs.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Poison => "poison",
            Self::Rejected => "rejected",
            Self::Closed => "closed",
            Self::LoopGuard { .. } => "loop_guard",
            Self::TooLarge { .. } => "too_large",
            Self::WrongInput { .. } => "wrong_input",
            Self::OtherInvoice { .. } => "other_invoice",
            Self::Patch { .. } => "patch",
            Self::NotApprovable { .. } => "not_approvable",
            Self::NothingMade { .. } => "nothing_made",
            Self::VendorWanted => "vendor_wanted",
            Self::AccountWanted => "account_wanted",
            Self::TaxWanted => "tax_wanted",
            Self::NotReadYet => "not_read_yet",
            Self::NotPassed { .. } => "not_passed",
            Self::InputUnknown { .. } => "input_unknown",
        }
    }
}
