//! Who may speak to a broker: users with passwords, TLS, and nothing allowed that no rule allows.
//!
//! Clients reach the broker by SASL_SSL with SCRAM-SHA-512 only. The broker speaks to itself, as the super user, in the
//! same way; its controller port, which is on 127.0.0.1 too, asks for the super user's password.

use std::fmt;
use std::path::{Path, PathBuf};

use super::certificates::STORE_PASSWORD;

/// The users of a secured broker. They are written into its data when these are formatted, so a broker that is started
/// on data of its own keeps those of its first start.
#[derive(Debug, Clone)]
pub struct Security {
    /// The super user, held back by no rule.
    pub admin: User,
    /// May log in, and then only what access rules say.
    pub users: Vec<User>,
}

/// A name and its password; neither may contain quotes, commas or brackets.
#[derive(Clone)]
pub struct User {
    pub name: String,
    pub password: String,
}

impl Security {
    /// The certificate by which clients know the broker in this folder (PEM).
    pub fn ca(dir: &Path) -> PathBuf {
        dir.join("ca.pem")
    }

    /// What the storage tool writes into new data, one argument per user.
    pub(crate) fn scram(&self) -> impl Iterator<Item = String> {
        let users = std::iter::once(&self.admin).chain(&self.users);
        users.map(|user| format!("SCRAM-SHA-512=[name={},password={}]", user.name, user.password))
    }

    /// Server properties beside the listeners; the certificates are in `dir`.
    pub(crate) fn properties(&self, dir: &Path) -> Vec<(String, String)> {
        let User { name, password } = &self.admin;
        let login = format!("required username=\"{name}\" password=\"{password}\"");
        let scram = format!("org.apache.kafka.common.security.scram.ScramLoginModule {login};");
        let plain =
            format!("org.apache.kafka.common.security.plain.PlainLoginModule {login} user_{name}=\"{password}\";");
        let fixed = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            fixed("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
            fixed("allow.everyone.if.no.acl.found", "false"),
            ("super.users".to_owned(), format!("User:{name}")),
            fixed("sasl.enabled.mechanisms", "SCRAM-SHA-512"),
            fixed("sasl.mechanism.inter.broker.protocol", "SCRAM-SHA-512"),
            ("listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config".to_owned(), scram),
            fixed("listener.name.controller.sasl.enabled.mechanisms", "PLAIN"),
            fixed("sasl.mechanism.controller.protocol", "PLAIN"),
            ("listener.name.controller.plain.sasl.jaas.config".to_owned(), plain),
            fixed("ssl.keystore.type", "PKCS12"),
            ("ssl.keystore.location".to_owned(), dir.join("broker.p12").display().to_string()),
            fixed("ssl.keystore.password", STORE_PASSWORD),
            fixed("ssl.truststore.type", "PEM"),
            ("ssl.truststore.location".to_owned(), Self::ca(dir).display().to_string()),
        ]
    }

    /// Properties with which a Java client logs in as the super user, such as Kafka's own tools.
    pub fn admin_client(&self, dir: &Path) -> String {
        let User { name, password } = &self.admin;
        format!(
            "security.protocol=SASL_SSL\n\
             sasl.mechanism=SCRAM-SHA-512\n\
             sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
             username=\"{name}\" password=\"{password}\";\n\
             ssl.truststore.type=PEM\n\
             ssl.truststore.location={}\n",
            Self::ca(dir).display()
        )
    }
}

impl User {
    pub fn new(name: impl Into<String>, password: impl Into<String>) -> Self {
        Self { name: name.into(), password: password.into() }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}
