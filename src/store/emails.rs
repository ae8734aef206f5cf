//! The e-mail addresses of accounts, and which of them are proven.
//!
//! `email_canonical` is unique. An account with a proven address holds the address there. An account with an unproven
//! one holds it only while no other account does, for signing in; otherwise it holds a placeholder.

use sqlx::Row as _;

use super::{ReadFrom, StoreError, Tx, exactly_one};
use crate::security::token::AccountId;
use domain::{EmailAddress, Timestamp};

/// What is in `email_canonical` of an account that does not hold its address. Canonical identifiers are in lower case,
/// so that no identifier equals it.
pub(super) fn placeholder(id: &AccountId) -> String {
    format!("UNPROVEN {}", id.as_str())
}

/// Whether an account has proven this e-mail address.
pub async fn is_proven(database: ReadFrom<'_>, email: &EmailAddress) -> Result<bool, StoreError> {
    let query =
        sqlx::query("SELECT 1 FROM accounts WHERE email_canonical = $1 AND email_verified_at > 0")
            .bind(email.canonical());
    Ok(database.fetch_optional(query).await?.is_some())
}

/// Whether an account other than this one has proven the address.
pub async fn is_proven_by_another(
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

/// Takes this address from the account that holds it unproven, if there is one. That account keeps the address as its
/// own, and signs in by username.
pub async fn release_unproven(tx: &mut Tx, email: &EmailAddress) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET email_canonical = 'UNPROVEN ' || id \
         WHERE email_canonical = $1 AND email_verified_at = 0",
    )
    .bind(email.canonical())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes this address from the account that holds it unproven, for the account `id`.
///
/// Locks the rows of both accounts in the order of their ids, also if the holder has proven the address. In another
/// order, two accounts that prove each other's address at the same time would wait for each other.
async fn release_for(tx: &mut Tx, id: &AccountId, email: &EmailAddress) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT id FROM accounts WHERE email_canonical = $1 AND id <> $2")
        .bind(email.canonical())
        .bind(id.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else {
        return Ok(());
    };
    let holder: String = row.try_get("id")?;
    // A change of the unique column, because an update without one takes a weaker lock.
    if id.as_str() < holder.as_str() {
        sqlx::query("UPDATE accounts SET email_canonical = $1 WHERE id = $2 AND erased_at = 0")
            .bind(placeholder(id))
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

/// Who replaces an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplacedBy {
    /// The signed-in holder. A held account is refused.
    Holder,
    Operator,
}

/// Replaces the address `old` of an enabled account by a proven one. [`StoreError::Raced`] if `old` is no longer its
/// address; [`StoreError::Taken`] if another account has proven the new address.
pub async fn set_proven(
    tx: &mut Tx,
    id: &AccountId,
    old: &str,
    new: &EmailAddress,
    by: ReplacedBy,
    now: Timestamp,
) -> Result<(), StoreError> {
    release_for(tx, id, new).await?;
    let result = sqlx::query(
        "UPDATE accounts SET email = $1, email_canonical = $2, email_verified_at = $3 \
         WHERE id = $4 AND email = $5 AND disabled = 0 AND (held_at = 0 OR $6 = 1)",
    )
    .bind(new.as_str())
    .bind(new.canonical())
    .bind(now.as_millis())
    .bind(id.as_str())
    .bind(old)
    .bind(i64::from(by == ReplacedBy::Operator))
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)
}

