//! What is wrong with the settings, in words for the operator. Values of text settings are never quoted, because
//! any of them may be a secret in the wrong place.

use std::fmt;

/// One thing to put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key's path, such as `llm.max_tokens`; or the environment variable that names a file.
    pub key: String,
    /// Where the key was set: a file, an environment variable, or `default`.
    pub origin: String,
    /// What is wrong and what is allowed.
    pub problem: String,
}

/// Everything that is wrong, at least one mistake, ordered by key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(Vec<Mistake>);

impl Mistake {
    pub(super) fn new(key: impl Into<String>, origin: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { key: key.into(), origin: origin.into(), problem: problem.into() }
    }
}

impl Mistakes {
    pub(super) fn new(mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by(|one, other| one.key.cmp(&other.key));
        Self(mistakes)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.key, self.origin, self.problem)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "1 mistake in the settings:")?,
            count => write!(f, "{count} mistakes in the settings:")?,
        }
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}
