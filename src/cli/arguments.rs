use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Create, import, list and change accounts.
#[derive(Args, Debug)]
pub struct UserArguments {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

const IMPORT_HELP: &str = "\
Columns or members: username, email, full_name, password_hash; optional: phone, phone_verified.
Hashes: Argon2, bcrypt, scrypt, PBKDF2, SHA-crypt. Invalid rows are reported by line number, all others are imported.
Existing accounts are never changed. The exit code is 2 if rows were refused.";

/// The account commands. clap prints these comments as help.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Create an account. Its user sets up the second factor at the first sign-in.
    Create(CreateArguments),
    /// Import accounts of another system with their password hashes.
    #[command(after_help = IMPORT_HELP)]
    Import(ImportArguments),
    /// List all accounts by username. With --json: one object per line.
    List,
    /// Show one account.
    Show {
        /// Username, e-mail address or ID of the account.
        account: String,
    },
    /// Disable sign-in for an account and end its sessions. Pauses a deletion that the user requested.
    Disable {
        /// Username, e-mail address or ID of the account.
        account: String,
    },
    /// Enable sign-in for a disabled account. The waiting time of a requested deletion starts again.
    Enable {
        /// Username, e-mail address or ID of the account.
        account: String,
    },
    /// Replace the password of an account and end its sessions. The second factor stays.
    SetPassword {
        /// Username, e-mail address or ID of the account.
        account: String,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Replace the e-mail address of an account and end its sessions. The new address counts as verified.
    SetEmail {
        /// Username, e-mail address or ID of the account.
        account: String,
        /// The new address.
        email: String,
    },
    /// Mark the e-mail address of an account as verified.
    VerifyEmail {
        /// Username, e-mail address or ID of the account.
        account: String,
    },
    /// Replace the phone number of an account whose owner lost the phone. The next sign-in verifies the new number.
    SetPhone {
        /// Username, e-mail address or ID of the account.
        account: String,
        /// The new number, with country code or as dialled in `SALLYPORT_DEFAULT_COUNTRY`.
        phone: String,
    },
    /// Clear the limits that wrong passwords and wrong codes have reached for an account.
    Unlock {
        /// Username, e-mail address or ID of the account.
        account: String,
    },
    /// Print everything that is stored about the owner of an account, as JSON. With --json: on one line.
    Export {
        /// Username, e-mail address or ID of the account.
        account: String,
    },
    /// Delete an account: at once, or after `SALLYPORT_DELETION_DAYS`, within which a sign-in can keep it.
    Delete(DeleteArguments),
    /// Withdraw the requested deletion of an account. A disabled account stays disabled.
    Keep {
        /// Username, e-mail address or ID of the account.
        account: String,
    },
    /// End all sessions and require a new set-up of the second factor at the next sign-in.
    ResetMfa {
        /// Username, e-mail address or ID of the account.
        account: String,
    },
}

/// Arguments of `sallyport user delete`.
#[derive(Args, Debug)]
pub struct DeleteArguments {
    /// Username, e-mail address or ID of the account.
    pub account: String,
    /// Erase the account at once. This cannot be undone.
    #[arg(long)]
    pub now: bool,
    /// Do not ask for confirmation on standard input.
    #[arg(long)]
    pub yes: bool,
}

/// End the sessions, flows, links and codes that a restored backup has made valid again. Run it before `serve`.
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each member is an option of the command line"
)]
pub struct AfterRestoreArguments {
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
    /// Print what the command would do, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask for confirmation on standard input.
    #[arg(long)]
    pub yes: bool,
    /// End the unused recovery codes of all accounts too, because some may have been used after the backup.
    #[arg(long)]
    pub end_recovery_codes: bool,
}

/// Arguments of `sallyport user create`.
#[derive(Args, Debug)]
pub struct CreateArguments {
    #[arg(long)]
    pub username: String,
    #[arg(long)]
    pub email: String,
    #[arg(long)]
    pub full_name: String,
    /// Unverified phone number. The user confirms or replaces it at the first sign-in.
    #[arg(long)]
    pub phone: Option<String>,
    #[command(flatten)]
    pub password: PasswordSource,
}

/// Source of the new password. There is no argument for the password itself: it would be in the
/// shell history and in every process list.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct PasswordSource {
    /// Read the password from standard input: one line.
    #[arg(long)]
    pub password_stdin: bool,
    /// Generate a password and print it.
    #[arg(long)]
    pub generate_password: bool,
}

/// Arguments of `sallyport user import`.
#[derive(Args, Debug)]
pub struct ImportArguments {
    /// File format. Default: from the file name extension.
    #[arg(long, value_enum)]
    pub format: Option<ImportFormat>,
    /// Report what the import would do, without writing.
    #[arg(long)]
    pub dry_run: bool,
    /// File to import, or - for standard input.
    pub file: PathBuf,
}

/// Format of an import file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportFormat {
    /// CSV (RFC 4180) with a header line. Commas, semicolons or tabs separate the fields.
    Csv,
    /// One JSON object per line.
    Jsonl,
}