/// Gives an enabled account an earlier address back, as proven. [`StoreError::Raced`] if the account is disabled;
/// [`StoreError::Taken`] if another account has proven the address.
pub(super) async fn restore_proven(
    tx: &mut Tx,
    id: &AccountId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), StoreError> {
    release_for(tx, id, email).await?;
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
    exactly_one(&result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::password::PasswordHash;
    use crate::store::Store;
    use crate::store::accounts::{self, EmailClaim, NewAccount};
    use domain::{FullName, Language, PhoneNumber, Username};

    const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";
    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    fn email() -> EmailAddress {
        EmailAddress::parse("ann@example.com").expect("an address")
    }

    fn new_account(username: &str) -> NewAccount {
        NewAccount {
            id: AccountId::generate(),
            full_name: FullName::parse("Ann Lee").expect("a name"),
            username: Username::parse(username).expect("a username"),
            email: email(),
            password_hash: PasswordHash::parse(HASH).expect("a hash"),
            phone: PhoneNumber::from_e164("+14155550142").expect("a number"),
            language: Language::English,
        }
    }

    async fn create(store: &Store, username: &str, claim: EmailClaim) -> Option<AccountId> {
        let new = new_account(username);
        let mut tx = store.begin().await.expect("a transaction");
        let created = accounts::insert(&mut tx, &new, claim, NOW).await;
        tx.commit().await.expect("committed");
        created.expect("stored").then_some(new.id)
    }

    async fn prove(store: &Store, id: &AccountId) -> Result<(), StoreError> {
        let mut tx = store.begin().await.expect("a transaction");
        let (old, by) = ("ann@example.com", ReplacedBy::Holder);
        set_proven(&mut tx, id, old, &email(), by, NOW).await?;
        tx.commit().await.map_err(StoreError::from)
    }

    /// The account that signs in with the address.
    async fn holder(store: &Store) -> Option<AccountId> {
        let found = accounts::find_by_identifier(ReadFrom::Store(store), "ann@example.com");
        found.await.expect("read").map(|account| account.id)
    }

    async fn new_store(directory: &tempfile::TempDir) -> Store {
        let url = format!("sqlite://{}", directory.path().join("test.db").display());
        Store::open(&url).await.expect("a database")
    }

    /// Rows of earlier versions, and of their nodes during an upgrade.
    #[tokio::test]
    async fn address_of_an_account_of_an_earlier_version_counts_as_proven() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = new_store(&directory).await;
        sqlx::query(
            "INSERT INTO accounts (id, full_name, username, username_canonical, email, \
             email_canonical, password_hash, phone, phone_verified_at, mfa, last_method, disabled, \
             created_at) VALUES ('1', 'Ann Lee', 'ann', 'ann', 'ann@example.com', \
             'ann@example.com', $1, '', 0, 0, '', 0, 0)",
        )
        .bind(HASH)
        .execute(store.reader())
        .await
        .expect("stored");
        let found = accounts::find_by_identifier(ReadFrom::Store(&store), "ann").await;
        assert!(found.expect("read").expect("an account").email_verified);
        let is_proven = is_proven(ReadFrom::Store(&store), &email()).await;
        assert!(is_proven.expect("read"));
    }

    #[tokio::test]
    async fn proven_address_wins_over_any_number_of_unproven_ones() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = new_store(&directory).await;
        let first = create(&store, "first", EmailClaim::IfFree).await;
        let second = create(&store, "second", EmailClaim::IfFree).await;
        assert!(first.is_some() && second.is_some());
        assert_eq!(holder(&store).await, first, "the first one keeps it");
        let third = create(&store, "third", EmailClaim::TakeOver).await;
        assert_eq!(holder(&store).await, third, "the last one took it over");
        assert!(
            create(&store, "third", EmailClaim::TakeOver)
                .await
                .is_none()
        );
        assert_eq!(holder(&store).await, third, "a refused one takes nothing");

        let owner = second.expect("created");
        prove(&store, &owner).await.expect("proven");
        assert_eq!(holder(&store).await, Some(owner.clone()));
        for claim in [EmailClaim::IfFree, EmailClaim::TakeOver] {
            assert_eq!(create(&store, "fourth", claim).await, None, "{claim:?}");
        }
        let late = prove(&store, &third.expect("created")).await;
        assert!(matches!(late, Err(StoreError::Taken)), "{late:?}");
        assert_eq!(holder(&store).await, Some(owner));
    }
}
