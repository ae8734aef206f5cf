//! A row of an import file: its unparsed texts, and the account that it describes.

use std::fmt;

use super::spreadsheet_phone::{has_decimal_or_exponent, may_lack_plus};
use crate::security::password::{HashParameters, InvalidHash, PasswordHash};
use crate::security::phone_rules::{self, PhoneRules};
use crate::security::token::AccountId;
use crate::store::accounts_operator::UnenrolledAccount;
use domain::typed_text::remove_invisible_characters;
use domain::{EmailAddress, FullName, Language, PhoneNumber, Problem, Username};

/// Column of a CSV import file, or member of a JSON Lines object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Username,
    Email,
    FullName,
    Phone,
    PhoneVerified,
    PasswordHash,
}

impl Column {
    const ALL: [Self; 6] = [
        Self::Username,
        Self::Email,
        Self::FullName,
        Self::Phone,
        Self::PhoneVerified,
        Self::PasswordHash,
    ];

    pub(super) const REQUIRED: [Self; 4] = [
        Self::Username,
        Self::Email,
        Self::FullName,
        Self::PasswordHash,
    ];

    /// Returns the name of the column as in the header of an import file.
    pub(super) const fn column_name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::FullName => "full_name",
            Self::Phone => "phone",
            Self::PhoneVerified => "phone_verified",
            Self::PasswordHash => "password_hash",
        }
    }

    /// Parses a column name from a CSV header. Ignores letter case, spaces, dashes and underscores.
    pub(super) fn from_csv_header(header: &str) -> Option<Self> {
        let letters = |text: &str| -> String {
            let kept = text
                .chars()
                .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_'));
            kept.flat_map(char::to_lowercase).collect()
        };
        let header = letters(header);
        Self::ALL
            .into_iter()
            .find(|column| letters(column.column_name()) == header)
    }

    /// Finds the column with exactly this name.
    pub(super) fn from_column_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|column| column.column_name() == name)
    }
}

/// Unparsed texts of an import row, one for each column; empty for a missing column.
///
/// `Debug` prints none of them, because one is a password hash.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct RawRow([String; Column::ALL.len()]);

impl RawRow {
    /// Sets the text of a column.
    pub(super) fn set_column_text(&mut self, column: Column, text: String) {
        self.0[column as usize] = text;
    }

    /// Returns the text of a column; empty if the row does not have it.
    pub(super) fn get_column_text(&self, column: Column) -> &str {
        &self.0[column as usize]
    }
}

impl fmt::Debug for RawRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawRow")
    }
}

/// Reason why an import row is refused. Its text contains no value of the row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RowProblem {
    #[error("{}: {}", .0.column_name(), (Language::English.page_texts().problem)(.1))]
    Field(Column, Problem),
    #[error("the value of password_hash is not accepted: {reason}", reason = .0)]
    Hash(InvalidHash),
    #[error(
        "the account has no password that can be imported, because password_hash begins with `!` or is `*`; \
         create the account with `sallyport user create --generate-password`"
    )]
    NoPassword,
    #[error(
        "phone: a spreadsheet program has changed the number to a form such as 1.4E+10 or 4155550142.0; \
         format the column as text and restore the numbers from their source"
    )]
    PhoneDecimalOrExponent,
    #[error(
        "phone: {} If the number begins with its country code, write `+` before it.",
        (Language::English.page_texts().problem)(.0)
    )]
    PhoneMayLackPlus(Problem),
    #[error("the value of phone_verified must be `true` or `false`")]
    NotBoolean,
    #[error("phone_verified is `true`, but the row has no phone number")]
    VerifiedWithoutPhone,
    #[error("another account already has the {column} of this row", column = .0.column_name())]
    Taken(Column),
    #[error("the existing account has another {column}, which the import does not change", column = .0.column_name())]
    Conflicts(Column),
    #[error("the value of the member {column} must be a JSON string", column = .0.column_name())]
    NotText(Column),
    #[error("the JSON object has an unknown member {0:?}; remove it")]
    UnknownMember(String),
    #[error("the JSON object has the member {column} twice; remove one", column = .0.column_name())]
    DuplicateMember(Column),
    #[error("the line is not exactly one JSON object")]
    NotAnObject,
    #[error(
        "the row has {found} fields, but the file has {expected} columns{}",
        hint_for_field_count(*found, *expected)
    )]
    FieldCount { found: usize, expected: usize },
    #[error(
        "the line begins a JSON array: write one object on each line, without brackets and commas around it"
    )]
    JsonArray,
    #[error("the row is not UTF-8: save the file as UTF-8")]
    NotUtf8,
    #[error("the line has more than 65,536 bytes; the import of a CSV file stops at such a line")]
    TooLong,
    #[error("the row has an opening quote without a closing one; no later line was read")]
    UnclosedQuote,
    #[error(
        "the row has text after a closing quote, or a backslash before it: write each quote inside a quoted \
         field twice, without a backslash; no later line was read"
    )]
    MisplacedQuote,
}

