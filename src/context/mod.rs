//! The state that all requests share ([`AppState`]), and the sender and tokens of one request ([`RequestContext`]).

mod app_state;
mod delivery_health;
pub mod http_state;
mod rate_limits;
mod request_context;
mod send_limits;

pub use app_state::{ACCOUNTS_PER_PHONE, AppState, Limits, Policy, SharedAppState, SystemClock};
pub use delivery_health::{DeliveryChange, DeliveryHealth};
pub use rate_limits::{PasswordSubject, failed_attempt_buckets_of_account};
pub use request_context::{Caller, RequestContext};
