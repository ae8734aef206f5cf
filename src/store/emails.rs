//! E-mail addresses of accounts, and whether they are verified.
//!
//! The column `email_canonical` is unique and contains the address with which an account signs in. An account with a
//! verified address always has it there. An account with an unverified address has it there only while no other account
//! does, and otherwise a placeholder.

use sqlx::Row as _;

use super::{ReadFrom, StoreError, Tx, require_one_changed_row};
use crate::security::token::AccountId;
use domain::{EmailAddress, Timestamp};

/// Returns a placeholder for the column `email_canonical` of an account without e-mail sign-in.
///
/// The placeholder contains upper-case letters, so it differs from every canonical address.
pub(super) fn placeholder_email(id: &AccountId) -> String {
    format!("UNPROVEN {}", id.as_str())
}

/// Returns whether any account has verified this e-mail address.
pub async fn is_email_verified_by_any_account(
    database: ReadFrom<'_>,
    email: &EmailAddress,
) -> Result<bool, StoreError> {
    let query =
        sqlx::query("SELECT 1 FROM accounts WHERE email_canonical = $1 AND email_verified_at > 0")
            .bind(email.canonical());
    Ok(database.fetch_optional(query).await?.is_some())
}

/// Returns whether an account other than `id` has verified this e-mail address.
pub async fn is_email_verified_by_another_account(
    database: ReadFrom<'_>,
    email: &EmailAddress,
    id: &AccountId,
) -> Result<bool, StoreError> {
    let query = sqlx::query(
        "SELECT 1 FROM accounts WHERE email_canonical = $1 AND email_verified_at > 0 AND id <> $2",
    )
    .bind(email.canonical())
    .bind(id.as_str());
    Ok(database.fetch_optional(query).await?.is_some())
}

