use super::Method;

/// A line of the security history: what happened to an account, as its holder is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    MfaReset,
    PasswordAccepted,
    PasswordRefused,
    CodeSent,
    CodeNotSent,
    CodeTooLate,
    CodeUnchecked,
    CodeWrong,
    RecoveryCodeWrong,
    TriesExhausted,
    FactorHeld,
    /// By this factor; `None` when the entry names none we know.
    SignedIn(Option<Method>),
    SignedOut,
    SignedOutElsewhere,
    SignedOutEverywhereElse,
    SteppedUp,
    SteppedUpByRecoveryCode,
    TwoFactorSetUp,
    PhoneChangeBegun,
    PhoneChanged,
    RecoveryCodesCreated,
    AuthenticatorBegun,
    AuthenticatorRefused,
    AuthenticatorAdded,
    AuthenticatorReplaced,
    AuthenticatorRemoved,
}
