//! Which part of the outside world a call is for: the unit that faults and counts are kept by.

use serde::{Deserialize, Serialize};

/// One upstream operation family, as faults and counts name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `GET /pdf/…`
    Pdf,
    /// `POST /v1/messages`, `POST /v1/chat/completions`
    Llm,
    /// `POST /oauth/v2/token`
    Token,
    /// Zoho `contacts`
    Contacts,
    /// Zoho `bills`, attachments excepted
    Bills,
    /// Zoho `bills/{id}/attachment`
    Attachments,
    /// Zoho `vendorcredits`
    VendorCredits,
    /// Everything else of Zoho: accounts, taxes, currencies, organisations
    Reference,
}

impl Endpoint {
    /// The endpoint of a request path; `None` for the sandbox's own pages.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        if path.starts_with("/pdf/") {
            return Some(Self::Pdf);
        }
        match path {
            "/v1/messages" | "/v1/chat/completions" => return Some(Self::Llm),
            "/oauth/v2/token" => return Some(Self::Token),
            _ => {}
        }
        let resource = zoho_resource(path)?;
        Some(match resource.split('/').next() {
            Some("contacts") => Self::Contacts,
            Some("bills") if resource.ends_with("/attachment") => Self::Attachments,
            Some("bills") => Self::Bills,
            Some("vendorcredits") => Self::VendorCredits,
            _ => Self::Reference,
        })
    }

    /// Whether calls to it count against the organisation's limits at Zoho.
    #[must_use]
    pub fn is_zoho(self) -> bool {
        match self {
            Self::Contacts | Self::Bills | Self::Attachments | Self::VendorCredits | Self::Reference => true,
            Self::Pdf | Self::Llm | Self::Token => false,
        }
    }
}

/// The path below either of Zoho's two API roots.
pub(crate) fn zoho_resource(path: &str) -> Option<&str> {
    path.strip_prefix("/books/v3/").or_else(|| path.strip_prefix("/api/v3/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_belongs_to_one_endpoint() {
        let table = [
            ("/pdf/numbered/7.pdf", Some(Endpoint::Pdf)),
            ("/pdf", None),
            ("/v1/messages", Some(Endpoint::Llm)),
            ("/v1/chat/completions", Some(Endpoint::Llm)),
            ("/oauth/v2/token", Some(Endpoint::Token)),
            ("/api/v3/bills", Some(Endpoint::Bills)),
            ("/books/v3/bills/1", Some(Endpoint::Bills)),
            ("/books/v3/bills/1/attachment", Some(Endpoint::Attachments)),
            ("/books/v3/vendorcredits/1/status/void", Some(Endpoint::VendorCredits)),
            ("/books/v3/contacts", Some(Endpoint::Contacts)),
            ("/books/v3/settings/taxes", Some(Endpoint::Reference)),
            ("/_sandbox/calls", None),
        ];
        for (path, endpoint) in table {
            assert_eq!(Endpoint::of(path), endpoint, "{path}");
        }
    }
}
