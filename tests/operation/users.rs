//! Accounts made by operators (product.md, sections 3 and 11; security.md, A6).

use std::fmt::Write as _;

use sallyport::domain::{Problem, Purpose};

use crate::support::{Browser, Database, Person, TestApp, on_both_databases};

on_both_databases![
    an_account_made_by_an_operator_signs_in_as_far_as_its_password,
    a_generated_password_is_printed_once_and_works,
    an_account_that_registration_would_refuse_is_not_made,
    good_rows_are_kept_and_bad_ones_told_by_line,
    a_dry_run_tells_the_same_and_writes_nothing,
    an_import_run_again_changes_nothing,
    an_existing_account_is_never_overwritten,
    parameters_that_would_exhaust_the_server_are_refused,
    json_lines_are_read_as_csv_is,
    a_file_that_is_not_understood_imports_nothing,
    people_sign_in_while_an_import_runs,
    every_taken_over_hash_is_brought_up_to_date_at_sign_in,
    only_the_first_72_bytes_count_until_a_bcrypt_hash_is_replaced,
    disabling_ends_sessions_and_flows_at_once,
    resetting_the_second_factor_keeps_the_number_and_ends_the_sessions,
    accounts_are_listed_and_shown_without_their_secrets,
];

/// Of "correct horse 1 staple", by libxcrypt.
const BCRYPT: &str = "$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG";
const PASSWORD: &str = "correct horse 1 staple";
const HEADER: &str = "username,email,full_name,phone,phone_verified,password_hash\n";

/// Whether sign-in took the password. What comes after it is another test's.
async fn accepts(browser: &mut Browser, identifier: &str, password: &str) -> bool {
    let reply = browser.enter_password(identifier, password).await;
    assert_eq!(reply.response.status, 200, "{}", reply.response.text());
    !reply.is_refused() || reply.problem() != Problem::Credentials
}

/// ENR-04
async fn an_account_made_by_an_operator_signs_in_as_far_as_its_password(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.unenrolled();
    let probe = app.probe().await;
    let fresh = "SELECT COUNT(*) FROM accounts WHERE mfa = 0 AND phone_verified_at = 0 AND disabled \
                 = 0 AND phone <> '' AND password_hash LIKE '$argon2id$v=19$m=64,t=1,p=1$%'";
    assert_eq!(probe.number(fresh).await, 1);
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'account_created' AND source = \
                   'operator' AND account_id = (SELECT id FROM accounts)";
    assert_eq!(probe.number(audited).await, 1);
    let mut browser = app.browser();
    assert!(accepts(&mut browser, &ann.email, &ann.password).await);
    assert!(!browser.is_signed_in().await);
    assert!(!accepts(&mut app.browser(), &ann.email, "another password").await);
}

