use super::*;
use crate::security::password::PasswordHash;
use std::time::Duration;

use crate::security::token::AccountId;
use domain::{Language, RecoveryId};

const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

/// Returns a disabled account with an unverified phone number.
fn create_disabled_account() -> Account {
    Account {
        id: AccountId::from_stored("0123456789abcdef0123456789abcdef".into()),
        full_name: "Ann Lee".into(),
        username: "Ann".into(),
        email: "ann@example.com".into(),
        email_verified: false,
        password_hash: PasswordHash::parse(HASH).expect("valid password hash"),
        phone: PhoneNumber::from_e164("+14155550142"),
        phone_verified: false,
        mfa: false,
        has_password_from_mail: false,
        last_method: None,
        disabled: true,
        delete_at: None,
        deletion_by_operator: false,
        language: Language::English,
        phone_changed_at: None,
        device_epoch: 0,
        password_reset_required_at: None,
        created_at: Timestamp::from_millis(1_700_000_000_000),
    }
}

/// Tests docs/security.md#leak-02, docs/security.md#leak-04.
#[test]
fn account_is_shown_without_hash_and_with_masked_phone_number() {
    let account = create_disabled_account();
    let now = account.created_at;
    let details = AccountDetails::from_account_and_pending_actions(&account, None, None, now);
    let json = serde_json::to_value(&details).expect("value is serialised");
    assert_eq!(
        json,
        serde_json::json!({
            "id": "0123456789abcdef0123456789abcdef",
            "username": "Ann",
            "full_name": "Ann Lee",
            "email": "ann@example.com",
            "email_verified": false,
            "phone": "(***) ***-0142",
            "phone_verified": false,
            "mfa": false,
            "disabled": true,
            "created_at": "2023-11-14T22:13:20Z",
            "held_at": null,
            "delete_at": null,
            "deletion_paused": false,
            "recovery": null,
            "pending_email": null,
        })
    );
    assert_eq!(
        format_account_details(&details),
        "Username   Ann\nFull name  Ann Lee\nEmail      ann@example.com, not verified\n\
         Phone      (***) ***-0142, not verified\nMFA        not yet\nState      disabled\n\
         Created    2023-11-14T22:13:20Z\nID         0123456789abcdef0123456789abcdef"
    );
}

#[test]
fn each_pending_action_of_an_account_is_shown_on_a_separate_line() {
    let opened_at = Timestamp::from_millis(1_700_000_000_000);
    let later = |hours| opened_at + Duration::from_hours(hours);
    let account = Account {
        mfa: true,
        disabled: false,
        password_reset_required_at: None,
        delete_at: Some(later(14)),
        ..create_disabled_account()
    };
    let recovery = Recovery {
        id: RecoveryId::from_bits(1),
        account: account.id.clone(),
        email: account.email.clone(),
        phone: account.phone.clone().expect("a number"),
        device_epoch: 0,
        browser: None,
        opened_at,
        due_at: later(1),
        expires_at: later(2),
    };
    let proof = EmailProof {
        account: account.id.clone(),
        email: "new@example.net".into(),
        code: None,
        tries: 0,
        created_at: opened_at,
        expires_at: later(1),
    };
    let details = |now, account| {
        AccountDetails::from_account_and_pending_actions(
            account,
            Some(recovery.clone()),
            Some(proof.clone()),
            now,
        )
    };
    assert_eq!(
        format_pending_account_actions(&details(opened_at, &account)),
        "\nDeletion   at 2023-11-15T12:13:20Z, unless the user signs in and keeps it\
         \nRecovery   of a lost phone since 2023-11-14T22:13:20Z, usable from 2023-11-14T23:13:20Z\
         \nNew email  new@example.net, waits for its code until 2023-11-14T23:13:20Z"
    );
    let expired = details(later(2), &account);
    assert!(expired.recovery.is_none() && expired.pending_email.is_none());
    // An undone contact change ends the recovery.
    let undone = Account {
        password_reset_required_at: Some(opened_at),
        delete_at: None,
        ..account.clone()
    };
    let undone = details(later(1), &undone);
    assert_eq!(
        format_pending_account_actions(&undone),
        "\nPassword   reset required since 2023-11-14T22:13:20Z"
    );
}

#[test]
fn listed_state_of_an_account_names_every_reason_why_it_is_not_active() {
    let at = Some(Timestamp::from_millis(1_700_000_000_000));
    let state = |disabled, held_at, delete_at| {
        let account = Account {
            disabled,
            password_reset_required_at: held_at,
            delete_at,
            ..create_disabled_account()
        };
        format_account_state(&AccountSummary::from_account(&account))
    };
    assert_eq!(state(false, None, None), "active");
    assert_eq!(state(true, None, None), "disabled");
    assert_eq!(state(false, at, None), "reset required");
    assert_eq!(state(false, None, at), "deletion requested");
    assert_eq!(state(true, None, at), "disabled, deletion requested");
}

#[test]
fn deletion_of_a_disabled_account_is_shown_as_waiting_if_the_user_requested_it() {
    let account = Account {
        delete_at: Some(Timestamp::from_millis(1_700_000_000_000)),
        ..create_disabled_account()
    };
    let shown = |account: &Account| {
        let now = account.created_at;
        format_pending_account_actions(&AccountDetails::from_account_and_pending_actions(
            account, None, None, now,
        ))
    };
    assert_eq!(
        shown(&account),
        "\nDeletion   requested, waits until the account is enabled"
    );
    let by_operator = Account {
        deletion_by_operator: true,
        ..account
    };
    assert_eq!(
        shown(&by_operator),
        "\nDeletion   at 2023-11-14T22:13:20Z, or after a payment in progress"
    );
}
