//! The journeys: what a person does, from the first form to the last commit.
//!
//! A flow parses what was typed, asks the limits, reserves a transition of the state machine,
//! calls the provider outside any transaction, and commits what came of it. It knows neither
//! HTTP nor Leptos: requests come in as plain values, and [`Outcome`] says what is next.

pub mod alarm;
pub mod authenticator;
pub mod budget;
mod captcha;
mod deliver;
pub mod delivery;
pub mod factor;
pub mod history;
mod judge;
pub mod language;
pub mod live;
pub mod payment;
pub mod phone_change;
mod problems;
pub mod recovery;
pub mod registration;
pub mod sessions;
pub mod set_up;
pub mod sign_in;
pub mod step_up;
mod unsent;
pub mod verification;

use std::future::Future;

use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::security::captcha::{Action, Widget};
use crate::security::token::Token;
use domain::{Purpose, Step};

/// What a flow answers: the next step, and what the browser is to hold from now on.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub step: Step,
    pub grants: Vec<Grant>,
}

/// A change to what the browser holds.
#[derive(Clone, Debug)]
pub enum Grant {
    /// The handle of a flow that was just opened.
    Handle(Purpose, Token),
    /// The flow of this purpose is over.
    NoHandle(Purpose),
    Session(Token),
    NoSession,
}

impl Outcome {
    pub const fn step(step: Step) -> Self {
        Self {
            step,
            grants: Vec::new(),
        }
    }

    /// The flow that was opened, and the handle it is held by.
    pub fn handle(&self) -> Option<(Purpose, &Token)> {
        self.grants.iter().find_map(|grant| match grant {
            Grant::Handle(purpose, handle) => Some((*purpose, handle)),
            Grant::NoHandle(_) | Grant::Session(_) | Grant::NoSession => None,
        })
    }

    #[must_use]
    pub fn granting(mut self, grant: Grant) -> Self {
        self.grants.push(grant);
        self
    }
}

/// Runs `work` to its end even if the request it belongs to goes away: between "the provider
/// said yes" and the commit nothing may be lost (SM-15).
async fn detached<T: Send + 'static>(
    app: &AppState,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, FlowError> {
    app.tasks.spawn(work).await.map_err(|_| FlowError::TaskLost)
}

/// The challenge a form of this purpose shows; `None` where no CAPTCHA is asked for.
pub fn captcha_challenge(app: &AppState, purpose: Purpose) -> Option<String> {
    let action = match purpose {
        Purpose::Registration => Action::Registration,
        Purpose::SignIn => Action::SignIn,
        // These begin after a password or within a session, which ask for no CAPTCHA.
        Purpose::SetUp | Purpose::PhoneChange | Purpose::StepUp | Purpose::Payment => return None,
    };
    match app.captcha.challenge(action, app.now()) {
        Widget::ProofOfWork { challenge_json } => Some(challenge_json),
        Widget::None => None,
    }
}
