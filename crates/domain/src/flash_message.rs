use serde::{Deserialize, Serialize};

use crate::calendar_day::CalendarDay;

/// Message about the result of an action, which the next page shows once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlashMessage {
    Registered,
    /// Registration: the phone number was verified, but it already has the maximum number of accounts.
    #[serde(rename = "number_crowded")]
    PhoneAccountLimitReached,
    /// Registration: the phone number was verified, but another account has taken the username meanwhile.
    UsernameTaken,
    SignedOut,
    /// The session has ended, and the user asked for a page that needs one.
    SignInNeeded,
    /// The submitted form was rendered for another account than that of the session, and nothing was done.
    AnotherAccountSignedIn,
    /// Sign-in, set-up of a second factor or step-up: the code was right, but the browser has not received the session.
    SignInAnswerLost,
    /// The phone number was changed, but the browser has not received the new token of its session.
    PhoneChangeAnswerLost,
    /// A change of the account was saved, but the browser has not received the new token of its session.
    ChangeAnswerLost,
    PhoneChanged,
    AuthenticatorAdded,
    AuthenticatorRemoved,
    /// The page with new recovery codes was loaded again.
    CodesShownOnce,
    SessionEnded,
    SessionsEnded,
    ResetRequested,
    PasswordReset,
    /// The user has cancelled a password reset, whose link cannot be used again.
    PasswordResetCancelled,
    PasswordChanged,
    EmailVerified,
    EmailChanged,
    EmailChangeCancelled,
    NamesChanged,
    RecoveryRequested,
    RecoveryOpened,
    /// Lost phone: this browser can set up the new number when the waiting time is over.
    RecoveryBrowserChanged,
    /// Lost phone: this browser can set up the new number now.
    RecoveryBrowserReady,
    RecoveryCancelled,
    /// The previous phone number was restored.
    #[serde(rename = "change_undone")]
    PhoneChangeUndone,
    /// The previous e-mail address was restored.
    EmailChangeUndone,
    /// The account will be erased on this day.
    DeletionRequested {
        on: CalendarDay,
    },
    DeletionWithdrawn,
    /// The browser stores no cookies, so that it cannot continue a sign-in or registration.
    CookiesBlocked,
}
