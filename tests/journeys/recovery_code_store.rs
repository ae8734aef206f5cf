//! Recovery codes in the database: concurrent use and creation.

use domain::Timestamp;
use sallyport::security::recovery_code::{CODES, RecoveryCode};
use sallyport::security::token::AccountId;
use sallyport::store::{ReadFrom, Store, StoreError, Tx, recovery_codes};
use tokio::task::JoinSet;

use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    recovery_code_works_once_in_twenty_simultaneous_attempts,
    simultaneous_requests_create_one_set_of_recovery_codes,
    recovery_code_works_for_its_own_account_only,
    recovery_code_of_a_rolled_back_sign_in_is_accepted_again,
];

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A key for codes that a test stores itself.
const KEY: &[u8] = b"a key of the test";

/// Returns the store of the app, and its first account.
async fn open_store(app: &TestApp) -> (Store, AccountId) {
    let store = Store::open(&app.database_url)
        .await
        .expect("database is opened");
    let first = "SELECT id FROM accounts ORDER BY created_at";
    let id = app.open_database().await.read_text(first).await;
    (store, AccountId::from_stored(id))
}

/// Registers a user. Returns the store of the app and the account.
async fn store_with_account(app: &TestApp) -> (Store, AccountId) {
    app.register_user().await;
    open_store(app).await
}

/// Creates the first recovery codes of an account.
async fn create_recovery_codes(
    store: &Store,
    account: &AccountId,
) -> Result<[RecoveryCode; CODES], StoreError> {
    let set = RecoveryCode::generate_code_set();
    let hashes = set.each_ref().map(|code| code.hash(account, KEY));
    let mut tx = store.begin().await?;
    recovery_codes::replace_recovery_codes(&mut tx, account, None, &hashes, NOW).await?;
    tx.commit().await?;
    Ok(set)
}

/// Creates the first recovery codes of an account. Panics if that fails.
async fn expect_new_recovery_codes(store: &Store, account: &AccountId) -> [RecoveryCode; CODES] {
    create_recovery_codes(store, account)
        .await
        .expect("recovery codes are created")
}

/// Parses a recovery code and marks it as used. Returns the number of codes left, or `None` if the code is refused.
async fn spend_code(tx: &mut Tx, account: &AccountId, typed: &str) -> Option<u32> {
    let code = RecoveryCode::parse(typed)?.hash(account, KEY);
    let is_right = recovery_codes::mark_recovery_code_used(tx, account, &code, NOW).await;
    if !is_right.expect("an answer") {
        return None;
    }
    let left = recovery_codes::count_unused_recovery_codes(ReadFrom::Transaction(tx), account);
    Some(left.await.expect("codes are counted"))
}

/// Uses a recovery code in its own transaction. Returns the number of codes left, or `None` if the code is refused.
async fn spend_code_in_transaction(store: &Store, account: &AccountId, typed: &str) -> Option<u32> {
    let mut tx = store.begin().await.expect("transaction begins");
    let left = spend_code(&mut tx, account, typed).await;
    tx.commit().await.expect("transaction is committed");
    left
}

/// Tests docs/security.md#ops-09, docs/security.md#sm-05.
async fn recovery_code_works_once_in_twenty_simultaneous_attempts(database: Database) {
    let app = TestApp::start(database).await;
    let (store, account) = store_with_account(&app).await;
    let set = expect_new_recovery_codes(&store, &account).await;
    for (at, code) in set.iter().enumerate().take(3) {
        let mut requests = JoinSet::new();
        for _ in 0..20 {
            let (store, account, typed) = (store.clone(), account.clone(), code.expose());
            requests
                .spawn(async move { spend_code_in_transaction(&store, &account, &typed).await });
        }
        let won: Vec<u32> = requests.join_all().await.into_iter().flatten().collect();
        let left = u32::try_from(CODES - 1 - at).expect("number fits the type");
        assert_eq!(won, [left]);
        assert_eq!(
            recovery_codes::count_unused_recovery_codes(ReadFrom::Store(&store), &account)
                .await
                .expect("codes are counted"),
            left
        );
    }
    store.close().await;
}

/// Tests docs/security.md#ops-09.
async fn simultaneous_requests_create_one_set_of_recovery_codes(database: Database) {
    let app = TestApp::start(database).await;
    let (store, account) = store_with_account(&app).await;
    let mut makers = JoinSet::new();
    for _ in 0..8 {
        let (store, account) = (store.clone(), account.clone());
        makers.spawn(async move { create_recovery_codes(&store, &account).await });
    }
    let made = makers.join_all().await;
    let raced = |result: &&Result<_, StoreError>| matches!(result, Err(StoreError::Raced));
    assert_eq!(made.iter().filter(raced).count(), 7, "{made:?}");
    let set = made
        .into_iter()
        .find_map(Result::ok)
        .expect("one request succeeds");
    for code in &set {
        let left = spend_code_in_transaction(&store, &account, &code.expose()).await;
        assert!(left.is_some());
    }
    let mut tx = store.begin().await.expect("transaction begins");
    recovery_codes::delete_recovery_codes(&mut tx, &account)
        .await
        .expect("recovery codes are deleted");
    tx.commit().await.expect("transaction is committed");
    let rows = "SELECT COUNT(*) FROM recovery_codes";
    assert_eq!(app.open_database().await.read_number(rows).await, 0);
    store.close().await;
}

/// Tests docs/security.md#ops-09.
async fn recovery_code_works_for_its_own_account_only(database: Database) {
    let app = TestApp::start(database).await;
    let (store, ann) = store_with_account(&app).await;
    app.register_user().await;
    let other = app
        .open_database()
        .await
        .read_text("SELECT id FROM accounts ORDER BY created_at DESC")
        .await;
    let (bob, set) = (
        AccountId::from_stored(other),
        expect_new_recovery_codes(&store, &ann).await,
    );
    assert_ne!(ann, bob);
    expect_new_recovery_codes(&store, &bob).await;
    let typed = set[0].expose();
    assert_eq!(spend_code_in_transaction(&store, &bob, &typed).await, None);
    assert_eq!(
        spend_code_in_transaction(&store, &bob, "0000-0000").await,
        None
    );
    let typed = typed.to_lowercase().replace('0', "o").replace('1', "i");
    assert_eq!(
        spend_code_in_transaction(&store, &ann, &typed).await,
        Some(9)
    );
    store.close().await;
}

/// Tests docs/security.md#ops-09.
async fn recovery_code_of_a_rolled_back_sign_in_is_accepted_again(database: Database) {
    let app = TestApp::start(database).await;
    let (store, account) = store_with_account(&app).await;
    let typed = expect_new_recovery_codes(&store, &account).await[0].expose();
    let mut tx = store.begin().await.expect("transaction begins");
    let left = spend_code(&mut tx, &account, &typed).await;
    assert_eq!(left, Some(9));
    drop(tx);
    assert_eq!(
        spend_code_in_transaction(&store, &account, &typed).await,
        Some(9)
    );
    store.close().await;
}
