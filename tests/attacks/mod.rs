//! Tests of attacks: what an attacker tries, and what the server refuses.

mod account_deletion;
mod api;
mod api_deletion;
mod api_payments;
mod api_tokens;
mod authenticator;
mod captcha;
mod captcha_service_calls;
mod captcha_vendors;
mod clock_and_keys;
#[cfg(target_os = "linux")]
mod connections;
mod contact_orders;
mod cross_site;
#[cfg(target_os = "linux")]
mod database_outages;
mod devices;
mod email_exchange;
mod email_links;
mod email_owner;
mod email_proof;
mod export;
mod flow_tokens;
mod foreign_hosts;
mod hash_flood;
mod kills;
mod leaks;
mod limit_settings;
mod limits;
mod lost_phone;
mod lost_phone_enumeration;
mod mixed_load;
mod notification_limits;
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
#[cfg(target_os = "linux")]
mod postgresql_disk;
mod races;
mod requests;
mod sends;
mod session_flood;
mod session_races;
mod slow_provider;
mod taken_usernames;
mod undo;
mod undo_email;
mod undo_email_links;
mod webhooks;
