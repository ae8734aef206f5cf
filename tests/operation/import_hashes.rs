//! Imported password hashes are accepted, and upgraded at the first sign-in.

use std::fmt::{Display, Write as _};

use super::import::{BCRYPT, HEADER, PASSWORD};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    every_imported_hash_is_upgraded_at_sign_in,
    imported_account_accepts_its_password_in_every_unicode_form_that_a_keyboard_sends,
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
        "pbkdf2_sha1$1000$seasalt12345$2D1HWUP/5EPerSpQJjU/3slgJS8=".to_owned(),
        "$5$saltstring$Qh8nNkJCw/hZp2JWZafS1l4DfGeT6ERoWCdAWmuE9H5".to_owned(),
        "$5$rounds=1000$seasalt12345$WKhe2CW7WlpFUzjHdI1lWr.rwaF1W5ST8uYIdbUb.2/".to_owned(),
        "$6$saltstring$.r8NBZVczPAb0AjdYB3jsj2Rkr2h9SB3MwnBd3JM4prMKBtI9eaoX5Xvf89gfc0WzIeKOfUrYELCm7Mf.mIHi1".to_owned(),
        "$6$rounds=1000$seasalt12345$bD4pHggyB7twQhhFB3zzO/YklDV1d.keglI3qpUJV1K4u.GpoKbG8MNhsR4GG48j85DXnw4N/v7s9OqFny4v2.".to_owned(),
        "scrypt:1024:8:1$seasalt12345$6ec52c5c487ef22fce300701512200f80ea6bcb59f18212853bf479ce9bf036540930bf20672aff1b57b1bfa1f1b91d6a27729787aca0d28436eb1b5477de2f0".to_owned(),
        "pbkdf2:sha1:1000$seasalt12345$d83d475943ffe443dead2a5026353fdec960252f".to_owned(),
        "pbkdf2:sha256:1000$seasalt12345$e7a2ca4226de065f4b3bcc979b5cd112b502154b80a55c38a0f246bc4f38f3df".to_owned(),
        "pbkdf2:sha512:1000$seasalt12345$72c535820e71ed5c6071cabab585b1006b16aed9bbacbb6dea8f2d4d7c4415597b57ca1ec395197f7d5f053011544d2693e21d090e810dbf7a125c5208a8e32f".to_owned(),
    ];
    import_hashes(&app, &hashes);
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
        let expected = i64::try_from(at).expect("number fits the type");
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

/// Imports an account `user0`, `user1`, … for each hash.
fn import_hashes(app: &TestApp, hashes: &[impl Display]) {
    let mut rows = HEADER.to_owned();
    for (at, hash) in hashes.iter().enumerate() {
        writeln!(rows, "user{at},u{at}@example.com,User,,,\"{hash}\"").expect("row is written");
    }
    let output = app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows);
    assert_eq!(output.exit_code, 0, "{output:?}");
}

/// Tests docs/security.md#reg-06.
///
/// Uses hashes of "caf\u{e9} \u{fc}ber alles" in composed and in decomposed form, computed with Python.
async fn imported_account_accepts_its_password_in_every_unicode_form_that_a_keyboard_sends(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let of_composed =
        "pbkdf2_sha256$1000$seasalt12345$dUAHZ3SG6zMykAk1k17aHRCBYKFvwJp2k3tVDHjx+CI=";
    let of_decomposed =
        "pbkdf2_sha256$1000$seasalt12345$sxX5BLySxgeybV9R5GpgGQTev1QUNg8i7HKmf6LfUiw=";
    let forms = [
        "caf\u{e9} \u{fc}ber alles",
        "cafe\u{301} u\u{308}ber alles",
        "caf\u{e9} u\u{308}ber alles",
    ];
    let hashes = [of_composed, of_decomposed].map(|hash| [hash; 3]);
    import_hashes(&app, hashes.as_flattened());
    let probe = app.open_database().await;
    let count_argon2_hashes =
        "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$%'";
    for (at, first) in forms.into_iter().cycle().take(6).enumerate() {
        let name = format!("user{at}");
        let wrong = "cafe uber alles";
        assert!(!app.new_browser().is_password_accepted(&name, wrong).await);
        assert!(
            app.new_browser().is_password_accepted(&name, first).await,
            "{name} {first:?}"
        );
        let upgraded = i64::try_from(at + 1).expect("number fits the type");
        probe.wait_for_number(count_argon2_hashes, upgraded).await;
        for later in forms {
            assert!(
                app.new_browser().is_password_accepted(&name, later).await,
                "{name} {first:?} {later:?}"
            );
        }
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
    let full_password = format!("{head} and what the old system never read");
    assert!(
        app.new_browser()
            .is_password_accepted("ann", &full_password)
            .await
    );
    let count_argon2_hashes =
        "SELECT COUNT(*) FROM accounts WHERE password_hash LIKE '$argon2id$%'";
    app.open_database()
        .await
        .wait_for_number(count_argon2_hashes, 1)
        .await;
    assert!(
        app.new_browser()
            .is_password_accepted("ann", &full_password)
            .await
    );
    assert!(!app.new_browser().is_password_accepted("ann", head).await);
}