async fn a_generated_password_is_printed_once_and_works(database: Database) {
    let app = TestApp::start(database).await;
    let said = app.user(&[
        "create",
        "--username=ann",
        "--email=ann@example.com",
        "--full-name=Ann Lee",
        "--generate-password",
        "--json",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    let made: serde_json::Value = serde_json::from_str(&said.out).expect("JSON alone");
    let password = made["password"].as_str().expect("a password");
    assert!(accepts(&mut app.browser(), "ann", password).await);
    assert!(!app.probe().await.dump().await.contains(password));
}

/// REG-03, REG-05, REG-11
async fn an_account_that_registration_would_refuse_is_not_made(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.unenrolled();
    let create = |username: &str, email: &str, phone: &str, password: &str| {
        let arguments = [
            "create",
            "--username",
            username,
            "--email",
            email,
            "--full-name=Ann Lee",
            "--phone",
            phone,
            "--password-stdin",
        ];
        app.user_with_input(&arguments, password)
    };
    let phone = "+14155550142";
    for (said, expected) in [
        (
            create("b@x.com", "b", "12", "short"),
            ["username: ", "email: ", "phone: ", "password: "].as_slice(),
        ),
        (
            create("bob", "b@x.com", phone, "password1"),
            &["too common"],
        ),
        (
            create("bob", "bob@x.com", phone, "bob@x.com1\n"),
            &["your name"],
        ),
        (
            create("bob", "b@x.com", phone, "two lines\nof it\n"),
            &["one line"],
        ),
        (
            create("bob", "b@x.com", "+18005550100", "long enough 7"),
            &["phone: "],
        ),
        (
            create(
                &ann.username.to_uppercase(),
                "b@x.com",
                phone,
                "long enough 7",
            ),
            &["username: another account"],
        ),
        (
            create("bob", &ann.email.to_uppercase(), phone, "long enough 7"),
            &["email: another account"],
        ),
    ] {
        assert_eq!(said.code, 1, "{said:?}");
        for words in expected {
            assert!(said.err.contains(words), "{words}: {said:?}");
        }
    }
    assert_eq!(app.probe().await.accounts().await, 1);
}

/// A file with something good and something bad of every kind.
fn mixed() -> String {
    let rows = [
        format!("ann,ann@example.com,\"Lee, \"\"Ann\"\"\",(415) 555-0142,true,{BCRYPT}"),
        String::new(),
        format!("a,nobody,,12,perhaps,{BCRYPT}"),
        "bob,bob@example.com,Bob,,,5f4dcc3b5aa765d61d8327deb882cf99".into(),
        "cat,cat@example.com,Cat,,,$2x$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG"
            .into(),
        format!("dan,dan@example.com,Dan,{BCRYPT}"),
        format!("eve,eve@example.com,Eve,,,{BCRYPT}"),
        format!("ANN,other@example.com,Ann Other,,,{BCRYPT}"),
        format!("fay,EVE@example.com,Fay,,,{BCRYPT}"),
        format!("eve,eve@example.com,Eve,,false,{BCRYPT}"),
    ];
    format!("\u{feff}{HEADER}{}", rows.join("\r\n")).replace("password_hash\n", "password_hash\r\n")
}

const SAID_OF_MIXED: &str = "\
line 4: username: Use 3 to 64 letters, digits, dots, dashes or underscores.; email: Enter an email \
address like name@example.com.; full_name: Please fill in this field.; phone: Enter a valid phone \
number, with country code if it is not local.; phone_verified: write true or false
line 5: password_hash: hashes are taken of Argon2, bcrypt ($2a$, $2b$, $2y$) and scrypt only
line 6: password_hash: a $2x$ hash fits several passwords; its owner needs a new password
line 7: there are 4 fields and 6 columns
line 9: username: another account has it
line 10: email: another account has it
2 created, 1 unchanged, 6 refused
";

async fn good_rows_are_kept_and_bad_ones_told_by_line(database: Database) {
    let app = TestApp::start(database).await;
    let said = app.user_with_input(&["import", "--format=csv", "-"], &mixed());
    assert_eq!(
        (said.code, said.out.as_str()),
        (2, SAID_OF_MIXED),
        "{said:?}"
    );
    for secret in [BCRYPT, "5f4dcc3b", "$2x$05"] {
        assert!(!said.out.contains(secret) && !said.err.contains(secret));
    }
    let probe = app.probe().await;
    assert_eq!(probe.accounts().await, 2);
    let ann = "SELECT COUNT(*) FROM accounts WHERE username = 'ann' AND full_name = 'Lee, \"Ann\"' \
               AND phone = '+14155550142' AND phone_verified_at > 0 AND mfa = 0";
    let eve = "SELECT COUNT(*) FROM accounts WHERE username = 'eve' AND phone = '' AND \
               phone_verified_at = 0 AND mfa = 0";
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'account_imported' AND source = \
                   'operator' AND account_id IN (SELECT id FROM accounts)";
    for (query, expected) in [(ann, 1), (eve, 1), (audited, 2)] {
        assert_eq!(probe.number(query).await, expected, "{query}");
    }
}

async fn a_dry_run_tells_the_same_and_writes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let before = app.probe().await.dump().await;
    let said = app.user_with_input(&["import", "--format=csv", "--dry-run", "-"], &mixed());
    assert_eq!(said.code, 2, "{said:?}");
    let rest = said.out.strip_prefix(SAID_OF_MIXED);
    assert_eq!(
        rest,
        Some("This was a dry run: nothing was written.\n"),
        "{said:?}"
    );
    assert_eq!(before, app.probe().await.dump().await);
    // Against what is there, the same as well.
    app.user_with_input(&["import", "--format=csv", "-"], &mixed());
    let import = |more: &[&str]| {
        let arguments = [&["import", "--format=csv", "--json", "-"], more].concat();
        app.user_with_input(&arguments, &mixed()).out
    };
    assert_eq!(import(&["--dry-run"]), import(&[]));
}

async fn an_import_run_again_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let file = app.data.path().join("people.csv");
    std::fs::write(&file, mixed()).expect("a file");
    let file = file.to_str().expect("a path in UTF-8");
    app.user(&["import", file]);
    assert!(accepts(&mut app.browser(), "eve", PASSWORD).await);
    let ours = "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$%'";
    let probe = app.probe().await;
    probe.becomes(ours, 1).await;
    let before = probe.dump().await;
    let said = app.user(&["import", file]);
    assert!(
        said.out.ends_with("0 created, 3 unchanged, 6 refused\n"),
        "{said:?}"
    );
    assert_eq!(before, probe.dump().await);
}