/// Returns how to correct a CSV row with a wrong number of fields. Returns an empty text if the cause is unclear.
const fn hint_for_field_count(found: usize, expected: usize) -> &'static str {
    if found > expected {
        ": write values that contain the separator in quotes, such as Argon2 hashes in a file with commas"
    } else if found == 1 {
        ": separate the fields as in the first line, and write no quotes around the whole row"
    } else {
        ""
    }
}

/// Validated import row: the account to create.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) full_name: FullName,
    pub(super) username: Username,
    pub(super) email: EmailAddress,
    pub(super) password_hash: PasswordHash,
    /// The phone number, and whether it is verified.
    pub(super) phone: Option<(PhoneNumber, bool)>,
}

impl Row {
    /// Parses an import row under the same rules as a registration. On failure, returns all problems of the row.
    pub(super) fn parse_import_row(
        raw: &RawRow,
        rules: &PhoneRules,
    ) -> Result<Self, Vec<RowProblem>> {
        let mut problems = Vec::new();
        let mut collector = ProblemCollector(&mut problems);
        let username = collector.parse_field(raw, Column::Username, Username::parse);
        let email = collector.parse_field(raw, Column::Email, EmailAddress::parse);
        let full_name = collector.parse_field(raw, Column::FullName, FullName::parse);
        let number = collector.value_or_collected_problem(parse_phone_column(raw, rules));
        let hash = collector.value_or_collected_problem(parse_password_hash_column(raw));
        let verified = collector.value_or_collected_problem(parse_phone_verified_column(raw));
        if let (Some(None), Some(true)) = (&number, verified) {
            problems.push(RowProblem::VerifiedWithoutPhone);
        }
        match (username, email, full_name, hash, number, verified) {
            (
                Some(username),
                Some(email),
                Some(full_name),
                Some(password_hash),
                Some(number),
                Some(verified),
            ) if problems.is_empty() => Ok(Self {
                full_name,
                username,
                email,
                password_hash,
                phone: number.map(|number| (number, verified)),
            }),
            _ => Err(problems),
        }
    }

    /// Converts the import row to an account without second factor, with a new ID.
    ///
    /// `server_parameters` are the hash parameters of this server.
    pub(super) fn convert_import_row_to_new_account(
        &self,
        server_parameters: HashParameters,
    ) -> UnenrolledAccount {
        UnenrolledAccount {
            id: AccountId::generate(),
            full_name: self.full_name.clone(),
            username: self.username.clone(),
            email: self.email.clone(),
            password_hash: self.password_hash.clone(),
            has_slow_hash: self
                .password_hash
                .is_slower_to_verify_than_new_hash(server_parameters),
            phone: self.phone.clone(),
        }
    }
}

/// Collects the problems found while a row is parsed.
struct ProblemCollector<'a>(&'a mut Vec<RowProblem>);

