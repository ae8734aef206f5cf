//! Attacks.

mod api;
mod api_payments;
mod api_tokens;
mod authenticator;
mod captcha;
mod captcha_vendors;
mod clock_and_keys;
#[cfg(target_os = "linux")]
mod connections;
mod cross_site;
#[cfg(target_os = "linux")]
mod database_outages;
mod devices;
mod handles;
mod hash_flood;
mod kills;
mod leaks;
mod limits;
mod notifications;
mod number_budget;
mod order;
mod password_reset;
mod password_timing;
mod passwords;
mod payment_records;
mod payment_repeats;
mod payments;
mod payments_without_code;
mod races;
mod requests;
mod sends;
mod slow_provider;
mod taken_usernames;
mod webhooks;
