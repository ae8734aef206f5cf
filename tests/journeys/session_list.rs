//! The list of sessions on the profile.

use domain::{Problem, Step};

use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    every_session_is_listed_with_its_device,
    ended_session_is_refused_at_its_next_request,
    ending_all_other_sessions_keeps_the_current_one,
    ended_session_is_not_listed,
    session_of_another_account_gets_the_same_answer_as_an_unknown_one,
    sessions_are_ended_only_with_a_session,
];

const PAGE: &str = "/profile/sessions";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1";

/// Signs a user in with several browsers. Waits until the mails about the new browsers are sent, because some tests
/// compare the database.
async fn sign_in_browsers<const N: usize>(
    app: &TestApp,
    ann: &User,
    agents: [&'static str; N],
) -> [Browser; N] {
    let mut browsers = agents.map(|user_agent| app.new_browser().with_user_agent(user_agent));
    for browser in &mut browsers {
        browser.sign_in(app, ann).await;
        app.skip_resend_cooldown().await;
    }
    app.wait_for_empty_outbox().await;
    browsers
}

/// Returns the ids of the sessions that the page can end.
async fn list_session_ids(browser: &mut Browser) -> Vec<String> {
    page::hidden_input_values(&browser.load_page(PAGE).await.text(), "session")
}

/// Tests docs/security.md#ses-07.
async fn every_session_is_listed_with_its_device(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let [mut firefox, _iphone, _odd] =
        sign_in_browsers(&app, &ann, [FIREFOX, IPHONE, "<b>odd</b>"]).await;
    app.simulator.advance_clock(600).await;
    let html = firefox.load_page(PAGE).await.text();
    let words = page::visible_text(&html);
    for (device, mark) in [
        ("Firefox on Linux 127.0.0.1", "This device"),
        ("Safari on iPhone 127.0.0.1", "Sign out"),
        ("Unknown device 127.0.0.1", "Sign out"),
    ] {
        let row = page::texts_between(&words, device, "Firefox");
        let row = row.first().unwrap_or_else(|| panic!("{device}: {words}"));
        assert!(row.contains("Signed in 1"), "{words}");
        assert!(row.contains("Last active "), "{words}");
        assert!(row.contains(mark), "{words}");
    }
    assert!(words.find("Firefox") < words.find("Safari"), "{words}");
    let times = page::texts_between(&html, "<time datetime=\"", "\"");
    assert_eq!(times.len(), 6);
    assert!(
        times
            .iter()
            .all(|time| time.starts_with("20") && time.ends_with('Z'))
    );
    assert!(!html.contains("<b>odd"), "{}", page::visible_text(&html));
    assert_eq!(page::hidden_input_values(&html, "session").len(), 2);
}

/// Tests docs/security.md#ses-06, docs/security.md#ses-07.
async fn ended_session_is_refused_at_its_next_request(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let [mut here, mut iphone, mut other] =
        sign_in_browsers(&app, &ann, [FIREFOX, IPHONE, FIREFOX]).await;
    let html = here.load_page(PAGE).await.text();
    let row = page::texts_between(&html, "Sign out Safari on iPhone", "</li>");
    assert_eq!(row.len(), 1, "{}", page::visible_text(&html));
    let of_iphone = {
        let before = html
            .split("Sign out Safari on iPhone")
            .next()
            .unwrap_or_default();
        page::hidden_input_values(before, "session")
            .pop()
            .expect("form has a session ID")
    };
    let step = here
        .submit_form(&call::end_session(&of_iphone))
        .await
        .expect_step();
    assert_eq!(step, Step::SessionEnded);
    let html = here.load_page(PAGE).await.text();
    assert!(
        html.contains("That device is signed out."),
        "{}",
        page::visible_text(&html)
    );
    assert!(!html.contains("iPhone"), "{}", page::visible_text(&html));
    assert!(!iphone.is_signed_in().await);
    assert!(other.is_signed_in().await && here.is_signed_in().await);

    // The form also works without scripts, and a repeated request changes nothing.
    let id = list_session_ids(&mut here)
        .await
        .pop()
        .expect("list is not empty");
    let mut plain = here.clone().without_scripts();
    let answer = plain.submit_form(&call::end_session(&id)).await.response;
    assert_eq!((answer.status, answer.location()), (303, PAGE));
    assert!(!other.is_signed_in().await);
    let before = app.open_database().await.dump_rows().await;
    here.submit_form(&call::end_session(&id))
        .await
        .expect_step();
    assert_eq!(before, app.open_database().await.dump_rows().await);
    assert!(here.is_signed_in().await);
}

/// Tests docs/security.md#ses-06.
async fn ending_all_other_sessions_keeps_the_current_one(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let [mut of_bob] = sign_in_browsers(&app, &bob, [FIREFOX]).await;
    let [mut one, mut here, mut two] =
        sign_in_browsers(&app, &ann, [FIREFOX, FIREFOX, IPHONE]).await;
    let step = here
        .submit_form(&call::end_other_sessions())
        .await
        .expect_step();
    assert_eq!(step, Step::SessionsEnded);
    let html = here.load_page(PAGE).await.text();
    assert!(
        html.contains("You are signed out everywhere else."),
        "{html}"
    );
    assert!(
        !html.contains("\">Sign out everywhere else"),
        "{}",
        page::visible_text(&html)
    );
    assert!(!one.is_signed_in().await && !two.is_signed_in().await);
    assert!(here.is_signed_in().await && of_bob.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 2);
    here.submit_form(&call::end_other_sessions())
        .await
        .expect_step();
    let ended = "SELECT COUNT(*) FROM audit_events WHERE event = 'sessions_ended'";
    assert_eq!(app.open_database().await.read_number(ended).await, 1);
}

/// Tests docs/security.md#ses-05.
async fn ended_session_is_not_listed(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let [mut here, _idle] = sign_in_browsers(&app, &ann, [FIREFOX, IPHONE]).await;
    assert_eq!(list_session_ids(&mut here).await.len(), 1);
    app.simulator.advance_clock(20 * 60).await;
    assert!(here.is_signed_in().await);
    app.simulator.advance_clock(20 * 60).await;
    assert_eq!(list_session_ids(&mut here).await.len(), 0);
}

/// Tests docs/security.md#ses-07, docs/security.md#enum-04.
async fn session_of_another_account_gets_the_same_answer_as_an_unknown_one(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let [mut of_bob, mut bobs_other] = sign_in_browsers(&app, &bob, [FIREFOX, IPHONE]).await;
    let [mut of_ann] = sign_in_browsers(&app, &ann, [FIREFOX]).await;
    let foreign = list_session_ids(&mut of_bob).await.pop().expect("an id");
    let before = app.open_database().await.dump_rows().await;
    let never = "0".repeat(32);
    let mut answers = Vec::new();
    for id in [foreign.as_str(), &never, "", "x", "' OR 1=1 --"] {
        answers.push(
            of_ann
                .submit_form(&call::end_session(id))
                .await
                .response
                .text(),
        );
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(before, app.open_database().await.dump_rows().await);
    assert!(of_bob.is_signed_in().await && bobs_other.is_signed_in().await);
}

/// Tests docs/security.md#ses-09.
async fn sessions_are_ended_only_with_a_session(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let [mut here, _other] = sign_in_browsers(&app, &ann, [FIREFOX, IPHONE]).await;
    let id = list_session_ids(&mut here).await.pop().expect("an id");
    let before = app.open_database().await.dump_rows().await;
    let mut stranger = app.new_browser();
    for call in [call::end_session(&id), call::end_other_sessions()] {
        assert_eq!(
            stranger.submit_form(&call).await.expect_problem(),
            Problem::FlowEnded
        );
    }
    let page = stranger.load_page(PAGE).await;
    assert_eq!((page.status, page.location()), (303, "/login"));
    assert_eq!(before, app.open_database().await.dump_rows().await);
}

/// Tests docs/security.md#ses-06, docs/security.md#clu-04.
#[tokio::test(flavor = "multi_thread")]
async fn session_ended_at_one_node_is_refused_at_the_other() {
    let app = TestApp::builder(Database::Postgres)
        .with_separate_simulator()
        .start()
        .await;
    let (_process, second) = app.start_second_node().await;
    let ann = app.register_user().await;
    let [mut here, mut one, mut two] =
        sign_in_browsers(&app, &ann, [FIREFOX, IPHONE, FIREFOX]).await;
    for browser in [&mut one, &mut two] {
        browser.address = second;
        assert!(browser.is_signed_in().await);
    }
    let id = list_session_ids(&mut here).await.remove(0);
    here.submit_form(&call::end_session(&id))
        .await
        .expect_step();
    assert!(one.is_signed_in().await != two.is_signed_in().await);
    here.submit_form(&call::end_other_sessions())
        .await
        .expect_step();
    assert!(!one.is_signed_in().await && !two.is_signed_in().await);
    here.address = second;
    assert!(here.is_signed_in().await);
}
