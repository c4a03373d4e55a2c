//! What an access token may do: `ZohoBooks.<module>.<action>`, as it was asked for when the refresh token was made.

use axum::http::Method;

/// Whether one of the scopes covers the call. A path that is not Zoho's needs none.
pub(super) fn allows(scopes: &str, method: &Method, path: &str) -> bool {
    let Some(module) = path.split('/').find_map(module) else { return true };
    let needed = [
        "ZohoBooks.fullaccess.all".to_owned(),
        format!("ZohoBooks.{module}.ALL"),
        format!("ZohoBooks.{module}.{}", action(method)),
    ];
    scopes.split_whitespace().any(|scope| needed.iter().any(|needed| needed.eq_ignore_ascii_case(scope)))
}

fn module(segment: &str) -> Option<&'static str> {
    match segment {
        "bills" => Some("bills"),
        "contacts" => Some("contacts"),
        "vendorcredits" => Some("debitnotes"),
        "chartofaccounts" => Some("accountants"),
        "settings" | "organizations" => Some("settings"),
        _ => None,
    }
}

fn action(method: &Method) -> &'static str {
    match *method {
        Method::POST => "CREATE",
        Method::PUT => "UPDATE",
        Method::DELETE => "DELETE",
        _ => "READ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_needs_the_scope_of_its_module_and_kind() {
        let table = [
            ("ZohoBooks.bills.READ", Method::GET, "/bills", true),
            ("ZohoBooks.bills.READ", Method::POST, "/bills", false),
            ("ZohoBooks.contacts.READ ZohoBooks.bills.CREATE", Method::POST, "/bills/7/attachment", true),
            ("ZohoBooks.bills.ALL", Method::PUT, "/books/v3/bills", true),
            ("ZohoBooks.settings.READ", Method::GET, "/chartofaccounts", false),
            ("ZohoBooks.settings.READ", Method::GET, "/settings/taxes", true),
            ("ZohoBooks.settings.READ", Method::GET, "/organizations", true),
            ("ZohoBooks.bills.ALL", Method::GET, "/vendorcredits", false),
            ("ZohoBooks.debitnotes.CREATE", Method::POST, "/vendorcredits", true),
            ("zohobooks.fullaccess.ALL", Method::DELETE, "/bills/7", true),
            ("", Method::GET, "/no/such", true),
        ];
        for (scopes, method, path, allowed) in table {
            assert_eq!(allows(scopes, &method, path), allowed, "{scopes} {method} {path}");
        }
    }
}
