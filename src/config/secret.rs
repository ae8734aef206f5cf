//! Secret values, whose debug and display output is `[redacted]`.

use std::fmt;

/// A secret value. It prints as `[redacted]` and cannot be serialised; only [`Secret::expose`] reads it.
#[derive(Clone)]
pub struct Secret<T>(T);

/// A secret key of `N` bytes.
pub type SecretBytes<const N: usize> = Secret<[u8; N]>;

impl<T> Secret<T> {
    /// Wraps a value so that it prints as `[redacted]`.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the secret value. Call it only where the value is used.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_prints_as_redacted_and_can_be_exposed() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(
            format!("{secret} {secret:?} {:#?}", Some(&secret)),
            "[redacted] [redacted] Some(\n    [redacted],\n)"
        );
        assert_eq!(secret.expose(), "hunter2");
    }
}
