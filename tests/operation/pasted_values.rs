//! Phone numbers, usernames and e-mail addresses that operators paste into commands and import files.

use super::import::{BCRYPT, HEADER};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    commands_accept_phone_numbers_and_addresses_in_pasted_forms,
    import_accepts_phone_numbers_and_addresses_in_pasted_forms,
];

/// Selects username, e-mail address and phone number of the only account.
const ACCOUNT: &str = "SELECT username || ' ' || email || ' ' || phone FROM accounts";

async fn commands_accept_phone_numbers_and_addresses_in_pasted_forms(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let created = app.run_user_command_with_input(
        &[
            "create",
            "--username",
            "\u{202a}“joerg”\u{202c}",
            "--email",
            "mailto:Joerg@MÜNCHEN.de",
            "--full-name=Joerg Lee",
            "--phone",
            "\u{202a}+1 (415) 555-0142\u{202c}",
            "--password-stdin",
        ],
        "correct horse 1 staple",
    );
    assert_eq!(created.exit_code, 0, "{created:?}");
    assert_eq!(
        probe.read_text(ACCOUNT).await,
        "joerg Joerg@münchen.de +14155550142"
    );
    for identifier in [
        "“joerg@MÜNCHEN.de”,",
        "joerg@xn--mnchen-3ya.de",
        "\u{200b}joerg",
    ] {
        let shown = app.run_user_command(&["show", identifier]);
        assert_eq!(shown.exit_code, 0, "{identifier}: {shown:?}");
        assert!(shown.stdout.contains("Joerg@münchen.de"), "{shown:?}");
    }
    let set = app.run_user_command(&["set-phone", "joerg", "＋８１９０１２３４５６７８"]);
    assert_eq!(set.exit_code, 0, "{set:?}");
    let set = app.run_user_command(&["set-email", "joerg", "\u{2068}〝joerg@faß.de〞\u{2069}"]);
    assert_eq!(set.exit_code, 0, "{set:?}");
    assert_eq!(
        probe.read_text(ACCOUNT).await,
        "joerg joerg@faß.de +819012345678"
    );
    let canonical = "SELECT email_canonical FROM accounts";
    assert_eq!(probe.read_text(canonical).await, "joerg@xn--fa-hia.de");
}

async fn import_accepts_phone_numbers_and_addresses_in_pasted_forms(database: Database) {
    let app = TestApp::start(database).await;
    let row = format!(
        "ann\u{200b},\u{202a}joerg@MÜNCHEN.de\u{202c},Ann Lee,tel:\u{202a}+1-415-555-0142\u{202c},true,{BCRYPT}"
    );
    let output = app.run_user_command_with_input(
        &["import", "--format=csv", "-"],
        &format!("{HEADER}{row}\n"),
    );
    assert_eq!(output.exit_code, 0, "{output:?}");
    let probe = app.open_database().await;
    assert_eq!(
        probe.read_text(ACCOUNT).await,
        "ann joerg@münchen.de +14155550142"
    );
    // A phone number without visible characters counts as absent.
    let row = format!("bob,bob@example.com,Bob,\u{200b},,{BCRYPT}");
    let output = app.run_user_command_with_input(
        &["import", "--format=csv", "-"],
        &format!("{HEADER}{row}\n"),
    );
    assert_eq!(output.exit_code, 0, "{output:?}");
    let without_number = "SELECT COUNT(*) FROM accounts WHERE username = 'bob' AND phone = ''";
    assert_eq!(probe.read_number(without_number).await, 1);
}
