//! Where Zoho keeps an organisation. Log-in and API have addresses of their own in each data centre, and a token of one
//! is worth nothing in another.

use super::Zoho;
use serde::{Deserialize, Serialize};

/// One of Zoho's data centres, named by the end of its address.
// https://www.zoho.com/developer/help/extensions/multi-dc-support.html
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum DataCentre {
    #[serde(rename = "in")]
    India,
    #[serde(rename = "com")]
    UnitedStates,
    #[serde(rename = "eu")]
    Europe,
    #[serde(rename = "com.au")]
    Australia,
    #[serde(rename = "jp")]
    Japan,
    #[serde(rename = "ca")]
    Canada,
    #[serde(rename = "sa")]
    SaudiArabia,
    #[serde(rename = "uk")]
    UnitedKingdom,
    #[serde(rename = "com.cn")]
    China,
}

impl DataCentre {
    /// The log-in server.
    #[must_use]
    pub const fn accounts_url(self) -> &'static str {
        match self {
            Self::India => "https://accounts.zoho.in",
            Self::UnitedStates => "https://accounts.zoho.com",
            Self::Europe => "https://accounts.zoho.eu",
            Self::Australia => "https://accounts.zoho.com.au",
            Self::Japan => "https://accounts.zoho.jp",
            Self::Canada => "https://accounts.zohocloud.ca",
            Self::SaudiArabia => "https://accounts.zoho.sa",
            Self::UnitedKingdom => "https://accounts.zoho.uk",
            Self::China => "https://accounts.zoho.com.cn",
        }
    }

    /// The API server.
    #[must_use]
    pub const fn api_url(self) -> &'static str {
        match self {
            Self::India => "https://www.zohoapis.in",
            Self::UnitedStates => "https://www.zohoapis.com",
            Self::Europe => "https://www.zohoapis.eu",
            Self::Australia => "https://www.zohoapis.com.au",
            Self::Japan => "https://www.zohoapis.jp",
            Self::Canada => "https://www.zohoapis.ca",
            Self::SaudiArabia => "https://www.zohoapis.sa",
            Self::UnitedKingdom => "https://www.zohoapis.uk",
            Self::China => "https://www.zohoapis.com.cn",
        }
    }
}

impl DataCentre {
    /// The pages of Zoho Books, where people see their bills.
    #[must_use]
    pub const fn books_url(self) -> &'static str {
        match self {
            Self::India => "https://books.zoho.in",
            Self::UnitedStates => "https://books.zoho.com",
            Self::Europe => "https://books.zoho.eu",
            Self::Australia => "https://books.zoho.com.au",
            Self::Japan => "https://books.zoho.jp",
            Self::Canada => "https://books.zohocloud.ca",
            Self::SaudiArabia => "https://books.zoho.sa",
            Self::UnitedKingdom => "https://books.zoho.uk",
            Self::China => "https://books.zoho.com.cn",
        }
    }
}

impl Zoho {
    /// The pages of Zoho Books; `None` if the API is another than the data centre's, as then nobody knows where its pages are.
    #[must_use]
    pub fn books_url(&self) -> Option<&'static str> {
        self.api_url.is_empty().then(|| self.data_centre.books_url())
    }

    /// The log-in server: the one that is set, or the data centre's.
    #[must_use]
    pub fn accounts_url(&self) -> &str {
        set_or(&self.accounts_url, self.data_centre.accounts_url())
    }

    /// The API server: the one that is set, or the data centre's.
    #[must_use]
    pub fn api_url(&self) -> &str {
        set_or(&self.api_url, self.data_centre.api_url())
    }
}

fn set_or<'a>(set: &'a str, other: &'a str) -> &'a str {
    if set.is_empty() { other } else { set }
}
