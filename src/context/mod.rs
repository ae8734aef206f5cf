//! What a flow works with: the state shared by all requests, and what is known of one request.

mod app_state;
mod clock;
mod request_context;

pub use app_state::*;
pub use clock::SystemClock;
pub use request_context::*;
