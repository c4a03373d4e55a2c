//! The calls, each of which only reads.

use crate::account::AccountRow;
use crate::answer::{Answer, CallError};
use crate::client::{Caller, Client, ORGANIZATIONS};
use crate::tax::Tax;
use crate::wire::Id;
use engine::StageError;
use runtime::settings::{CreditNotes, Zoho};
use serde::Deserialize;
use std::sync::Arc;

/// What Zoho answered to one call.
pub(super) type Asked<T> = Result<T, StageError>;

/// What Zoho answered to all of them.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) token: Asked<Granted>,
    /// `None` without a token.
    pub(super) books: Option<Books>,
}

/// What came with the access token.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) api_url: Arc<str>,
    pub(super) scope: Option<Arc<str>>,
}

/// What the token opens.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) organizations: Asked<Vec<Organization>>,
    pub(super) bills: Asked<()>,
    pub(super) vendors: Asked<()>,
    pub(super) accounts: Asked<Vec<AccountRow>>,
    pub(super) taxes: Asked<Vec<Tax>>,
    pub(super) currencies: Asked<Vec<Currency>>,
    /// `None` if credit notes are held.
    pub(super) vendor_credits: Option<Asked<()>>,
}

/// An organisation that the user belongs to.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Organization {
    pub(crate) organization_id: Id,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) is_org_active: Option<bool>,
    #[serde(default)]
    pub(crate) plan_name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Currency {
    #[serde(default)]
    pub(super) currency_code: String,
}

/// Asks with a token of its own: one that is good by chance says nothing about the next.
pub(super) async fn ask(settings: &Zoho) -> anyhow::Result<Answers> {
    let client = Client::new(&Zoho { token_file: None, ..settings.clone() })?;
    Ok(match client.token().await {
        Err(error) => Answers { token: Err(error), books: None },
        Ok(token) => Answers {
            token: Ok(Granted { api_url: token.api_url, scope: token.scope }),
            books: Some(books(&client, settings.credit_notes).await),
        },
    })
}

/// One call after the other, as Zoho lets in only a few at once.
async fn books(client: &Client, credit_notes: CreditNotes) -> Books {
    let one = [("page", "1"), ("per_page", "1")];
    let vendor = [("contact_type", "vendor"), one[0], one[1]];
    let active = [("filter_by", "AccountType.Active")];
    let vendor_credits = match credit_notes {
        CreditNotes::Hold => None,
        CreditNotes::VendorCredit => Some(asked(client.get(Caller::Person, "vendorcredits", &one).await).map(there)),
    };
    Books {
        vendor_credits,
        organizations: asked(client.get(Caller::Person, ORGANIZATIONS, &[]).await)
            .and_then(|answer| asked(answer.part("organizations"))),
        bills: asked(client.get(Caller::Person, "bills", &one).await).map(there),
        vendors: asked(client.get(Caller::Person, "contacts", &vendor).await).map(there),
        accounts: asked(client.list(Caller::Person, "chartofaccounts", "chartofaccounts", &active).await),
        taxes: asked(client.list(Caller::Person, "settings/taxes", "taxes", &[]).await),
        currencies: asked(client.list(Caller::Person, "settings/currencies", "currencies", &[]).await),
    }
}

fn asked<T>(outcome: Result<T, CallError>) -> Asked<T> {
    outcome.map_err(StageError::from)
}

#[allow(clippy::needless_pass_by_value, reason = "for map: that there is an answer is all that is asked")]
fn there(_: Answer) {}
