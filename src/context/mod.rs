//! The state shared by all requests, and what is known about one request.

mod app_state;
pub mod http_state;
mod rate_limits;
mod request_context;
mod send_limits;

pub use app_state::{ACCOUNTS_PER_PHONE, AppState, Limits, Policy, SharedAppState, SystemClock};
pub use rate_limits::PasswordSubject;
pub use request_context::{Caller, RequestContext};
