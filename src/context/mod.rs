//! The state shared by all requests, and what is known about one request.

mod app_state;
mod clock;
pub mod http_state;
mod rate_limits;
mod request_context;

pub use app_state::{AppState, Limits, Policy, SharedAppState};
pub use clock::SystemClock;
pub use request_context::{Caller, RequestContext};
