//! What people have said about how an invoice is booked, or all invoices of its vendor: pure.
//!
//! Whoever speaks of this invoice is heard first, and what was said of its vendor is what is left. A name that the books do not
//! know is never passed over: nothing would tell a person that their word was not followed.

use contract::{Code, Decision, VendorRule, code};
use engine::StageError;

/// What to follow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Correction {
    pub(crate) account: Option<Said>,
    pub(crate) tax: Option<Said>,
}

/// An account or a tax, by its id or name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) name: String,
    pub(crate) by: By,
}

/// Where a person has said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Of this invoice.
    Chosen,
    /// Of an earlier one of the vendor, for all that follow.
    Remembered,
}

impl Correction {
    /// What a person has decided about the invoice, and what is remembered of its vendor.
    pub(crate) fn of(decision: Option<&Decision>, remembered: VendorRule) -> Result<Self, StageError> {
        let (account, tax) = decision.map_or((None, None), |said| (said.account.as_deref(), said.tax.as_deref()));
        let account = said(account, remembered.account);
        let tax = said(tax, remembered.tax);
        for (said, code) in [(&account, code::ZOHO_ACCOUNT_UNKNOWN), (&tax, code::ZOHO_TAX_UNKNOWN)] {
            if said.as_ref().is_some_and(|said| said.name.len() > VendorRule::MOST_BYTES) {
                let message = "the account or the tax that was chosen has a name of more than 100 bytes: approve the invoice with its id";
                return Err(StageError::review(code, message));
            }
        }
        Ok(Self { account, tax })
    }

    /// Of a ledger that books taxes as they are printed.
    pub(crate) fn without_tax(self) -> Result<Option<Said>, StageError> {
        if self.tax.is_none() {
            return Ok(self.account);
        }
        let message = "only Zoho Books has taxes to choose from: approve the invoice again with an empty tax";
        Err(StageError::review(code::ZOHO_TAX_UNKNOWN, message))
    }
}

/// An empty one takes back what is remembered, for this invoice as for all that follow.
fn said(chosen: Option<&str>, remembered: Option<String>) -> Option<Said> {
    let said = match chosen {
        Some(name) => Said { name: name.trim().to_owned(), by: By::Chosen },
        None => Said { name: remembered?, by: By::Remembered },
    };
    (!said.name.is_empty()).then_some(said)
}

impl Said {
    /// As in [`contract::Bill::booked_by`].
    pub(crate) const fn rule(&self) -> &'static str {
        match self.by {
            By::Chosen => "chosen",
            By::Remembered => "remembered",
        }
    }

    /// The same for a tax.
    pub(crate) const fn tax_rule(&self) -> &'static str {
        match self.by {
            By::Chosen => "tax chosen",
            By::Remembered => "tax remembered",
        }
    }

    /// Holds the invoice for what is wrong with it, such as `account`, `is not in the books`.
    pub(crate) fn hold(&self, code: Code, kind: &str, wrong: &str) -> StageError {
        let message = match self.by {
            By::Chosen => format!(
                "the {kind} that was chosen for this invoice {wrong}: approve the invoice again with another {kind}"
            ),
            By::Remembered => format!(
                "the {kind} that is remembered for this vendor {wrong}: approve the invoice with another {kind}, to be \
                 remembered in its place"
            ),
        };
        StageError::review(code, message).with_evidence(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembered(account: &str, tax: &str) -> VendorRule {
        VendorRule { account: Some(account.to_owned()), tax: Some(tax.to_owned()) }
    }

    fn decision(account: Option<&str>, tax: Option<&str>) -> Decision {
        Decision { account: account.map(str::to_owned), tax: tax.map(str::to_owned), ..Decision::default() }
    }

    fn told(said: Option<Said>) -> Option<(String, &'static str)> {
        said.map(|said| (said.name.clone(), said.rule()))
    }

    #[test]
    fn what_is_said_of_the_invoice_goes_before_what_is_remembered_of_its_vendor() {
        let of = |decision: Option<&Decision>| Correction::of(decision, remembered("Freight", "Nil")).unwrap();
        let by = |name: &str, rule: &'static str| Some((name.to_owned(), rule));
        assert_eq!(told(of(None).account), by("Freight", "remembered"));
        let chosen = of(Some(&decision(Some(" Office "), None)));
        assert_eq!((told(chosen.account), told(chosen.tax)), (by("Office", "chosen"), by("Nil", "remembered")));
        let taken_back = of(Some(&decision(Some(""), Some(""))));
        assert_eq!(taken_back, Correction::default());
    }

    #[test]
    fn a_name_that_no_status_has_room_for_is_not_taken() {
        let long = "n".repeat(VendorRule::MOST_BYTES + 1);
        let error = Correction::of(Some(&decision(Some(&long), None)), VendorRule::default()).unwrap_err();
        assert_eq!(error.code, code::ZOHO_ACCOUNT_UNKNOWN);
        let error = Correction::of(Some(&decision(None, Some(&long))), VendorRule::default()).unwrap_err();
        assert_eq!(error.code, code::ZOHO_TAX_UNKNOWN);
    }

    #[test]
    fn where_there_are_no_taxes_to_choose_from_none_is_passed_over() {
        let both = Correction::of(None, remembered("Freight", "Nil")).unwrap();
        assert_eq!(both.without_tax().unwrap_err().code, code::ZOHO_TAX_UNKNOWN);
        let account = Correction::of(None, remembered("Freight", "")).unwrap();
        assert_eq!(told(account.without_tax().unwrap()), Some(("Freight".to_owned(), "remembered")));
    }
}
