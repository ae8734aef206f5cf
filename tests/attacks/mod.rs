//! Attacks.

mod api;
mod api_payments;
mod api_tokens;
mod authenticator;
mod captcha;
#[cfg(target_os = "linux")]
mod connections;
mod cross_site;
mod handles;
mod hash_flood;
mod leaks;
mod limits;
mod number_budget;
mod order;
mod password_timing;
mod payment_records;
mod payment_repeats;
mod payments;
mod races;
mod requests;
mod sends;
mod slow_provider;
mod webhooks;