async fn an_existing_account_is_never_overwritten(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let rows = format!(
        "{HEADER}{0},{1},Somebody Else,,,{BCRYPT}\n{0},new@example.com,New,,,{BCRYPT}\n\
         new,{1},New,,,{BCRYPT}\n",
        ann.username, ann.email
    );
    let before = app.probe().await.dump().await;
    let said = app.user_with_input(&["import", "--format=csv", "-"], &rows);
    let expected = "\
line 2: full_name: the account exists with another, and keeps it
line 3: username: another account has it
line 4: email: another account has it
0 created, 0 unchanged, 3 refused
";
    assert_eq!((said.code, said.out.as_str()), (2, expected), "{said:?}");
    assert_eq!(before, app.probe().await.dump().await);
}

/// LIM-04
async fn parameters_that_would_exhaust_the_server_are_refused(database: Database) {
    let app = TestApp::start(database).await;
    let tail = "$c2l4dGVlbiBzYWx0eSBieQ$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE";
    let hashes = [
        BCRYPT.replace("$05$", "$17$"),
        format!("$argon2id$v=19$m=1048577,t=1,p=1{tail}"),
        format!("$argon2id$v=19$m=4294967295,t=1,p=1{tail}"),
        format!("$argon2i$v=19$m=65536,t=4000000,p=1{tail}"),
        format!("$scrypt$ln=21,r=8,p=1{tail}"),
        format!("$scrypt$ln=14,r=8,p=100000{tail}"),
    ];
    let mut rows = HEADER.to_owned();
    for (at, hash) in hashes.iter().enumerate() {
        writeln!(rows, "user{at},u{at}@example.com,User,,,\"{hash}\"").expect("a String");
    }
    let said = app.user_with_input(&["import", "--format=csv", "-"], &rows);
    assert_eq!(said.code, 2);
    for line in said.out.lines().take(6) {
        assert!(
            line.ends_with("would take more memory or time than a sign-in may"),
            "{said:?}"
        );
    }
    assert!(
        said.out.ends_with("\n0 created, 0 unchanged, 6 refused\n"),
        "{said:?}"
    );
    assert_eq!(app.probe().await.accounts().await, 0);
}

async fn json_lines_are_read_as_csv_is(database: Database) {
    let app = TestApp::start(database).await;
    let row = |name: &str, more: &str| {
        format!(
            "{{\"username\": \"{name}\", \"email\": \"{name}@example.com\", \"full_name\": \"\\u674e \
             \\u5b89\", \"password_hash\": \"{BCRYPT}\"{more}}}"
        )
    };
    let file = app.data.path().join("people.jsonl");
    let rows = [
        row(
            "ann",
            ", \"phone\": \"+14155550142\", \"phone_verified\": true",
        ),
        row("bob", ", \"phone\": null"),
        row("cat", ", \"role\": \"admin\""),
        "{\"username\": \"dan\"".into(),
    ];
    std::fs::write(&file, rows.join("\n")).expect("a file");
    let said = app.user(&["import", file.to_str().expect("a path in UTF-8")]);
    let expected = "\
line 3: there is a member \"role\", which is not known
line 4: this is not one JSON object
2 created, 0 unchanged, 2 refused
";
    assert_eq!((said.code, said.out.as_str()), (2, expected), "{said:?}");
    let probe = app.probe().await;
    let names = "SELECT COUNT(*) FROM accounts WHERE full_name = '李 安'";
    assert_eq!(probe.number(names).await, 2);
    assert!(accepts(&mut app.browser(), "bob", PASSWORD).await);
}

async fn a_file_that_is_not_understood_imports_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let before = app.probe().await.dump().await;
    let row = format!("ann,ann@example.com,Ann,,,{BCRYPT}\n");
    for (arguments, text, words) in [
        (
            ["import", "--format=csv", "-"].as_slice(),
            String::new(),
            "is empty",
        ),
        (
            &["import", "--format=csv", "-"],
            format!("{},role\n{}", HEADER.trim_end(), row),
            "\"role\", which is not known; nothing was imported",
        ),
        (
            &["import", "--format=csv", "-"],
            row.clone(),
            "nothing was imported",
        ),
        (&["import", "-"], format!("{HEADER}{row}"), "--format"),
        (
            &["import", "no-such-file.csv"],
            String::new(),
            "cannot be read",
        ),
    ] {
        let said = app.user_with_input(arguments, &text);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains(words), "{words}: {said:?}");
        assert!(!said.err.contains(BCRYPT), "{said:?}");
    }
    assert_eq!(before, app.probe().await.dump().await);
}

