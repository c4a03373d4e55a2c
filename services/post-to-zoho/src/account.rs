//! The organisation's chart of accounts: pure.

use crate::wire::Id;
use serde::Deserialize;

/// An account as Zoho lists it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AccountRow {
    pub(crate) account_id: Id,
    #[serde(default)]
    pub(crate) account_name: String,
    #[serde(default)]
    account_type: String,
    #[serde(default)]
    is_active: Option<bool>,
}

/// The active account of this id or name.
pub(crate) fn called<'a>(rows: &'a [AccountRow], wanted: &str) -> Option<&'a AccountRow> {
    let wanted = wanted.trim();
    active(rows).find(|row| row.account_id.as_str() == wanted || row.account_name.eq_ignore_ascii_case(wanted))
}

/// The account that is taken where none is set.
pub(crate) fn first_expense(rows: &[AccountRow]) -> Option<&AccountRow> {
    active(rows).find(|row| row.account_type == "expense")
}

fn active(rows: &[AccountRow]) -> impl Iterator<Item = &AccountRow> {
    rows.iter().filter(|row| row.is_active != Some(false))
}
