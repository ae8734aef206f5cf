//! Values of import files as databases and spreadsheet programs write them.

use super::import::{BCRYPT, HEADER, PASSWORD};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    exports_of_databases_and_spreadsheets_are_imported,
    values_that_an_export_has_damaged_are_refused_with_a_hint,
    import_stops_at_a_quote_that_a_backslash_escapes,
];

async fn exports_of_databases_and_spreadsheets_are_imported(database: Database) {
    let app = TestApp::start(database).await;
    let rows = [
        format!("ann,ann@example.com,\"=\"\"Ann Lee\"\"\",NULL,\\N,{BCRYPT}"),
        format!("bob,bob@example.com,=\"Bob Ray\",(415) 555-0142,WAHR,{BCRYPT}"),
        format!("\"cat\", \"cat@example.com\", \"NULL\", \"\", \"f\", \"{{bcrypt}}{BCRYPT}\""),
        "\u{a0},\u{200b},,,,".into(),
        "NULL,NULL,NULL,NULL,NULL,NULL".into(),
        "\u{1a}".into(),
    ];
    let header = HEADER.replace("email,", "email\u{200b},");
    let file = format!("{header}{}", rows.join("\r\n"));
    for expected in [
        "3 created, 0 unchanged, 0 refused\n",
        "0 created, 3 unchanged, 0 refused\n",
    ] {
        let output = app.run_user_command_with_input(&["import", "--format=csv", "-"], &file);
        assert_eq!(
            (output.exit_code, output.stdout.as_str()),
            (0, expected),
            "{output:?}"
        );
    }
    let probe = app.open_database().await;
    for query in [
        "SELECT COUNT(*) FROM accounts WHERE username = 'ann' AND full_name = 'Ann Lee' AND phone = ''",
        "SELECT COUNT(*) FROM accounts WHERE username = 'bob' AND full_name = 'Bob Ray' AND \
         phone = '+14155550142' AND phone_verified_at > 0",
        "SELECT COUNT(*) FROM accounts WHERE username = 'cat' AND full_name = 'NULL' AND phone = ''",
    ] {
        assert_eq!(probe.read_number(query).await, 1, "{query}");
    }
    assert!(
        app.new_browser()
            .is_password_accepted("cat", PASSWORD)
            .await
    );
}

async fn values_that_an_export_has_damaged_are_refused_with_a_hint(database: Database) {
    let app = TestApp::start(database).await;
    let row = |name: &str, full_name: &str, phone: &str, hash: &str| {
        format!("{name},{name}@example.com,{full_name},{phone},,{hash}\n")
    };
    let rows = [
        HEADER.to_owned(),
        row("ann", "NULL", "", BCRYPT),
        row("bob", "Bob", "491511234567", BCRYPT),
        row("cat", "Cat", "1.41556E+10", BCRYPT),
        row("dan", "Dan", "4155550142.0", BCRYPT),
        row("eve", "Eve", "", "!aBcDeFgHiJkLmNoPqRsTuVwXyZ"),
        row("fay", "Fay", "", "*"),
        format!("NULL,gus@example.com,Gus,,,{BCRYPT}\n"),
    ];
    let output = app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows.concat());
    let expected = "\
line 2: full_name: Please fill in this field.
line 3: phone: Enter a valid phone number, with country code if it is not local. If the number begins with its \
country code, write `+` before it.
line 4: phone: a spreadsheet program has changed the number to a form such as 1.4E+10 or 4155550142.0; format the \
column as text and restore the numbers from their source
line 5: phone: a spreadsheet program has changed the number to a form such as 1.4E+10 or 4155550142.0; format the \
column as text and restore the numbers from their source
line 6: the account has no password that can be imported, because password_hash begins with `!` or is `*`; create \
the account with `sallyport user create --generate-password`
line 7: the account has no password that can be imported, because password_hash begins with `!` or is `*`; create \
the account with `sallyport user create --generate-password`
line 8: username: Please fill in this field.
0 created, 0 unchanged, 7 refused
";
    assert_eq!(
        (output.exit_code, output.stdout.as_str()),
        (2, expected),
        "{output:?}"
    );
    assert_eq!(app.open_database().await.count_accounts().await, 0);
}

async fn import_stops_at_a_quote_that_a_backslash_escapes(database: Database) {
    let app = TestApp::start(database).await;
    let rows = format!(
        "{HEADER}ann,ann@example.com,Ann,,,{BCRYPT}\n\
         bob,bob@example.com,\"Bob \\\"B\\\" Ray\",,,{BCRYPT}\n\
         cat,cat@example.com,Cat,,,{BCRYPT}\n"
    );
    let output = app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows);
    let expected = "\
line 3: the row has text after a closing quote, or a backslash before it: write each quote inside a quoted field \
twice, without a backslash; no later line was read
1 created, 0 unchanged, 1 refused
";
    assert_eq!(
        (output.exit_code, output.stdout.as_str()),
        (2, expected),
        "{output:?}"
    );
}