/// Returns whether any account signs in with this e-mail address, verified or not.
///
/// Does not wait for transactions that change the account.
pub(super) async fn is_email_sign_in_name_of_any_account(
    tx: &mut Tx,
    email: &EmailAddress,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE email_canonical = $1")
        .bind(email.canonical())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// Makes an e-mail address free as a sign-in name for another account.
///
/// An account that has not verified the address keeps it as a contact and signs in by username.
pub(super) async fn remove_unverified_email_as_sign_in_name(
    tx: &mut Tx,
    email: &EmailAddress,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET email_canonical = 'UNPROVEN ' || id \
         WHERE email_canonical = $1 AND email_verified_at = 0",
    )
    .bind(email.canonical())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes an unverified e-mail address from another account, so that account `id` can sign in with it.
///
/// Locks both accounts in the order of their IDs, to avoid a deadlock between two accounts that prove each other's
/// address.
async fn take_over_unverified_email_for_account(
    tx: &mut Tx,
    id: &AccountId,
    email: &EmailAddress,
) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT id FROM accounts WHERE email_canonical = $1 AND id <> $2")
        .bind(email.canonical())
        .bind(id.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else {
        return Ok(());
    };
    let holder: String = row.try_get("id")?;
    // Updates the unique column: an update of other columns takes a weaker lock.
    if id.as_str() < holder.as_str() {
        sqlx::query("UPDATE accounts SET email_canonical = $1 WHERE id = $2 AND erased_at = 0")
            .bind(placeholder_email(id))
            .bind(id.as_str())
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query(
        "UPDATE accounts SET email_canonical = CASE WHEN email_canonical = $2 AND email_verified_at = 0 \
         THEN 'UNPROVEN ' || id ELSE email_canonical END WHERE id = $1 AND erased_at = 0",
    )
    .bind(holder)
    .bind(email.canonical())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says who replaces the e-mail address of an account: the user or an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailChangeActor {
    /// The signed-in user. Refused if the account is disabled or requires a password reset.
    Holder,
    Operator,
}

/// Replaces the e-mail address `old` of an account by `new`, which then counts as verified.
///
/// Fails with [`StoreError::Raced`] if the account has another address than `old`, is erased, or may not be changed by
/// `by`. Fails with [`StoreError::Taken`] if another account has verified `new`.
pub async fn replace_account_email(
    tx: &mut Tx,
    id: &AccountId,
    old: &str,
    new: &EmailAddress,
    by: EmailChangeActor,
    now: Timestamp,
) -> Result<(), StoreError> {
    take_over_unverified_email_for_account(tx, id, new).await?;
    let result = sqlx::query(
        "UPDATE accounts SET email = $1, email_canonical = $2, email_verified_at = $3 \
         WHERE id = $4 AND email = $5 AND erased_at = 0 \
         AND ((disabled = 0 AND held_at = 0) OR $6 = 1)",
    )
    .bind(new.as_str())
    .bind(new.canonical())
    .bind(now.as_millis())
    .bind(id.as_str())
    .bind(old)
    .bind(i64::from(by == EmailChangeActor::Operator))
    .execute(&mut **tx)
    .await?;
    require_one_changed_row(&result)
}

/// Restores an earlier e-mail address of an enabled account as verified.
///
/// Fails with [`StoreError::Raced`] if the account is disabled, and with [`StoreError::Taken`] if another account has
/// verified the address.
pub(super) async fn restore_earlier_email_of_account(
    tx: &mut Tx,
    id: &AccountId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), StoreError> {
    take_over_unverified_email_for_account(tx, id, email).await?;
    let result = sqlx::query(
        "UPDATE accounts SET email = $1, email_canonical = $2, email_verified_at = $3 \
         WHERE id = $4 AND disabled = 0",
    )
    .bind(email.as_str())
    .bind(email.canonical())
    .bind(now.as_millis())
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    require_one_changed_row(&result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::password::PasswordHash;
    use crate::store::Store;
    use crate::store::accounts::{self, NewAccount};
    use domain::{FullName, Language, PhoneNumber, Username};

    const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";
    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    fn create_email_address() -> EmailAddress {
        EmailAddress::parse("ann@example.com").expect("valid e-mail address")
    }

    fn create_new_account(username: &str) -> NewAccount {
        NewAccount {
            id: AccountId::generate(),
            full_name: FullName::parse("Ann Lee").expect("a name"),
            username: Username::parse(username).expect("a username"),
            email: create_email_address(),
            password_hash: PasswordHash::parse(HASH).expect("a hash"),
            phone: PhoneNumber::from_e164("+14155550142").expect("a number"),
            language: Language::English,
        }
    }

    async fn create_account_with_username(store: &Store, username: &str) -> Option<AccountId> {
        let new = create_new_account(username);
        let mut tx = store.begin().await.expect("transaction begins");
        let created = accounts::insert_account(&mut tx, &new, NOW).await;
        tx.commit().await.expect("transaction is committed");
        created.expect("account is created").then_some(new.id)
    }

    async fn mark_email_of_account_verified(
        store: &Store,
        id: &AccountId,
    ) -> Result<(), StoreError> {
        let mut tx = store.begin().await.expect("transaction begins");
        let (old, by) = ("ann@example.com", EmailChangeActor::Holder);
        replace_account_email(&mut tx, id, old, &create_email_address(), by, NOW).await?;
        tx.commit().await
    }

    /// Finds the account that signs in with the test e-mail address.
    async fn find_id_of_account_with_test_email(store: &Store) -> Option<AccountId> {
        let found = accounts::find_account_by_identifier(ReadFrom::Store(store), "ann@example.com");
        found
            .await
            .expect("account is read")
            .map(|account| account.id)
    }

    async fn open_new_store(directory: &tempfile::TempDir) -> Store {
        let url = format!("sqlite://{}", directory.path().join("test.db").display());
        Store::open(&url).await.expect("database is opened")
    }

    /// During an upgrade, servers of the earlier version insert accounts without the time of the e-mail proof.
    #[tokio::test]
    async fn email_address_of_an_account_from_an_earlier_version_counts_as_verified() {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let store = open_new_store(&directory).await;
        let statement = sqlx::query(
            "INSERT INTO accounts (id, full_name, username, username_canonical, email, \
             email_canonical, password_hash, phone, phone_verified_at, mfa, last_method, disabled, \
             created_at) VALUES ('1', 'Ann Lee', 'ann', 'ann', 'ann@example.com', \
             'ann@example.com', $1, '', 0, 0, '', 0, 0)",
        )
        .bind(HASH);
        let inserted = store.execute_single_write(statement).await;
        inserted.expect("row is written");
        let found = accounts::find_account_by_identifier(ReadFrom::Store(&store), "ann").await;
        assert!(
            found
                .expect("account is read")
                .expect("account exists")
                .email_verified
        );
        let is_verified =
            is_email_verified_by_any_account(ReadFrom::Store(&store), &create_email_address())
                .await;
        assert!(is_verified.expect("account is read"));
    }

    #[tokio::test]
    async fn email_address_that_an_account_has_verified_is_refused_for_other_accounts() {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let store = open_new_store(&directory).await;
        let first = create_account_with_username(&store, "first").await;
        let second = create_account_with_username(&store, "second").await;
        assert!(first.is_some() && second.is_some());
        assert_eq!(
            find_id_of_account_with_test_email(&store).await,
            first,
            "the first account keeps the address"
        );
        assert_eq!(create_account_with_username(&store, "second").await, None);
        assert_eq!(
            find_id_of_account_with_test_email(&store).await,
            first,
            "a refused request changes no address"
        );

        let owner = second.expect("account is created");
        mark_email_of_account_verified(&store, &owner)
            .await
            .expect("address is marked as verified");
        assert_eq!(
            find_id_of_account_with_test_email(&store).await,
            Some(owner.clone())
        );
        assert_eq!(create_account_with_username(&store, "third").await, None);
        let late =
            mark_email_of_account_verified(&store, &first.expect("account is created")).await;
        assert!(matches!(late, Err(StoreError::Taken)), "{late:?}");
        assert_eq!(
            find_id_of_account_with_test_email(&store).await,
            Some(owner)
        );
    }
}
