//! The outcome of a row whose username or e-mail address is taken.

use super::row::{Column, Row, RowProblem};
use crate::store::accounts::Account;
use crate::store::accounts_operator;
use crate::store::{Store, StoreError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Created,
    /// The account is there, as the row has it or as its owner has made it since.
    Unchanged,
    Refused(Vec<RowProblem>),
}

/// How an account that has the row's username or e-mail compares to the row.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one answer a column: they are independent"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Likeness {
    pub(super) username: bool,
    pub(super) email: bool,
    pub(super) full_name: bool,
    pub(super) phone: bool,
    pub(super) hash: bool,
}

impl Likeness {
    fn to(account: &Account, row: &Row) -> Self {
        let phone = account.phone.as_ref();
        let phone = phone.map(|number| (number, account.phone_verified));
        // Since it was imported, its owner may have set up the second factor, perhaps with
        // another number, and have had the hash replaced by signing in. That is no contradiction.
        let set_up = account.mfa || account.last_method.is_some();
        let rehashed = account.password_hash.is_of_our_form();
        Self {
            username: account.username.to_ascii_lowercase() == row.username.canonical(),
            email: account.email.to_ascii_lowercase() == row.email.canonical(),
            full_name: account.full_name == row.full_name.as_str(),
            phone: set_up || phone == row.phone.as_ref().map(|(number, yes)| (number, *yes)),
            hash: rehashed || account.password_hash == row.password_hash,
        }
    }
}

/// Judges a row by the accounts that have its username or its e-mail, of which there is one.
pub(super) fn over(row: &Row, holders: &[Account]) -> Verdict {
    judge(holders.iter().map(|account| Likeness::to(account, row)))
}

/// The same by how they compare to it.
pub(super) fn judge(holders: impl Iterator<Item = Likeness>) -> Verdict {
    let mut problems = Vec::new();
    for likeness in holders {
        match (likeness.username, likeness.email) {
            (true, true) => problems.extend(differences(likeness)),
            (true, false) => problems.push(RowProblem::Taken(Column::Username)),
            (false, _) => problems.push(RowProblem::Taken(Column::Email)),
        }
    }
    if problems.is_empty() {
        Verdict::Unchanged
    } else {
        Verdict::Refused(problems)
    }
}

fn differences(likeness: Likeness) -> impl Iterator<Item = RowProblem> {
    [
        (likeness.full_name, Column::FullName),
        (likeness.phone, Column::Phone),
        (likeness.hash, Column::PasswordHash),
    ]
    .into_iter()
    .filter(|(same, _)| !same)
    .map(|(_, column)| RowProblem::Differs(column))
}

/// What the accounts that exist make of a row.
pub(super) async fn judged_by_store(
    store: &Store,
    row: &Row,
) -> Result<Option<Verdict>, StoreError> {
    let holders = accounts_operator::holders(store, &row.username, &row.email).await?;
    Ok((!holders.is_empty()).then(|| over(row, &holders)))
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::{HASH, raw, rules};
    use super::*;
    use crate::security::password::PasswordHash;
    use domain::{Language, Method, Timestamp};

    const OURS: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

    fn row() -> Row {
        Row::parse(&raw(&[]), &rules()).expect("sound")
    }

    fn account() -> Account {
        let new = row().unenrolled();
        Account {
            id: new.id,
            full_name: new.full_name.as_str().into(),
            username: new.username.as_str().into(),
            email: new.email.as_str().into(),
            password_hash: PasswordHash::parse(HASH).expect("sound"),
            phone: new.phone.map(|(number, _)| number),
            phone_verified: false,
            mfa: false,
            last_method: None,
            disabled: false,
            language: Language::English,
            phone_changed_at: None,
            created_at: Timestamp::from_millis(0),
        }
    }

    fn refused(problem: RowProblem) -> Verdict {
        Verdict::Refused(vec![problem])
    }

    #[test]
    fn an_account_as_the_row_has_it_is_unchanged() {
        assert_eq!(over(&row(), &[account()]), Verdict::Unchanged);
        let mut shouting = account();
        shouting.username = "ANN".into();
        assert_eq!(over(&row(), &[shouting]), Verdict::Unchanged);
    }

    #[test]
    fn an_account_its_owner_has_used_since_is_unchanged() {
        let mut used = account();
        used.password_hash = PasswordHash::parse(OURS).expect("sound");
        used.phone = None;
        used.mfa = true;
        assert_eq!(over(&row(), &[used.clone()]), Verdict::Unchanged);
        used.mfa = false;
        used.last_method = Some(Method::Sms);
        assert_eq!(over(&row(), &[used]), Verdict::Unchanged);
    }

    #[test]
    fn another_account_with_the_username_or_the_email_is_a_conflict() {
        let (mut one, mut two) = (account(), account());
        one.email = "other@example.com".into();
        two.username = "other".into();
        let username = RowProblem::Taken(Column::Username);
        let email = RowProblem::Taken(Column::Email);
        assert_eq!(over(&row(), &[one.clone()]), refused(username.clone()));
        assert_eq!(over(&row(), &[two.clone()]), refused(email.clone()));
        let both = Verdict::Refused(vec![username, email]);
        assert_eq!(over(&row(), &[one, two]), both);
    }

    #[test]
    fn an_account_with_other_particulars_is_never_overwritten_in_silence() {
        let change = |change: fn(&mut Account)| {
            let mut account = account();
            change(&mut account);
            over(&row(), &[account])
        };
        assert_eq!(
            change(|account| account.full_name = "Ann Other".into()),
            refused(RowProblem::Differs(Column::FullName))
        );
        assert_eq!(
            change(|account| account.phone = None),
            refused(RowProblem::Differs(Column::Phone))
        );
        assert_eq!(
            change(|account| account.phone_verified = true),
            refused(RowProblem::Differs(Column::Phone))
        );
        let other = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let mut rehashed = account();
        rehashed.password_hash = PasswordHash::parse(other).expect("sound");
        assert_eq!(
            over(&row(), &[rehashed]),
            refused(RowProblem::Differs(Column::PasswordHash))
        );
    }
}
