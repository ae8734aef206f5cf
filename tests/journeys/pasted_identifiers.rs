//! Usernames and e-mail addresses that users paste into a registration.

use domain::Problem;
use serde_json::json;

use crate::support::{Database, TestApp, User, on_both_databases};

on_both_databases![
    email_addresses_with_and_without_a_joiner_in_the_domain_are_different,
    percent_encoded_mailto_link_is_stored_as_the_address_that_it_links_to,
    url_and_address_with_a_numeric_domain_are_refused_as_email_address,
    email_address_whose_domain_contains_punctuation_in_a_character_is_refused,
    username_is_stored_without_the_invisible_characters_of_a_paste,
    username_with_a_bullet_or_list_number_signs_in,
    email_address_whose_domain_has_digits_of_another_script_is_stored_by_idna,
];

async fn email_addresses_with_and_without_a_joiner_in_the_domain_are_different(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User {
        email: "ann@نامه\u{200c}ای.com".to_owned(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &ann).await;
    let stored = "SELECT email || ' ' || email_canonical FROM accounts";
    assert_eq!(
        app.open_database().await.read_text(stored).await,
        "ann@نامه\u{200c}ای.com ann@xn--mgba3gch31f060k.com"
    );
    let mut browser = app.new_browser();
    for (identifier, accepted) in [
        ("ann@نامه\u{200c}ای.com", true),
        ("\u{202b}ann@نامه\u{200c}ای.com\u{202c}", true),
        ("ann@xn--mgba3gch31f060k.com", true),
        ("ann@نامهای.com", false),
    ] {
        let is_accepted = browser.is_password_accepted(identifier, &ann.password);
        assert_eq!(is_accepted.await, accepted, "{identifier}");
    }
    app.skip_resend_cooldown().await;
    let mut signed_in = app.new_browser();
    signed_in.sign_in(&app, &ann).await;
    signed_in.create_recovery_codes().await;
    app.simulator
        .mailbox_of("ann@xn--mgba3gch31f060k.com")
        .next_mail()
        .await;
}

async fn percent_encoded_mailto_link_is_stored_as_the_address_that_it_links_to(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User {
        email: "mailto:ann%2Btag@m%C3%BCnchen.de?subject=Hello".to_owned(),
        ..User::with_unique_details()
    };
    app.new_browser()
        .register_without_email_proof(&app, &ann)
        .await;
    let stored = "SELECT email || ' ' || email_canonical FROM accounts";
    assert_eq!(
        app.open_database().await.read_text(stored).await,
        "ann+tag@münchen.de ann+tag@xn--mnchen-3ya.de"
    );
}

async fn url_and_address_with_a_numeric_domain_are_refused_as_email_address(database: Database) {
    let app = TestApp::start(database).await;
    for email in [
        "mailto:ann%2@example.com",
        "mailto://ann@example.com",
        "https://example.com/ann@example.com",
        "ann@192.0.2.1",
        "ann@example.123",
    ] {
        let ann = User {
            email: email.to_owned(),
            ..User::with_unique_details()
        };
        let refused = app.new_browser().submit_registration_details(&ann).await;
        assert_eq!(refused.expect_problem(), Problem::EmailInvalid, "{email}");
    }
}

async fn email_address_whose_domain_contains_punctuation_in_a_character_is_refused(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let signed_in = app.new_api_client().with_token(&token);
    for email in [
        "ann@x½y.de",
        "ann@⅟.de",
        "ann@mü↉.de",
        "ann@xŉy.de",
        "ann@x㎧.de",
    ] {
        let bob = User {
            email: email.to_owned(),
            ..User::with_unique_details()
        };
        let refused = app.new_browser().submit_registration_details(&bob).await;
        assert_eq!(refused.expect_problem(), Problem::EmailInvalid, "{email}");
        let change = json!({ "email": email });
        let refused = signed_in.post("/v1/email/send", &change).await;
        let error = refused.expect_error(400, "invalid_fields");
        assert_eq!(error["errors"][0]["field"], "email", "{email}");
        assert_eq!(error["errors"][0]["code"], "email_invalid", "{email}");
    }
}

async fn username_is_stored_without_the_invisible_characters_of_a_paste(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let pasted = User {
        username: format!("\u{202a}“{}\u{200b}”\u{202c}", ann.username),
        ..ann.clone()
    };
    app.new_browser()
        .register_without_email_proof(&app, &pasted)
        .await;
    let stored = "SELECT username FROM accounts";
    assert_eq!(
        app.open_database().await.read_text(stored).await,
        ann.username
    );
    for identifier in [&ann.username, &pasted.username] {
        let mut browser = app.new_browser();
        let accepted = browser.is_password_accepted(identifier, &ann.password);
        assert!(accepted.await, "{identifier}");
    }
    let taken = User {
        username: format!("{}\u{fffc}", ann.username),
        ..User::with_unique_details()
    };
    let refused = app.new_browser().submit_registration_details(&taken).await;
    assert_eq!(refused.expect_problem(), Problem::UsernameTaken);
}

async fn username_with_a_bullet_or_list_number_signs_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    for identifier in [
        format!("- {}", ann.username),
        format!("1. {}", ann.username),
        format!("👤 {}", ann.username),
    ] {
        let mut browser = app.new_browser();
        let accepted = browser.is_password_accepted(&identifier, &ann.password);
        assert!(accepted.await, "{identifier}");
    }
}

async fn email_address_whose_domain_has_digits_of_another_script_is_stored_by_idna(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = User {
        email: "ann@१२३.com".to_owned(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &ann).await;
    let stored = "SELECT email || ' ' || email_canonical FROM accounts";
    assert_eq!(
        app.open_database().await.read_text(stored).await,
        "ann@१२३.com ann@xn--e4bcd.com"
    );
    for (identifier, accepted) in [
        ("ann@१२३.com", true),
        ("ann@xn--e4bcd.com", true),
        ("ann@123.com", false),
    ] {
        let mut browser = app.new_browser();
        let is_accepted = browser.is_password_accepted(identifier, &ann.password);
        assert_eq!(is_accepted.await, accepted, "{identifier}");
    }
}
