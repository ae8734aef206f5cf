//! Attacks.

mod api;
mod api_payments;
mod api_tokens;
mod authenticator;
mod captcha;
mod cross_site;
mod handles;
mod leaks;
mod limits;
mod order;
mod payment_records;
mod payment_repeats;
mod payments;
mod races;
mod requests;
mod webhooks;
