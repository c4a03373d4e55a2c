//! Whether the books have what a bill needs, and what the settings leave open.

use super::answers::{Asked, Books, Currency};
use super::finding::{Finding, Item, plain};
use crate::account::{self, AccountRow};
use crate::tax::{Supply, Tax};
use runtime::settings::Zoho;
use rust_decimal::Decimal;

/// The rates of GST that invoices bear: 12 and 28 % until September 2025, 40 % since then.
const RATES: [u32; 5] = [5, 12, 18, 28, 40];
/// What Zoho lets in per minute and organisation.
const ZOHOS_LIMIT: u32 = 100;

/// All that is of the organisation.
pub(super) fn all(settings: &Zoho, books: &Books) -> Vec<Finding> {
    vec![
        answers(Item::Bills, &books.bills),
        answers(Item::Vendors, &books.vendors),
        found(Item::Account, &books.accounts, |accounts| account(settings, accounts)),
        found(Item::Charges, &books.accounts, |accounts| charges(settings, accounts)),
        found(Item::TaxesWithinState, &books.taxes, |taxes| rates(Supply::IntraState, taxes)),
        found(Item::TaxesAcrossStates, &books.taxes, |taxes| rates(Supply::InterState, taxes)),
        found(Item::Currencies, &books.currencies, |currencies| names(currencies)),
        credits(books.vendor_credits.as_ref()),
    ]
}

fn found<T>(item: Item, asked: &Asked<T>, judge: impl FnOnce(&T) -> Finding) -> Finding {
    match asked {
        Ok(answer) => judge(answer),
        Err(error) => Finding::failed(item, error),
    }
}

fn answers(item: Item, asked: &Asked<()>) -> Finding {
    found(item, asked, |()| Finding::ok(item, "can be read"))
}

/// The account that lines are booked to, by id, by name, or the first there is; and those that rules name.
fn account(settings: &Zoho, accounts: &[AccountRow]) -> Finding {
    let item = Item::Account;
    let unknown = settings.account_rules.iter().find(|rule| account::called(accounts, &rule.account).is_none());
    if let Some(rule) = unknown {
        return Finding::error(item, format!("no active account is {} (zoho.account_rules)", plain(&rule.account)));
    }
    let (account, wanted) = match (&settings.account_id, &settings.account_name) {
        (Some(id), _) => (account::called(accounts, id), format!("the id {} (zoho.account_id)", plain(id))),
        (None, Some(name)) => {
            (account::called(accounts, name), format!("the name {} (zoho.account_name)", plain(name)))
        }
        (None, None) => (account::first_expense(accounts), "the type expense".to_owned()),
    };
    let Some(account) = account else {
        return Finding::error(item, format!("no active account has {wanted}"));
    };
    let shown = format!("{} ({})", plain(&account.account_name), account.account_id);
    if settings.account_id.is_some() || settings.account_name.is_some() {
        return Finding::ok(item, format!("lines are booked to {shown}, if no rule of zoho.account_rules fits"));
    }
    let message =
        format!("lines are booked to {shown}, the first expense account: choose with zoho.account_id or account_name");
    Finding::warning(item, message)
}

/// The accounts of what invoices charge beside their lines.
fn charges(settings: &Zoho, accounts: &[AccountRow]) -> Finding {
    let item = Item::Charges;
    let named = [
        ("zoho.cess_account", &settings.cess_account),
        ("zoho.other_tax_account", &settings.other_tax_account),
        ("zoho.tcs_account", &settings.tcs_account),
        ("zoho.round_off_account", &settings.round_off_account),
    ];
    let mut booked = Vec::new();
    for (setting, name) in named.iter().filter_map(|(setting, name)| Some((setting, name.as_deref()?))) {
        let Some(account) = account::called(accounts, name) else {
            let message = format!("no active account is {} ({setting}): its invoices are dead letters", plain(name));
            return Finding::warning(item, message);
        };
        booked.push(format!("{setting} is {} ({})", plain(&account.account_name), account.account_id));
    }
    let open = named[..3].iter().filter(|(_, name)| name.is_none()).map(|(setting, _)| *setting);
    let open: Vec<&str> = open.collect();
    if !open.is_empty() {
        booked.push(format!("what {} would book waits for a person (zoho.unbooked_tax)", open.join(", ")));
    }
    Finding::ok(item, booked.join("; "))
}