async fn people_sign_in_while_an_import_runs(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut rows = HEADER.to_owned();
    for at in 0..3000 {
        writeln!(rows, "user{at},u{at}@example.com,User {at},,,{BCRYPT}").expect("a String");
    }
    let file = app.data.path().join("many.csv");
    std::fs::write(&file, rows).expect("a file");
    let mut import = app.user_command(&["import", file.to_str().expect("a path in UTF-8")]);
    let import = tokio::task::spawn_blocking(move || import.output().expect("the program runs"));
    let mut tries = 0;
    while !import.is_finished() {
        let mut browser = app.browser();
        let reply = browser.enter_password(&ann.username, &ann.password).await;
        reply.step();
        tries += 1;
    }
    let output = import.await.expect("it ended");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said, "3000 created, 0 unchanged, 0 refused\n");
    assert!(output.status.success() && tries > 0);
    assert_eq!(app.probe().await.accounts().await, 3001);
}

/// REG-06, REG-07
async fn every_taken_over_hash_is_brought_up_to_date_at_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let tail = "c2l4dGVlbiBzYWx0eSBieQ";
    let hashes = [
        BCRYPT.to_owned(),
        BCRYPT.replace("$2b$", "$2a$"),
        BCRYPT.replace("$2b$", "$2y$"),
        format!("$scrypt$ln=10,r=8,p=1${tail}$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE"),
        format!("$argon2i$v=19$m=256,t=2,p=1${tail}$gxf68LIBG+fm1ZMoVkIfH/a3cIZoTtMusAUFQbn/P20"),
        format!("$argon2i$m=256,t=2,p=1${tail}$3wtQ3PEsta+vkaSmewVosw3ibEb1kbkLy4cBemTrRWg"),
        format!("$argon2d$v=19$m=256,t=2,p=1${tail}$Y2YpxTOIplwDjUuFF3n5yd1MiqZTyzq6//oJC8a9vaI"),
        format!("$argon2id$v=19$m=256,t=2,p=1${tail}$jXYgnKKDu6gHX0vXAifuqL5WiwiNXQOnpJZhUGt5kAk"),
    ];
    let mut rows = HEADER.to_owned();
    for (at, hash) in hashes.iter().enumerate() {
        writeln!(rows, "user{at},u{at}@example.com,User,,,\"{hash}\"").expect("a String");
    }
    let said = app.user_with_input(&["import", "--format=csv", "-"], &rows);
    assert_eq!(said.code, 0, "{said:?}");
    let probe = app.probe().await;
    let todays =
        "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$v=19$m=64,t=1,p=1$%'";
    for (at, hash) in hashes.iter().enumerate() {
        let name = format!("user{at}");
        assert!(!accepts(&mut app.browser(), &name, "correct horse 2 staple").await);
        let expected = i64::try_from(at).expect("a few");
        assert_eq!(probe.number(todays).await, expected);
        assert!(accepts(&mut app.browser(), &name, PASSWORD).await, "{hash}");
        probe.becomes(todays, expected + 1).await;
        assert!(accepts(&mut app.browser(), &name, PASSWORD).await);
        assert!(!accepts(&mut app.browser(), &name, "correct horse 2 staple").await);
    }
}

/// REG-05
async fn only_the_first_72_bytes_count_until_a_bcrypt_hash_is_replaced(database: Database) {
    let app = TestApp::start(database).await;
    let head = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    let rows = format!("{HEADER}ann,ann@example.com,Ann,,,{hash}\n");
    assert_eq!(
        app.user_with_input(&["import", "--format=csv", "-"], &rows)
            .code,
        0
    );
    let whole = format!("{head} and what the old system never read");
    assert!(accepts(&mut app.browser(), "ann", &whole).await);
    let ours = "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$%'";
    app.probe().await.becomes(ours, 1).await;
    assert!(accepts(&mut app.browser(), "ann", &whole).await);
    assert!(!accepts(&mut app.browser(), "ann", head).await);
}

