//! Decides what an import does with a row, in particular if its username or e-mail address is taken.

use super::row::{Column, Row, RowProblem};
use crate::store::accounts::Account;
use crate::store::accounts_operator;
use crate::store::{ReadFrom, Store, StoreError};
use domain::canonical_identifier;

/// Outcome of importing one row: created, unchanged or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RowOutcome {
    Created,
    /// The account exists and agrees with the row, apart from later changes by its user.
    Unchanged,
    Refused(Vec<RowProblem>),
}

/// Result of comparing an import row with an existing account: for each column, whether the values agree.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one independent result for each column"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AccountComparison {
    pub(super) username: bool,
    pub(super) email: bool,
    pub(super) full_name: bool,
    pub(super) phone: bool,
    pub(super) hash: bool,
}

impl AccountComparison {
    /// Compares the stored values of an account with those of an import row.
    fn from_account_and_row(account: &Account, row: &Row) -> Self {
        let phone = account.phone.as_ref();
        let phone = phone.map(|number| (number, account.phone_verified));
        // After the first import, the user may have set up the second factor with another number,
        // and a sign-in replaces the hash. Neither is a conflict.
        let set_up = account.mfa || account.last_method.is_some();
        let rehashed = account.password_hash.has_format_of_new_hashes();
        Self {
            username: account.username.to_ascii_lowercase() == row.username.canonical(),
            email: canonical_identifier(&account.email) == row.email.canonical(),
            full_name: account.full_name == row.full_name.as_str(),
            phone: set_up || phone == row.phone.as_ref().map(|(number, yes)| (number, *yes)),
            hash: rehashed || account.password_hash == row.password_hash,
        }
    }
}

/// Returns the outcome of an import row whose username or e-mail address is taken: unchanged or refused.
///
/// `accounts` are the existing accounts with this username or e-mail address, at least one.
pub(super) fn compare_import_row_with_accounts(row: &Row, accounts: &[Account]) -> RowOutcome {
    let comparisons = accounts
        .iter()
        .map(|account| AccountComparison::from_account_and_row(account, row));
    decide_import_row_outcome_from_comparisons(comparisons)
}

/// Decides whether an import row is unchanged or refused.
///
/// `comparisons` contains one comparison for each account that has the username or e-mail address of the row.
pub(super) fn decide_import_row_outcome_from_comparisons(
    comparisons: impl Iterator<Item = AccountComparison>,
) -> RowOutcome {
    let mut problems = Vec::new();
    for comparison in comparisons {
        match (comparison.username, comparison.email) {
            (true, true) => problems.extend(list_column_conflicts(comparison)),
            (true, false) => problems.push(RowProblem::Taken(Column::Username)),
            (false, _) => problems.push(RowProblem::Taken(Column::Email)),
        }
    }
    if problems.is_empty() {
        RowOutcome::Unchanged
    } else {
        RowOutcome::Refused(problems)
    }
}

/// Lists one problem for each value in which the stored account and the import row differ.
fn list_column_conflicts(comparison: AccountComparison) -> impl Iterator<Item = RowProblem> {
    [
        (comparison.full_name, Column::FullName),
        (comparison.phone, Column::Phone),
        (comparison.hash, Column::PasswordHash),
    ]
    .into_iter()
    .filter(|(same, _)| !same)
    .map(|(_, column)| RowProblem::Conflicts(column))
}

