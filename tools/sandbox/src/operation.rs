//! What a call does to the resource it is for: with the [`Endpoint`], the kind of call that counts and
//! faults tell apart.

use serde::{Deserialize, Serialize};

use crate::endpoint::{self, Endpoint};

/// One thing that can be done at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `GET` of a collection: the look before a post, a search, reference data
    List,
    /// `GET` of one thing
    Get,
    /// `POST`: a bill, a contact, an attachment, a token, a question to the model
    Create,
    /// `PUT` of a collection, with `X-Unique-Identifier-*`
    Upsert,
    /// `PUT` of one thing
    Update,
    /// `DELETE`
    Delete,
    /// `POST …/status/open`, `…/status/void`, `…/submit`, `…/approve`
    Status,
}

impl Operation {
    /// The operation of a request to an endpoint.
    #[must_use]
    pub fn of(endpoint: Endpoint, method: &str, path: &str) -> Self {
        let is_step = ["/status/open", "/status/void", "/submit", "/approve"].iter().any(|end| path.ends_with(end));
        match (method, names_one(endpoint, path)) {
            ("GET", true) => Self::Get,
            ("GET", false) => Self::List,
            ("DELETE", _) => Self::Delete,
            ("POST", true) if is_step => Self::Status,
            ("POST", _) => Self::Create,
            (_, false) => Self::Upsert,
            (_, true) => Self::Update,
        }
    }
}

/// Whether a path names one thing rather than a collection.
fn names_one(endpoint: Endpoint, path: &str) -> bool {
    match endpoint {
        Endpoint::Pdf | Endpoint::Attachments => true,
        Endpoint::Contacts | Endpoint::Bills | Endpoint::VendorCredits => {
            endpoint::zoho_resource(path).is_some_and(|resource| resource.contains('/'))
        }
        Endpoint::Llm | Endpoint::Token | Endpoint::Reference => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_one_operation() {
        let table = [
            ("POST", "/oauth/v2/token", Operation::Create),
            ("GET", "/books/v3/bills", Operation::List),
            ("POST", "/books/v3/bills", Operation::Create),
            ("PUT", "/api/v3/bills", Operation::Upsert),
            ("GET", "/books/v3/bills/7", Operation::Get),
            ("PUT", "/books/v3/bills/7", Operation::Update),
            ("DELETE", "/books/v3/bills/7", Operation::Delete),
            ("POST", "/books/v3/bills/7/status/open", Operation::Status),
            ("POST", "/books/v3/vendorcredits/7/submit", Operation::Status),
            ("POST", "/books/v3/vendorcredits", Operation::Create),
            ("POST", "/books/v3/bills/7/attachment", Operation::Create),
            ("GET", "/books/v3/contacts", Operation::List),
            ("GET", "/books/v3/settings/taxes", Operation::List),
            ("GET", "/pdf/numbered/7.pdf", Operation::Get),
        ];
        for (method, path, operation) in table {
            let endpoint = Endpoint::of(path).unwrap();
            assert_eq!(Operation::of(endpoint, method, path), operation, "{method} {path}");
        }
    }
}
