//! What a flow answers to a request.

use crate::security::device::DeviceMark;
use crate::security::token::Token;
use domain::{FlashMessage, Purpose, Step, Timestamp};

/// The next step, and which tokens the caller receives or loses with it.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub step: Step,
    pub grants: Vec<Grant>,
    /// The message on the next page, where the step alone does not determine it.
    pub message: Option<FlashMessage>,
}

/// A change to the tokens that the caller holds.
#[derive(Clone, Debug)]
pub enum Grant {
    /// The token of a flow that was just opened.
    FlowToken(Purpose, Token),
    /// The flow of this purpose has ended; its token is of no more use.
    NoFlowToken(Purpose),
    Session(Token),
    NoSession,
    /// The device marks that the browser holds from now on, until the given time.
    Devices(Vec<DeviceMark>, Timestamp),
}

impl Outcome {
    pub const fn step(step: Step) -> Self {
        Self {
            step,
            grants: Vec::new(),
            message: None,
        }
    }

    /// Purpose and token of the flow that was opened.
    pub fn flow_token(&self) -> Option<(Purpose, &Token)> {
        self.grants.iter().find_map(|grant| match grant {
            Grant::FlowToken(purpose, token) => Some((*purpose, token)),
            Grant::NoFlowToken(_) | Grant::Session(_) | Grant::NoSession | Grant::Devices(..) => {
                None
            }
        })
    }

    #[must_use]
    pub fn granting(mut self, grant: Grant) -> Self {
        self.grants.push(grant);
        self
    }
}
