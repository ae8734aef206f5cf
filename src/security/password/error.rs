//! Errors of stored password hashes.

/// Why a text is not an accepted password hash. It never contains the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHash {
    #[error("this is not a whole and well-formed hash")]
    Malformed,
    #[error("hashes are taken of Argon2, bcrypt ($2a$, $2b$, $2y$), scrypt and PBKDF2 only")]
    UnknownScheme,
    #[error("a $2x$ hash fits several passwords; its owner needs a new password")]
    SignExtended,
    #[error("verifying this hash would take more memory or time than a sign-in may")]
    TooCostly,
}