/// Compares an import row with the account that has its username or e-mail address.
///
/// Returns the outcome `unchanged` or `refused`, or `None` if the database has no such account.
pub(super) async fn compare_import_row_with_database(
    store: &Store,
    row: &Row,
) -> Result<Option<RowOutcome>, StoreError> {
    let holders = accounts_operator::find_accounts_by_username_or_email(
        ReadFrom::Store(store),
        &row.username,
        &row.email,
    )
    .await?;
    Ok((!holders.is_empty()).then(|| compare_import_row_with_accounts(row, &holders)))
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::{HASH, create_phone_rules, create_raw_row};
    use super::*;
    use crate::security::password::{HashParameters, PasswordHash};
    use domain::{Language, Method, Timestamp};

    const ARGON2_HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

    /// Returns a valid import row.
    fn create_valid_row() -> Row {
        Row::parse_import_row(&create_raw_row(&[]), &create_phone_rules())
            .expect("valid import row")
    }

    /// Creates an account with the values of the valid import row of these tests.
    fn create_account_matching_import_row() -> Account {
        let new = create_valid_row().convert_import_row_to_new_account(HashParameters::default());
        Account {
            id: new.id,
            full_name: new.full_name.as_str().into(),
            username: new.username.as_str().into(),
            email: new.email.as_str().into(),
            email_verified: true,
            password_hash: PasswordHash::parse(HASH).expect("valid password hash"),
            phone: new.phone.map(|(number, _)| number),
            phone_verified: false,
            mfa: false,
            has_password_from_mail: false,
            last_method: None,
            disabled: false,
            delete_at: None,
            deletion_by_operator: false,
            language: Language::English,
            phone_changed_at: None,
            device_epoch: 0,
            password_reset_required_at: None,
            created_at: Timestamp::from_millis(0),
        }
    }

    /// Returns the import outcome of a row that is refused because of `problem`.
    fn create_outcome_of_refused_row(problem: RowProblem) -> RowOutcome {
        RowOutcome::Refused(vec![problem])
    }

    #[test]
    fn import_row_that_equals_an_existing_account_has_outcome_unchanged() {
        assert_eq!(
            compare_import_row_with_accounts(
                &create_valid_row(),
                &[create_account_matching_import_row()]
            ),
            RowOutcome::Unchanged
        );
        let mut uppercase = create_account_matching_import_row();
        uppercase.username = "ANN".into();
        assert_eq!(
            compare_import_row_with_accounts(&create_valid_row(), &[uppercase]),
            RowOutcome::Unchanged
        );
    }

    #[test]
    fn second_import_of_an_account_changed_by_its_user_reports_unchanged() {
        let mut used = create_account_matching_import_row();
        used.password_hash = PasswordHash::parse(ARGON2_HASH).expect("valid password hash");
        used.phone = None;
        used.mfa = true;
        assert_eq!(
            compare_import_row_with_accounts(&create_valid_row(), &[used.clone()]),
            RowOutcome::Unchanged
        );
        used.mfa = false;
        used.last_method = Some(Method::Sms);
        assert_eq!(
            compare_import_row_with_accounts(&create_valid_row(), &[used]),
            RowOutcome::Unchanged
        );
    }

    #[test]
    fn import_row_with_the_username_or_email_of_another_account_is_refused() {
        let (mut one, mut two) = (
            create_account_matching_import_row(),
            create_account_matching_import_row(),
        );
        one.email = "other@example.com".into();
        two.username = "other".into();
        let username = RowProblem::Taken(Column::Username);
        let email = RowProblem::Taken(Column::Email);
        assert_eq!(
            compare_import_row_with_accounts(&create_valid_row(), &[one.clone()]),
            create_outcome_of_refused_row(username.clone())
        );
        assert_eq!(
            compare_import_row_with_accounts(&create_valid_row(), &[two.clone()]),
            create_outcome_of_refused_row(email.clone())
        );
        let both = RowOutcome::Refused(vec![username, email]);
        assert_eq!(
            compare_import_row_with_accounts(&create_valid_row(), &[one, two]),
            both
        );
    }

    #[test]
    fn import_never_overwrites_an_account_with_different_details() {
        let change = |change: fn(&mut Account)| {
            let mut account = create_account_matching_import_row();
            change(&mut account);
            compare_import_row_with_accounts(&create_valid_row(), &[account])
        };
        assert_eq!(
            change(|account| account.full_name = "Ann Other".into()),
            create_outcome_of_refused_row(RowProblem::Conflicts(Column::FullName))
        );
        assert_eq!(
            change(|account| account.phone = None),
            create_outcome_of_refused_row(RowProblem::Conflicts(Column::Phone))
        );
        assert_eq!(
            change(|account| account.phone_verified = true),
            create_outcome_of_refused_row(RowProblem::Conflicts(Column::Phone))
        );
        let other = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let mut rehashed = create_account_matching_import_row();
        rehashed.password_hash = PasswordHash::parse(other).expect("valid password hash");
        assert_eq!(
            compare_import_row_with_accounts(&create_valid_row(), &[rehashed]),
            create_outcome_of_refused_row(RowProblem::Conflicts(Column::PasswordHash))
        );
    }
}
