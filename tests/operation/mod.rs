//! Operation: start, configuration, storage, crashes, clusters, accounts.

mod account_deletion;
mod account_periods;
mod after_restore;
mod cancelled_recoveries;
mod clock;
mod closed_output;
mod cluster;
mod configuration;
#[cfg(target_os = "linux")]
mod core_dumps;
mod crash;
mod database_files;
mod database_rights;
mod database_settings;
mod disabled_accounts;
mod export;
mod failed_text_messages;
mod gallery;
mod import;
mod import_files;
mod import_hashes;
mod import_values;
mod locked_out_users;
#[cfg(target_os = "linux")]
mod memory;
mod metrics;
mod outbox;
mod pasted_values;
mod paused_deletions;
mod payments;
mod pgbouncer;
mod request_ids;
mod schema_versions;
mod secret_key;
mod store;
mod user_emails;
mod user_passwords;
mod user_show;
mod users;