/// SES-06, LOG-03
async fn disabling_ends_sessions_and_flows_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut signed_in = app.browser();
    signed_in.sign_in(&app, &ann).await;
    app.rest_the_phone().await;
    let mut half_way = app.browser();
    let code = half_way.sign_in_up_to_the_code(&app, &ann).await;
    let probe = app.probe().await;
    for applied in [true, false] {
        let said = app.user(&["disable", &ann.email, "--json"]);
        assert_eq!(said.code, 0, "{said:?}");
        let applied = format!("\"applied\":{applied}");
        assert!(said.out.contains(&applied), "{said:?}");
    }
    assert!(!signed_in.is_signed_in().await);
    assert_eq!(probe.sessions().await, 0);
    let reply = half_way.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.problem(), Problem::FlowEnded);
    let live = "SELECT COUNT(*) FROM flows WHERE live = 1";
    assert_eq!(probe.number(live).await, 0);
    assert!(!accepts(&mut app.browser(), &ann.username, &ann.password).await);

    assert_eq!(app.user(&["enable", &ann.username]).code, 0);
    app.rest_the_phone().await;
    app.browser().sign_in(&app, &ann).await;
    let audited = "SELECT COUNT(*) FROM audit_events WHERE source = 'operator' AND event IN \
                   ('account_disabled', 'account_enabled')";
    assert_eq!(probe.number(audited).await, 2);
}

/// ENR-05
async fn resetting_the_second_factor_keeps_the_number_and_ends_the_sessions(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.member().await, app.member().await);
    let (mut signed_in, mut other) = (app.browser(), app.browser());
    signed_in.sign_in(&app, &ann).await;
    other.sign_in(&app, &bob).await;
    app.rest_the_phone().await;
    let mut half_way = app.browser();
    let code = half_way.sign_in_up_to_the_code(&app, &ann).await;
    let probe = app.probe().await;
    let id = app.user(&["show", &ann.username, "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&id.out).expect("JSON");
    let said = app.user(&["reset-mfa", shown["id"].as_str().expect("an id")]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!signed_in.is_signed_in().await);
    assert!(other.is_signed_in().await);
    let reply = half_way.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.problem(), Problem::FlowEnded);
    let kept =
        "SELECT COUNT(*) FROM accounts WHERE mfa = 0 AND phone <> '' AND phone_verified_at > 0";
    let audited =
        "SELECT COUNT(*) FROM audit_events WHERE source = 'operator' AND event = 'mfa_reset'";
    for query in [kept, audited, "SELECT COUNT(*) FROM accounts WHERE mfa = 1"] {
        assert_eq!(probe.number(query).await, 1, "{query}");
    }
}

/// LEAK-02, LEAK-04
async fn accounts_are_listed_and_shown_without_their_secrets(database: Database) {
    let app = TestApp::start(database).await;
    let people = [app.unenrolled(), app.unenrolled(), app.unenrolled()];
    app.user(&["disable", &people[1].username]);
    let lists = [
        app.user(&["list"]),
        app.user(&["list", "--json"]),
        app.user(&["show", &people[0].email]),
        app.user(&["show", &people[0].username.to_uppercase(), "--json"]),
    ];
    for said in &lists {
        assert_eq!(said.code, 0, "{said:?}");
        assert!(!said.out.contains("$argon2id"), "{said:?}");
        for Person { phone, .. } in &people {
            assert!(!said.out.contains(&phone[1..]), "{said:?}");
        }
    }
    let rows: Vec<serde_json::Value> = lists[1]
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(rows.len(), 3);
    for person in &people {
        let row = rows.iter().find(|row| row["username"] == *person.username);
        let row = row.expect("listed");
        let hint = format!("(***) ***-{}", &person.phone[person.phone.len() - 4..]);
        assert_eq!(row["phone"], *hint);
        assert_eq!(row["mfa"], false);
        assert_eq!(row["disabled"], person.username == people[1].username);
        assert!(lists[0].out.contains(&person.username));
    }
    assert!(
        lists[2].out.contains(&people[0].full_name),
        "{:?}",
        lists[2]
    );
    let said = app.user(&["show", "nobody"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("no account has this"), "{said:?}");
}

/// REG-08
#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_taken_on_the_command_line() {
    let app = TestApp::start(Database::Sqlite).await;
    let who = [
        "create",
        "--username=ann",
        "--email=a@x.com",
        "--full-name=Ann",
    ];
    for more in [
        ["--password", "long enough 7"].as_slice(),
        &["--password=long enough 7"],
        &["--password-stdin=long enough 7"],
        &["--password-stdin", "--generate-password"],
        &[],
    ] {
        let said = app.user(&[who.as_slice(), more].concat());
        assert_eq!(said.code, 2, "{said:?}");
    }
    assert_eq!(app.probe().await.accounts().await, 0);
}
