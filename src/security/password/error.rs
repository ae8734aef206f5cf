//! Errors of stored password hashes.

/// Reason why a text is not an accepted password hash. The reason never contains the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHash {
    #[error("the hash is incomplete or malformed")]
    Malformed,
    #[error(
        "the hash is of an unknown kind; accepted are Argon2, bcrypt ($2a$, $2b$, $2y$), scrypt, Firebase scrypt, PBKDF2 and SHA-crypt ($5$, $6$)"
    )]
    UnknownScheme,
    #[error(
        "a $2x$ hash accepts several passwords, so it is not imported; the user needs a new password"
    )]
    SignExtended,
    #[error("verifying the password hash would exceed the memory or time limit of a sign-in")]
    TooCostly,
}
