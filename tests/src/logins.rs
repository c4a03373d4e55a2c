//! How each part of a pipeline logs in to a cluster that asks who is there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use stream::client::ClientSettings;
use stream::topics::Role;

/// A secured cluster. The user of a role has the role's name.
#[derive(Debug, Clone)]
pub struct Logins {
    /// `host:port`.
    pub brokers: String,
    /// The certificate of the authority behind the brokers' (PEM).
    pub ca: PathBuf,
}

impl Logins {
    /// The password of a role's user.
    #[must_use]
    pub fn password(role: Role) -> String {
        format!("{}-hunter2", role.as_str())
    }

    /// A client that is logged in as this role.
    #[must_use]
    pub fn client(&self, role: Role) -> ClientSettings {
        ClientSettings { brokers: self.brokers.clone(), properties: self.properties(role) }
    }

    /// The same as settings of a service or of `invoicectl`.
    pub(crate) fn env(&self, role: Role) -> Vec<(String, String)> {
        let variable = |name: &str| format!("INVOICES__KAFKA__PROPERTIES__{}", name.to_uppercase().replace('.', "_"));
        self.properties(role).into_iter().map(|(name, value)| (variable(&name), value)).collect()
    }

    fn properties(&self, role: Role) -> BTreeMap<String, String> {
        [
            ("security.protocol", "SASL_SSL".to_owned()),
            ("sasl.mechanism", "SCRAM-SHA-512".to_owned()),
            ("sasl.username", role.as_str().to_owned()),
            ("sasl.password", Self::password(role)),
            ("ssl.ca.location", self.ca.display().to_string()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }
}
