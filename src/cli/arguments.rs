use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Make, import, list and change accounts.
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
Hashes: Argon2, bcrypt, scrypt. What is wrong is said by line and the rest kept; an account that
exists is never changed. Exits with 2 when a row was refused.";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make an account whose owner sets up the second factor at the first sign-in.
    Create(NewUser),
    /// Take accounts over from another system, with their password hashes.
    #[command(after_help = IMPORT_HELP)]
    Import(ImportArguments),
    /// List all accounts by username, with --json one object a line.
    List,
    /// Show one account.
    Show {
        /// Username, email or id.
        who: String,
    },
    /// Bar an account from signing in; its sessions end at once.
    Disable {
        /// Username, email or id.
        who: String,
    },
    /// Let a disabled account sign in again.
    Enable {
        /// Username, email or id.
        who: String,
    },
    /// Require a new set-up of the second factor at the next sign-in; sessions end at once.
    ResetMfa {
        /// Username, email or id.
        who: String,
    },
}

#[derive(Args, Debug)]
pub struct NewUser {
    #[arg(long)]
    pub username: String,
    #[arg(long)]
    pub email: String,
    #[arg(long)]
    pub full_name: String,
    /// The number on file, which the owner confirms or replaces.
    #[arg(long)]
    pub phone: Option<String>,
    #[command(flatten)]
    pub password: PasswordSource,
}

/// A password on the command line would be in the shell's history and in every process list.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct PasswordSource {
    /// Read the password from standard input, one line.
    #[arg(long)]
    pub password_stdin: bool,
    /// Make a password and print it.
    #[arg(long)]
    pub generate_password: bool,
}

#[derive(Args, Debug)]
pub struct ImportArguments {
    /// What the file is; by default its extension says so.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Write nothing, and report what would be.
    #[arg(long)]
    pub dry_run: bool,
    /// The file, or - for standard input.
    pub file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// RFC 4180, with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
}
