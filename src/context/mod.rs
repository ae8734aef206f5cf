//! The state that all requests share ([`AppState`]), and the sender and tokens of one request ([`RequestContext`]).

mod account_bucket_keys;
mod app_state;
mod clock_health;
mod delivery_health;
mod email_limits;
pub mod http_state;
mod password_limits;
mod rate_limits;
mod request_context;
mod send_alarms;
mod send_limits;
mod wrong_code_limits;

pub use account_bucket_keys::AccountBucketKeys;
pub use app_state::{ACCOUNTS_PER_PHONE, AppState, Limits, Policy, SharedAppState, SystemClock};
pub use clock_health::ClockHealth;
pub use delivery_health::{ChannelHealthChange, DeliveryHealth};
pub use password_limits::PasswordSubject;
pub use rate_limits::MAILED_LINK_LIFE;
pub use request_context::{Caller, RequestContext};
pub use send_alarms::{SendAlarm, record_newly_reached_alarm_thresholds};
