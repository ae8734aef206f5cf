//! Simulates the HTTP APIs of the phone verification providers Twilio and Telnyx, without sending
//! messages.
//!
//! An application uses the simulator by changing the base URL of its provider client. Credentials,
//! request formats, statuses, error codes, lifetimes and limits follow the published contract of
//! each provider. Reading codes, advancing time and scripting faults happen under `/_simulator/`,
//! a path that neither provider uses, and on the phone page at `/`.
//!
//! | module | content |
//! |---|---|
//! | [`settings`] | accounts, services, switches |
//! | [`clock`] | time that tests can advance |
//! | `arguments`, `standalone` | the command line, and the simulator as a program |
//! | `log_filter` | the filter of the log |
//! | `server`, `router` | the accept loop, and all routes |
//! | `request_guard` | the checks against pages of other sites |
//! | `simulator` | the state that all routes share |
//! | `provider_call` | one provider call: ledger, fault, effect, response |
//! | `faults`, `fault_injection` | the fault script, and how a fault changes a response |
//! | `twilio` | Twilio Verify v2 and messages: routes, state machine, errors, events |
//! | `telnyx` | Telnyx Verify v2, in the same layout |
//! | `provider`, `webhooks` | the events of the providers, and their delivery to the application |
//! | `mailbox` | the SMTP server |
//! | `inbox`, `ledger` | sent messages and mails, and received provider calls |
//! | `magic_numbers` | phone numbers that fail on purpose |
//! | `captcha` | the CAPTCHA services: verification and widget scripts |
//! | `control`, `phone` | `/_simulator/*`, and the phone page |
//!
//! The crate shares no code with the provider clients that it tests.

mod arguments;
mod captcha;
pub mod clock;
mod codes;
mod control;
mod fault_injection;
mod faults;
mod identifiers;
mod inbox;
mod ledger;
mod log_filter;
mod magic_numbers;
mod mailbox;
mod phone;
mod provider;
mod provider_call;
mod request_guard;
mod response;
mod router;
mod server;
pub mod settings;
mod simulator;
mod standalone;
mod telnyx;
mod twilio;
mod webhooks;

#[cfg(test)]
mod tests;

pub use arguments::SimulatorArguments;
pub use clock::Clock;
pub use log_filter::parse_log_filter;
pub use router::create_simulator_router;
pub use server::{Listeners, serve_simulator};
pub use settings::{
    ApiKey, Settings, TelnyxSettings, TwilioSettings, VerifyProfile, VerifyService, WebhookTargets,
};
pub use simulator::Simulator;
pub use standalone::{InvalidSetting, ListenError, StandaloneConfig, serve_standalone_simulator};
