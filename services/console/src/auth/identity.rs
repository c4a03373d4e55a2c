//! Somebody whom we know.

use super::session;
use runtime::settings::Role;
use std::sync::Arc;

/// Who asks.
#[derive(Debug, Clone)]
pub struct Identity {
    /// As in the settings: the actor in the history.
    pub name: Arc<str>,
    pub role: Role,
    proof: Proof,
}

/// How we know.
#[derive(Debug, Clone)]
pub(super) enum Proof {
    /// No browser adds a token by itself, so there is nothing to forge.
    Token,
    Session {
        key: session::Key,
        nonce: Arc<str>,
    },
    /// It is on this machine, and no token was asked for.
    Local(session::Key),
}

impl Identity {
    pub(super) const fn new(name: Arc<str>, role: Role, proof: Proof) -> Self {
        Self { name, role, proof }
    }

    /// Whether they may do what needs this role.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.role >= role
    }

    /// What every form of theirs carries as `csrf`, and every script in the header `x-csrf-token`.
    #[must_use]
    pub fn csrf(&self) -> String {
        match &self.proof {
            Proof::Token => String::new(),
            Proof::Session { key, nonce } => key.csrf(nonce),
            Proof::Local(key) => key.csrf(super::LOCAL),
        }
    }

    /// Whether a form is of theirs.
    #[must_use]
    pub fn is_csrf(&self, shown: &str) -> bool {
        match &self.proof {
            Proof::Token => true,
            Proof::Session { key, nonce } => key.is_csrf(nonce, shown),
            Proof::Local(key) => key.is_csrf(super::LOCAL, shown),
        }
    }

    /// Whether a browser may have sent the request without its page.
    pub(super) const fn is_ambient(&self) -> bool {
        matches!(self.proof, Proof::Session { .. })
    }

    pub(super) const fn has_token(&self) -> bool {
        matches!(self.proof, Proof::Token)
    }

    /// Whether they have a session that they can end.
    #[must_use]
    pub const fn can_log_out(&self) -> bool {
        matches!(self.proof, Proof::Session { .. })
    }
}
