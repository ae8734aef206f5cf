//! The successful result of a request: the next step, and changes to the caller's tokens.

use crate::security::device::DeviceMark;
use crate::security::phone_rules;
use crate::security::token::{AccountId, Token};
use domain::{Field, FlashMessage, PhoneNumber, Purpose, Step, Timestamp};

/// Successful result of a request: the next step, and changes to the tokens of the client.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub step: Step,
    pub token_changes: Vec<TokenChange>,
    /// The message that the next page shows. `None` if the step determines the message.
    pub message: Option<FlashMessage>,
    /// The account that the message is about, if the request needs no session.
    ///
    /// The next page then shows the message without the session of another account. A session of this account stays.
    pub message_account: Option<AccountId>,
    /// The username that the sign-in form of the next page contains.
    pub sign_in_name: Option<String>,
    /// Other values that the form of the next page contains.
    pub form_values: Vec<(Field, String)>,
    /// Whether the browser loads the page of the next step, because only the page shows the wait for a text message.
    pub loads_page: bool,
}

/// A change to the tokens that the client stores: cookies in a browser, values in an API client.
#[derive(Clone, Debug)]
pub enum TokenChange {
    /// Stores the token of a flow that was just opened.
    SetFlowToken(Purpose, Token),
    /// Deletes the flow token of this purpose, because its flow has ended.
    RemoveFlowToken(Purpose),
    /// Stores the token of a session.
    SetSession(Token),
    /// Deletes the session token, because its session has ended.
    RemoveSession,
    /// Stores the token of a browser that may complete a lost-phone recovery. It expires at the given time.
    SetRecovery(Token, Timestamp),
    /// Deletes that token, because the recovery is completed.
    RemoveRecovery,
    /// Replaces the device marks of the browser. The marks expire at the given time.
    SetDeviceMarks(Vec<DeviceMark>, Timestamp),
}

impl Outcome {
    /// Creates the result of a successful request with this next step for the user.
    ///
    /// The tokens of the client do not change.
    pub const fn from_step(step: Step) -> Self {
        Self {
            step,
            token_changes: Vec::new(),
            message: None,
            message_account: None,
            sign_in_name: None,
            form_values: Vec::new(),
            loads_page: false,
        }
    }

    /// Returns purpose and token of the verification flow that the request has opened. Returns `None` if it has opened
    /// none.
    pub fn flow_token(&self) -> Option<(Purpose, &Token)> {
        self.token_changes.iter().find_map(|change| match change {
            TokenChange::SetFlowToken(purpose, token) => Some((*purpose, token)),
            TokenChange::RemoveFlowToken(_)
            | TokenChange::SetSession(_)
            | TokenChange::RemoveSession
            | TokenChange::SetRecovery(..)
            | TokenChange::RemoveRecovery
            | TokenChange::SetDeviceMarks(..) => None,
        })
    }

    /// Adds a token change to this result, for example a new session token.
    ///
    /// The response sets or deletes the token in the client.
    #[must_use]
    pub fn with_token_change(mut self, change: TokenChange) -> Self {
        self.token_changes.push(change);
        self
    }

    /// Adds the account that the message of this result is about.
    #[must_use]
    pub fn with_message_account(mut self, account: &AccountId) -> Self {
        self.message_account = Some(account.clone());
        self
    }

    /// Adds a phone number and its country to the values that the form of the next page contains, if there is one.
    ///
    /// `typed` must be a number that the user has typed in this verification flow.
    #[must_use]
    pub fn with_typed_phone_number(mut self, typed: Option<&PhoneNumber>) -> Self {
        let Some(number) = typed else { return self };
        let text = phone_rules::format_phone_number_in_groups(number);
        self.form_values.push((Field::Phone, text));
        self.with_country_of_phone_number(number)
    }

    /// Adds the country of a phone number, without the number, to the values that the form of the next page contains.
    #[must_use]
    pub fn with_country_of_phone_number(mut self, number: &PhoneNumber) -> Self {
        let country = phone_rules::find_country_code_of_number(number);
        self.form_values.push((Field::Country, country));
        self
    }
}
