//! Credentials that only one service needs: the others start without them.

use super::{Llm, Mistake, Mistakes, Zoho};
use secrecy::{ExposeSecret, SecretString};

impl Llm {
    /// To be called by the service that asks the model.
    ///
    /// # Errors
    /// Lists every credential that is not set.
    pub fn require(&self) -> Result<(), Mistakes> {
        require([("llm.api_key", is_set(&self.api_key))])
    }
}

impl Zoho {
    /// To be called by the service that writes the bills.
    ///
    /// # Errors
    /// Lists every credential that is not set.
    pub fn require(&self) -> Result<(), Mistakes> {
        require([
            ("zoho.organization_id", !self.organization_id.is_empty()),
            ("zoho.client_id", is_set(&self.client_id)),
            ("zoho.client_secret", is_set(&self.client_secret)),
            ("zoho.refresh_token", is_set(&self.refresh_token)),
        ])
    }
}

fn is_set(secret: &SecretString) -> bool {
    !secret.expose_secret().is_empty()
}

fn require<const N: usize>(credentials: [(&str, bool); N]) -> Result<(), Mistakes> {
    let missing: Vec<Mistake> = credentials.iter().filter(|(_, set)| !set).map(|(key, _)| missing(key)).collect();
    if missing.is_empty() { Ok(()) } else { Err(Mistakes::new(missing)) }
}

fn missing(key: &str) -> Mistake {
    let variable = super::environment::variable(key);
    Mistake::new(key, "not set", format!("this service needs it: set {variable}, or {variable}_FILE to a file with it"))
}