/// `None` if credit notes are held, and nothing was asked.
fn credits(asked: Option<&Asked<()>>) -> Finding {
    match asked {
        Some(asked) => answers(Item::VendorCredits, asked),
        None => Finding::ok(Item::VendorCredits, "credit notes wait for a person (zoho.credit_notes)"),
    }
}

/// Which rates of GST there are for trade within a state, or across states.
fn rates(supply: Supply, taxes: &[Tax]) -> Finding {
    let (item, what) = match supply {
        Supply::InterState => (Item::TaxesAcrossStates, "IGST"),
        Supply::IntraState | Supply::Untaxed => (Item::TaxesWithinState, "tax groups of CGST and SGST"),
    };
    let mut present: Vec<Decimal> =
        taxes.iter().filter(|tax| tax.is_for(supply)).map(|tax| tax.tax_percentage.0.normalize()).collect();
    present.sort_unstable();
    present.dedup();
    let missing: Vec<u32> = RATES.into_iter().filter(|rate| !present.contains(&Decimal::from(*rate))).collect();
    if missing.is_empty() {
        return Finding::ok(item, format!("{what} of {} %", listed(&present)));
    }
    if missing.len() == RATES.len() {
        return Finding::error(item, format!("no {what} of {} %: add them under Settings, Taxes", listed(&missing)));
    }
    let message = format!(
        "{what} of {} %; none of {} %: add them under Settings, Taxes, or their invoices are dead letters (zoho.setup)",
        listed(&present),
        listed(&missing)
    );
    Finding::warning(item, message)
}

fn names(currencies: &[Currency]) -> Finding {
    let codes: Vec<String> = currencies.iter().map(|currency| plain(&currency.currency_code)).collect();
    if codes.is_empty() {
        return Finding::error(Item::Currencies, "there are none: add them under Settings, Currencies");
    }
    let message = format!("{}; an invoice in another one is a dead letter (zoho.setup)", codes.join(", "));
    Finding::ok(Item::Currencies, message)
}

fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What the settings alone say.
pub(super) fn of_settings(settings: &Zoho) -> Vec<Finding> {
    vec![calls(settings.calls_per_minute), token_file(settings), once(settings)]
}

fn calls(per_minute: u32) -> Finding {
    let item = Item::CallsPerMinute;
    match per_minute {
        0 => Finding::warning(
            item,
            format!("zoho.calls_per_minute sets no limit; beyond {ZOHOS_LIMIT} Zoho blocks the organisation"),
        ),
        1..=ZOHOS_LIMIT => Finding::ok(item, format!("{per_minute} for all replicas together, 95 % of them used")),
        _ => Finding::warning(
            item,
            format!("zoho.calls_per_minute is {per_minute}; Zoho's limit is {ZOHOS_LIMIT} unless it raised yours"),
        ),
    }
}

fn token_file(settings: &Zoho) -> Finding {
    match &settings.token_file {
        Some(path) => Finding::ok(Item::TokenFile, format!("{}; each replica needs its own", path.display())),
        None => Finding::warning(
            Item::TokenFile,
            "zoho.token_file is not set: each restart takes one of the ten access tokens that Zoho gives in ten minutes",
        ),
    }
}

/// What nothing but Zoho itself can guarantee.
fn once(settings: &Zoho) -> Finding {
    if let Some(field) = &settings.unique_field {
        let message = format!(
            "Zoho keeps a second bill of an invoice out by {field}: see to it that the field of bills allows no duplicate \
             values, which cannot be read, and that the scopes hold ZohoBooks.bills.UPDATE"
        );
        return Finding::ok(Item::Once, message);
    }
    let message = "one bill per invoice rests on looking first and on Zoho refusing a vendor's number twice in a \
                   financial year. Not guaranteed: an invoice without a number of its own, if a replica stands still \
                   between look and post for longer than its Kafka session and another one posts meanwhile. A custom \
                   field for bills that allows no duplicate values (Settings, Preferences, Bills, Field customization), \
                   named in zoho.unique_field, with the scope ZohoBooks.bills.UPDATE, closes that";
    Finding::warning(Item::Once, message)
}

#[cfg(test)]
#[path = "books_tests.rs"]
mod tests;
