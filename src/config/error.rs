//! Errors of the configuration, written for the operator.

use std::fmt;

/// Error in one setting, with the problem and its remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}; {remedy}")]
pub struct ConfigError {
    /// The variable, key or file with the error, as the operator wrote it.
    pub name: String,
    /// What is wrong with the value. Contains no secret.
    pub problem: String,
    /// What to set instead.
    pub remedy: String,
}

/// All errors of a configuration, so that an operator can fix them in one pass.
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
