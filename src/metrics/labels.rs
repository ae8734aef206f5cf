//! The label values of the metrics.

/// Defines an enum whose variants are the values of one label.
macro_rules! label_values {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$value_doc:meta])* $value:ident => $text:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl $name {
            /// All values of the label.
            pub(super) const ALL: &[Self] = &[$(Self::$value),*];

            /// Returns the label value.
            pub(super) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)*
                }
            }
        }
    )*};
}

label_values! {
    /// How a sign-in has ended.
    SignInOutcome {
        /// A session was opened.
        Completed => "completed",
        /// The password was refused.
        PasswordRefused => "password_refused",
        /// Too many wrong codes were entered after a correct password.
        AttemptsUsedUp => "attempts_used_up",
        /// The user has cancelled the sign-in after a correct password.
        Cancelled => "cancelled",
    }

    /// Result of a password attempt.
    PasswordCheckOutcome {
        Right => "right",
        /// The password is wrong, or the account is unknown or may not sign in.
        Wrong => "wrong",
        /// The password was not verified, because too many wrong passwords were entered before.
        Limited => "limited",
    }

    /// Call to the API of the phone provider.
    ProviderOperation {
        Send => "send",
        Check => "check",
        Cancel => "cancel",
    }

    /// The kind of an HTTP request.
    RequestKind {
        /// A page, a form, a server function or a static file.
        Page => "page",
        /// The JSON API.
        Api => "api",
        Webhook => "webhook",
        /// A health check.
        Probe => "probe",
    }
}
