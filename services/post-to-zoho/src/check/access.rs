//! Whether Zoho lets us in, and to what.

use super::answers::{Answers, Asked, Books};
use super::finding::{Finding, Item, plain, words};
use contract::code;
use engine::StageError;
use runtime::settings::Zoho;

/// What the service does, by the scope that each needs.
const SCOPES: [&str; 6] = [
    "ZohoBooks.bills.CREATE",
    "ZohoBooks.bills.READ",
    "ZohoBooks.contacts.CREATE",
    "ZohoBooks.contacts.READ",
    "ZohoBooks.settings.READ",
    "ZohoBooks.accountants.READ",
];

/// What it does besides, if credit notes become vendor credits.
const SCOPES_OF_CREDITS: [&str; 2] = ["ZohoBooks.debitnotes.CREATE", "ZohoBooks.debitnotes.READ"];

/// One finding per credential that is missing, or that none is.
pub(super) fn credentials(settings: &Zoho) -> Vec<Finding> {
    match settings.require() {
        Ok(()) => vec![Finding::ok(Item::Credentials, "client, secret, refresh token and organisation are set")],
        Err(missing) => missing.iter().map(|missing| Finding::error(Item::Credentials, missing.to_string())).collect(),
    }
}

/// Whether there is an access token, or why not.
pub(super) fn token(settings: &Zoho, answers: &Answers) -> Finding {
    match &answers.token {
        Ok(granted) => {
            let message = format!("{} gives one, good at {}", settings.accounts_url(), granted.api_url);
            Finding::ok(Item::Token, message)
        }
        Err(error) => match reason(settings, error) {
            Some(reason) => Finding::error(Item::Token, reason),
            None => Finding::failed(Item::Token, error),
        },
    }
}

/// Zoho's one-word refusals, in sentences.
fn reason(settings: &Zoho, error: &StageError) -> Option<String> {
    let said = words(error).filter(|_| error.code == code::ZOHO_TOKEN_REFUSED)?;
    let reason = match said.as_str() {
        "invalid_code" => "the refresh token is wrong, was revoked, or is of another data centre or client",
        "invalid_client" => "there is no such client: zoho.client_id is wrong or of another data centre",
        "invalid_client_secret" => "zoho.client_secret is not the secret of zoho.client_id",
        _ => return None,
    };
    Some(format!("{} says {said}: {reason} (docs/errors/{}.md)", settings.accounts_url(), error.code))
}

/// Whether the token may do all that the service does.
pub(super) fn scopes(answers: &Answers, books: &Books) -> Finding {
    match answers.token.as_ref().ok().and_then(|granted| granted.scope.as_deref()) {
        Some(granted) => named(granted, books.vendor_credits.is_some()),
        None => tried(books),
    }
}

fn named(granted: &str, with_credits: bool) -> Finding {
    let granted: Vec<&str> = granted.split([' ', ',']).filter(|scope| !scope.is_empty()).collect();
    let of_credits = SCOPES_OF_CREDITS.into_iter().filter(|_| with_credits);
    let is_missing = |needed: &&str| !granted.iter().any(|granted| covers(granted, needed));
    let missing: Vec<&str> = SCOPES.into_iter().chain(of_credits).filter(is_missing).collect();
    if missing.is_empty() {
        return Finding::ok(Item::Scopes, format!("{} cover what the service does", plain(&granted.join(", "))));
    }
    let message = format!("{} missing: make a refresh token that has them too", missing.join(", "));
    Finding::error(Item::Scopes, message)
}

fn covers(granted: &str, needed: &str) -> bool {
    let of_all = |needed: &str| needed.rsplit_once('.').map(|(module, _)| format!("{module}.ALL"));
    granted.eq_ignore_ascii_case("ZohoBooks.fullaccess.all")
        || granted.eq_ignore_ascii_case(needed)
        || of_all(needed).is_some_and(|all| granted.eq_ignore_ascii_case(&all))
}

/// Zoho does not say what the token may do; what was tried tells what it may read.
fn tried(books: &Books) -> Finding {
    let reads = [
        ("ZohoBooks.debitnotes.READ", books.vendor_credits.as_ref().is_some_and(is_refused)),
        ("ZohoBooks.bills.READ", is_refused(&books.bills)),
        ("ZohoBooks.contacts.READ", is_refused(&books.vendors)),
        ("ZohoBooks.settings.READ", is_refused(&books.taxes)),
        ("ZohoBooks.accountants.READ", is_refused(&books.accounts)),
    ];
    let refused: Vec<&str> = reads.iter().filter(|(_, refused)| *refused).map(|(scope, _)| *scope).collect();
    if refused.is_empty() {
        let message = "Zoho does not name them. Reading works; whether ZohoBooks.bills.CREATE and \
                       ZohoBooks.contacts.CREATE are among them shows only in writing";
        return Finding::warning(Item::Scopes, message);
    }
    let message = format!("Zoho refuses what needs {}: they or the user's role are missing", refused.join(", "));
    Finding::error(Item::Scopes, message)
}

fn is_refused<T>(asked: &Asked<T>) -> bool {
    asked.as_ref().is_err_and(|error| error.code == code::ZOHO_UNAUTHORIZED)
}

/// Whether the organisation is one of the user's.
pub(super) fn organisation(settings: &Zoho, books: &Books) -> Finding {
    let item = Item::Organisation;
    let organizations = match &books.organizations {
        Ok(organizations) => organizations,
        Err(error) => return Finding::failed(item, error),
    };
    let id = settings.organization_id.as_str();
    match organizations.iter().find(|organization| organization.organization_id.as_str() == id) {
        Some(ours) if ours.is_org_active == Some(false) => {
            Finding::error(item, format!("{id} ({}) is not active at Zoho", plain(&ours.name)))
        }
        Some(ours) => Finding::ok(item, format!("{id} ({}) is there and the user's", plain(&ours.name))),
        None => {
            let theirs: Vec<String> =
                organizations.iter().map(|one| format!("{} ({})", one.organization_id, plain(&one.name))).collect();
            let theirs = if theirs.is_empty() { "none".to_owned() } else { theirs.join(", ") };
            Finding::error(
                item,
                format!("zoho.organization_id is {id}, which is not the user's; the user has {theirs}"),
            )
        }
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
