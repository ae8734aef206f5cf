//! Finds the dialog over the sign-in form, or why there is none.

use axum::response::Response;

use super::page_context::{BrowserFlow, PageContext, error_response, redirect};
use crate::auth::entry::set_up::{self, SetUpPosition};
use crate::auth::entry::{method_choice, verification};
use crate::auth::error::FlowError;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, accounts};
use crate::verification::Ending;
use crate::web::islands::SetUpStep;
use crate::web::request::WebState;
use domain::{FormErrors, MethodOption, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::SignIn;

/// Dialog or error that covers the password form of the sign-in page.
#[derive(Clone, Default)]
pub enum Overlay {
    #[default]
    None,
    /// The dialog for the choice of method.
    Methods {
        methods: Vec<MethodOption>,
        wait: FormErrors,
        username: Option<String>,
    },
    /// The dialog for the set-up of an account without a second factor, or after a lost phone.
    SetUp {
        step: SetUpStep,
        confirms_stored_number: bool,
        /// Whether the set-up needs a code of the number on file.
        needs_stored_number: bool,
        /// Whether the number replaces that of a phone that was reported lost.
        replaces_lost_phone: bool,
        username: Option<String>,
    },
    /// No dialog. The form shows why the flow of this purpose cannot go on.
    Ended(Purpose, Problem),
    /// No dialog. The code of this flow was right, but the browser has not received the answer with the session.
    AnswerLost(Purpose),
}

impl Overlay {
    /// Returns the username of the account whose sign-in the dialog continues.
    pub fn username(&self) -> Option<&str> {
        match self {
            Self::Methods { username, .. } | Self::SetUp { username, .. } => username.as_deref(),
            Self::None | Self::Ended(..) | Self::AnswerLost(_) => None,
        }
    }

    /// Returns the purpose of the ended flow about which the page says something; `None` if it says nothing.
    pub(super) const fn ended_flow(&self) -> Option<Purpose> {
        match self {
            Self::Ended(purpose, _) | Self::AnswerLost(purpose) => Some(*purpose),
            Self::None | Self::Methods { .. } | Self::SetUp { .. } => None,
        }
    }

    /// Returns whether the dialog on the sign-in page asks for a phone number.
    pub(super) const fn has_phone_field(&self) -> bool {
        matches!(
            self,
            Self::SetUp {
                step: SetUpStep::EnterNumber { .. },
                ..
            }
        )
    }
}

/// Returns the dialog or error that covers the sign-in page, for the current step of a sign-in.
///
/// Fails with a redirect if the verification flow of this browser continues on another page.
pub(super) async fn find_dialog_of_sign_in_page(
    shared: &WebState,
    page_context: &PageContext,
) -> Result<Overlay, Response> {
    let ended_sign_in = match page_context
        .find_verification_flow_of_browser(shared, PURPOSE)
        .await?
    {
        BrowserFlow::Live(flow) => {
            return match method_choice::find_second_factor_step(&shared.app, &flow)
                .await
                .map_err(error_response)?
            {
                Step::ChooseMethod { methods, .. } => Ok(Overlay::Methods {
                    wait: page_context.find_sms_wait(shared, &flow, &methods).await?,
                    methods,
                    username: find_username_of_flow(shared, &flow).await?,
                }),
                step => Err(redirect(&step.path())),
            };
        }
        BrowserFlow::Blocked(problem) => return Ok(Overlay::Ended(PURPOSE, problem)),
        // The code page has shown that no attempts are left.
        BrowserFlow::Ended(ending @ (Ending::Expired | Ending::Voided)) => {
            let problem = verification::ended_flow_problem(PURPOSE, ending);
            Overlay::Ended(PURPOSE, problem)
        }
        BrowserFlow::Ended(Ending::Completed) => Overlay::AnswerLost(PURPOSE),
        BrowserFlow::Ended(_) | BrowserFlow::Missing => Overlay::None,
    };
    match page_context
        .find_verification_flow_of_browser(shared, Purpose::SetUp)
        .await?
    {
        BrowserFlow::Live(flow) => {
            match set_up::find_set_up_position(&shared.app, &flow).await {
                Ok(SetUpPosition {
                    step,
                    needs_code_of_stored_number,
                }) => Ok(Overlay::SetUp {
                    confirms_stored_number: set_up::is_code_sent_to_stored_phone_number(
                        &flow, &step,
                    ),
                    needs_stored_number: needs_code_of_stored_number,
                    replaces_lost_phone: set_up::is_set_up_after_lost_phone(&flow),
                    username: find_username_of_flow(shared, &flow).await?,
                    step: match step {
                        Step::EnterCode(entry) => SetUpStep::EnterCode(entry),
                        Step::SendCode { hint, .. } => SetUpStep::SendCode(hint),
                        Step::SetUp { stored_phone } => SetUpStep::EnterNumber { stored_phone },
                        other => return Err(redirect(&other.path())),
                    },
                }),
                // Another request has completed the set-up or an operator has disabled the account.
                Err(FlowError::Refused(_)) => Ok(ended_sign_in),
                Err(error) => Err(error_response(error)),
            }
        }
        BrowserFlow::Blocked(problem) => Ok(Overlay::Ended(Purpose::SetUp, problem)),
        BrowserFlow::Ended(ending @ (Ending::Expired | Ending::Exhausted | Ending::Voided)) => {
            let problem = verification::ended_flow_problem(Purpose::SetUp, ending);
            Ok(Overlay::Ended(Purpose::SetUp, problem))
        }
        BrowserFlow::Ended(Ending::Completed) => Ok(Overlay::AnswerLost(Purpose::SetUp)),
        BrowserFlow::Ended(_) | BrowserFlow::Missing => Ok(ended_sign_in),
    }
}

/// Returns the username of the account that a verification flow belongs to.
pub(super) async fn find_username_of_flow(
    shared: &WebState,
    flow: &Flow,
) -> Result<Option<String>, Response> {
    let Some(id) = &flow.account else {
        return Ok(None);
    };
    let account = accounts::find_account(ReadFrom::Store(&shared.app.store), id)
        .await
        .map_err(|error| error_response(error.into()))?;
    Ok(account.map(|account| account.username))
}
