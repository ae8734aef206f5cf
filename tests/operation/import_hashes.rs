//! Imported password hashes are accepted, and upgraded at the first sign-in.

use std::fmt::Write as _;

use super::import::{BCRYPT, HEADER, PASSWORD};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    every_imported_hash_is_upgraded_at_sign_in,
    only_the_first_72_bytes_count_until_a_bcrypt_hash_is_replaced,
];

/// Tests docs/security.md#reg-06, docs/security.md#reg-07.
async fn every_imported_hash_is_upgraded_at_sign_in(database: Database) {
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
        "pbkdf2_sha256$1000$seasalt12345$56LKQibeBl9LO8yXm1zRErUCFUuApVw4oPJGvE84898=".to_owned(),
        "$pbkdf2-sha256$1000$................AQIDBA$qrHaYKJyvl4IMGeZ818hHTi1wZI/0hEuiYsqAgH3Rbg".to_owned(),
        "$pbkdf2-sha512$i=1000,l=64$++++++++++++++++AQIDBA==$5QhV7m351U0R/VpFUJAWfaX0qOUyIe7clfUzXb4kzrnE1dqSLbnlOC9vRD0qE3oQ9s8gRQk/eMk26GcPJkZXJQ==".to_owned(),
        "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuu6WOfLE/HhIg6Lr1ZGj9evCgaAqCq7Hu".to_owned(),
        "bcrypt$$2b$04$abcdefghijklmnopqrstuunIeaGDl2al.eJAWw3JMztOBR1UPeBF2".to_owned(),
        "scrypt$1024$seasalt12345$8$5$Txsrlx2j4+G2/94troGVrlpyHn9omTPA4pGwwHAacl9S+cACcZEKParaqJ6CESj4eDQeMA4LDzXz4hFj+jzQ7g==".to_owned(),
        "$bcrypt-sha256$v=2,t=2b,r=4$abcdefghijklmnopqrstuu$vBE4z5MXygw9u8mmLzNOA2dGHOqCnjq".to_owned(),
        "$bcrypt-sha256$2b,4$abcdefghijklmnopqrstuu$FHtakzc94eL.RPOE8n0KUyjIZztFCma".to_owned(),
        "$fbscrypt$v=1,n=10,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$cH7l62d8V7EbCRvD61ueOz7JPGboLU72dTkkRffuLXv56vcVAEkCtNmlCdQBu1G6JQFMF1pO/T5zma02btruTg==".to_owned(),
        format!("argon2$argon2id$v=19$m=256,t=2,p=1${tail}$jXYgnKKDu6gHX0vXAifuqL5WiwiNXQOnpJZhUGt5kAk"),
    ];
    let mut rows = HEADER.to_owned();
    for (at, hash) in hashes.iter().enumerate() {
        writeln!(rows, "user{at},u{at}@example.com,User,,,\"{hash}\"").expect("a String");
    }
    let output = app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let probe = app.open_database().await;
    let todays =
        "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$v=19$m=64,t=1,p=1$%'";
    for (at, hash) in hashes.iter().enumerate() {
        let name = format!("user{at}");
        assert!(
            !app.new_browser()
                .is_password_accepted(&name, "correct horse 2 staple")
                .await
        );
        let expected = i64::try_from(at).expect("a few");
        assert_eq!(probe.read_number(todays).await, expected);
        assert!(
            app.new_browser()
                .is_password_accepted(&name, PASSWORD)
                .await,
            "{hash}"
        );
        probe.wait_for_number(todays, expected + 1).await;
        assert!(
            app.new_browser()
                .is_password_accepted(&name, PASSWORD)
                .await
        );
        assert!(
            !app.new_browser()
                .is_password_accepted(&name, "correct horse 2 staple")
                .await
        );
    }
}

/// Tests docs/security.md#reg-05.
async fn only_the_first_72_bytes_count_until_a_bcrypt_hash_is_replaced(database: Database) {
    let app = TestApp::start(database).await;
    let head = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    let rows = format!("{HEADER}ann,ann@example.com,Ann,,,{hash}\n");
    assert_eq!(
        app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows)
            .exit_code,
        0
    );
    let whole = format!("{head} and what the old system never read");
    assert!(app.new_browser().is_password_accepted("ann", &whole).await);
    let ours = "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$%'";
    app.open_database().await.wait_for_number(ours, 1).await;
    assert!(app.new_browser().is_password_accepted("ann", &whole).await);
    assert!(!app.new_browser().is_password_accepted("ann", head).await);
}