impl ProblemCollector<'_> {
    fn value_or_collected_problem<T>(&mut self, parsed: Result<T, RowProblem>) -> Option<T> {
        parsed.map_err(|problem| self.0.push(problem)).ok()
    }

    fn parse_field<T>(
        &mut self,
        raw: &RawRow,
        column: Column,
        parse: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let parsed = parse(raw.get_column_text(column));
        self.value_or_collected_problem(
            parsed.map_err(|problem| RowProblem::Field(column, problem)),
        )
    }
}

/// Parses the phone number of a row; `None` if the column is empty.
fn parse_phone_column(raw: &RawRow, rules: &PhoneRules) -> Result<Option<PhoneNumber>, RowProblem> {
    let text = raw.get_column_text(Column::Phone);
    if remove_invisible_characters(text).is_empty() {
        return Ok(None);
    }
    if has_decimal_or_exponent(text) {
        return Err(RowProblem::PhoneDecimalOrExponent);
    }
    let parsed = phone_rules::parse_phone_number(text, rules);
    parsed.map(Some).map_err(|problem| {
        let with_plus = format!("+{}", text.trim());
        let lacks_plus = may_lack_plus(text)
            && (problem == Problem::PhoneInvalid
                || phone_rules::parse_phone_number(&with_plus, rules).is_ok());
        if lacks_plus {
            RowProblem::PhoneMayLackPlus(problem)
        } else {
            RowProblem::Field(Column::Phone, problem)
        }
    })
}

/// Parses the password hash of a row.
fn parse_password_hash_column(raw: &RawRow) -> Result<PasswordHash, RowProblem> {
    let text = raw.get_column_text(Column::PasswordHash).trim();
    if text.is_empty() {
        return Err(RowProblem::Field(Column::PasswordHash, Problem::Missing));
    }
    // Django begins the value with `!` for an account without password, and /etc/shadow for a locked one.
    if text.starts_with('!') || text == "*" {
        return Err(RowProblem::NoPassword);
    }
    PasswordHash::parse_imported_hash(strip_scheme_in_braces(text)).map_err(RowProblem::Hash)
}

/// Removes the scheme in braces before a hash that also begins with `$` and its scheme, such as `{bcrypt}$2b$…`.
///
/// Spring Security, Dovecot and LDAP servers write such values. Spring Security may add a version, as in `{argon2@…}`.
fn strip_scheme_in_braces(hash: &str) -> &str {
    const SCHEMES: [&str; 8] = [
        "bcrypt",
        "argon2",
        "crypt",
        "blf-crypt",
        "sha256-crypt",
        "sha512-crypt",
        "argon2i",
        "argon2id",
    ];
    let Some((scheme, rest)) = hash
        .strip_prefix('{')
        .and_then(|inner| inner.split_once('}'))
    else {
        return hash;
    };
    let scheme = scheme.split_once('@').map_or(scheme, |(scheme, _)| scheme);
    let is_known = SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    if is_known && rest.starts_with('$') {
        rest
    } else {
        hash
    }
}

/// Parses the column `phone_verified`: a truth value as databases and spreadsheet programs write it, or empty.
fn parse_phone_verified_column(raw: &RawRow) -> Result<bool, RowProblem> {
    let typed = remove_invisible_characters(raw.get_column_text(Column::PhoneVerified));
    // The words are those of spreadsheet programs in the languages of the product.
    match typed.to_lowercase().as_str() {
        "true" | "t" | "1" | "wahr" | "vrai" | "verdadero" | "verdadeiro" | "prawda" => Ok(true),
        "" | "false" | "f" | "0" | "falsch" | "faux" | "falso" | "fałsz" => Ok(false),
        _ => Err(RowProblem::NotBoolean),
    }
}

/// Line number of an import row, with the parsed row or its problems.
pub(super) type NumberedRow<T> = (u64, Result<T, Vec<RowProblem>>);

#[cfg(test)]
#[path = "row_tests.rs"]
pub(super) mod tests;
