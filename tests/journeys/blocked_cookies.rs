//! Registration and sign-in in a browser that blocks cookies, and in one that stores them.

use domain::{Purpose, Step};

use crate::support::call::FormPost;
use crate::support::wire::Response;
use crate::support::{Browser, Database, FormResponse, TestApp, User, call, on_both_databases};

on_both_databases![
    registration_in_a_browser_that_blocks_cookies_says_so,
    sign_in_in_a_browser_that_blocks_cookies_says_so,
    notice_disappears_when_the_page_is_loaded_again_with_cookies,
    browser_that_stores_cookies_is_never_told_that_it_blocks_them,
];

const NOTICE: &str = "This browser blocks cookies. Allow them for this site and try again.";

/// A browser that sends the header `Referer`, as real browsers do.
struct RefererBrowser {
    browser: Browser,
    stores_cookies: bool,
}

impl RefererBrowser {
    /// Creates a browser that blocks all cookies.
    const fn without_cookies(browser: Browser) -> Self {
        Self {
            browser,
            stores_cookies: false,
        }
    }

    /// Creates a browser that stores cookies.
    const fn with_cookies(browser: Browser) -> Self {
        Self {
            browser,
            stores_cookies: true,
        }
    }

    /// Returns the URL of a page of the server.
    fn url(&self, page: &str) -> String {
        format!("http://{}{page}", self.browser.address)
    }

    /// Stores the cookies of a response unless the browser blocks cookies.
    fn receive(&mut self, response: &Response) {
        if self.stores_cookies {
            self.browser.store_cookies(response);
        }
    }

    /// Submits a form of the page `page`.
    async fn submit_form_of(&mut self, page: &str, form: &FormPost) -> FormResponse {
        let request = self.browser.form_request(form);
        let request = request.with_header("Referer", &self.url(page));
        let response = request.send(self.browser.address).await;
        self.receive(&response);
        FormResponse::new(response)
    }

    /// Opens a page after a form of the page `from`, and follows redirects. Returns the shown page and its path.
    async fn open_after_form_of(&mut self, from: &str, path: &str) -> (String, String) {
        let mut path = path.to_owned();
        for _ in 0..4 {
            let request = self.browser.page_request("GET", &path);
            let request = request.with_header("Referer", &self.url(from));
            let response = request.send(self.browser.address).await;
            self.receive(&response);
            if response.status != 303 {
                assert_eq!(response.status, 200, "{path}");
                return (response.text(), path);
            }
            response.location().clone_into(&mut path);
        }
        panic!("redirects do not end at {path}")
    }
}

/// Returns whether a page says that the browser blocks cookies.
fn has_notice(page: &str) -> bool {
    page.contains(NOTICE)
}

async fn registration_in_a_browser_that_blocks_cookies_says_so(database: Database) {
    let app = TestApp::start(database).await;
    for browser in [app.new_browser(), app.new_browser().without_scripts()] {
        let mut blocking = RefererBrowser::without_cookies(browser);
        let details = call::submit_registration_details(&User::with_unique_details(), "");
        let begun = blocking.submit_form_of("/register", &details).await;
        if begun.response.status == 303 {
            assert_eq!(begun.redirect_path(), "/register/credentials");
        } else {
            assert_eq!(begun.expect_step(), Step::Credentials);
        }
        let (page, path) = blocking
            .open_after_form_of("/register", "/register/credentials")
            .await;
        assert_eq!(path, "/register?cookies");
        assert!(has_notice(&page), "{page}");
        assert!(page.contains("Full name"), "{page}");
        // A request that no form of the site has caused gets no notice.
        let page = blocking.browser.load_page("/register/credentials").await;
        assert_eq!(page.location(), "/register");
        let page = blocking.browser.load_page("/register").await.text();
        assert!(!has_notice(&page), "{page}");
    }
}

async fn sign_in_in_a_browser_that_blocks_cookies_says_so(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let password = call::submit_password(&ann.username, &ann.password, "");

    let mut scripted = RefererBrowser::without_cookies(app.new_browser());
    let begun = scripted.submit_form_of("/login", &password).await;
    assert!(matches!(begun.expect_step(), Step::ChooseMethod { .. }));
    let chosen = call::choose_method("sms");
    let refused = scripted.submit_form_of("/login", &chosen).await;
    let next = refused.page_after_refusal();
    assert_eq!(next.as_deref(), Some("/login?cookies"));

    let (page, path) = scripted
        .open_after_form_of("/login", "/login?cookies")
        .await;
    assert_eq!(path, "/login?cookies");
    assert!(has_notice(&page), "{page}");
    let page = scripted.browser.load_page("/login").await.text();
    assert!(!has_notice(&page), "{page}");
}

async fn notice_disappears_when_the_page_is_loaded_again_with_cookies(database: Database) {
    let app = TestApp::start(database).await;
    for start in ["/login", "/register"] {
        let mut browser = app.new_browser();
        let marked = format!("{start}?cookies");
        let response = browser.load_page(&marked).await;
        assert!(has_notice(&response.text()), "{}", response.text());
        let again = browser.load_page(&marked).await;
        assert_eq!((again.status, again.location()), (303, start));
    }
}

async fn browser_that_stores_cookies_is_never_told_that_it_blocks_them(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let password = call::submit_password(&ann.username, &ann.password, "");
    for browser in [app.new_browser(), app.new_browser().without_scripts()] {
        let mut storing = RefererBrowser::with_cookies(browser.clone());
        let details = call::submit_registration_details(&User::with_unique_details(), "");
        storing.submit_form_of("/register", &details).await;
        let (page, path) = storing
            .open_after_form_of("/register", "/register/credentials")
            .await;
        assert_eq!(path, "/register/credentials");
        assert!(!has_notice(&page), "{page}");

        let mut storing = RefererBrowser::with_cookies(browser);
        storing.submit_form_of("/login", &password).await;
        let (page, path) = storing.open_after_form_of("/login", "/login").await;
        assert_eq!(path, "/login");
        assert!(page.contains("Choose Verification Method"), "{page}");
        assert!(!has_notice(&page), "{page}");
        for start in ["/login", "/register"] {
            let checked = storing.browser.load_page(&format!("{start}?cookies")).await;
            assert_eq!((checked.status, checked.location()), (303, start));
        }
    }
    // The sign-in was cancelled in another tab, and no cookie is left.
    let mut storing = RefererBrowser::with_cookies(app.new_browser());
    storing.submit_form_of("/login", &password).await;
    storing.browser.cancel_flow(Purpose::SignIn).await;
    storing.browser.cookies.clear();
    let chosen = call::choose_method("sms");
    let refused = storing.submit_form_of("/login", &chosen).await;
    let next = refused.page_after_refusal();
    assert_eq!(next.as_deref(), Some("/login?cookies"));
    let (page, path) = storing.open_after_form_of("/login", "/login?cookies").await;
    assert_eq!(path, "/login");
    assert!(!has_notice(&page), "{page}");
}
