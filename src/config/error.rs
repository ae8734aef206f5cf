//! What is wrong with the configuration, in the operator's words.

use std::fmt;

/// One thing to put right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {wrong}; {remedy}")]
pub struct ConfigError {
    /// The variable, key or file as the operator wrote it.
    pub name: String,
    /// What is wrong with it. Never holds a secret's value.
    pub wrong: String,
    /// What to set instead.
    pub remedy: String,
}

/// Everything that is wrong, so that an operator mends it in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = if self.0.len() == 1 { "error" } else { "errors" };
        write!(f, "{} {errors} in the configuration", self.0.len())?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for ConfigErrors {}
