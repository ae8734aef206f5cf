//! Supported CAPTCHA services: URLs, content security policy and test keys, from their documentation.

use super::origin::Origin;

/// Supported external CAPTCHA services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// Google reCAPTCHA v2, "I'm not a robot" checkbox: <https://developers.google.com/recaptcha/docs/verify>.
    RecaptchaV2,
    /// Google reCAPTCHA v3, a score without a checkbox: <https://developers.google.com/recaptcha/docs/v3>.
    RecaptchaV3,
    /// <https://docs.hcaptcha.com/>.
    Hcaptcha,
    /// Cloudflare Turnstile: <https://developers.cloudflare.com/turnstile/>.
    Turnstile,
}

/// Fixed properties of a CAPTCHA service: its URLs, widget origins and public test keys.
#[derive(Debug)]
pub struct VendorFacts {
    /// The value of `SALLYPORT_CAPTCHA`. The widget script uses the same name.
    pub name: &'static str,
    /// Origin and path at which the server verifies a token.
    pub verify: (&'static str, &'static str),
    /// Origin and path of the widget script.
    pub script: (&'static str, &'static str),
    /// The folder of both paths at the simulator, which replaces the service in development.
    simulator_folder: &'static str,
    /// The origins that the content security policy must allow.
    pub csp_script: &'static str,
    pub csp_style: &'static str,
    pub csp_connect: &'static str,
    pub csp_frame: &'static str,
    /// Names of the form fields in which the widget repeats its token. Widgets without a checkbox are outside the form.
    pub response_fields: &'static [&'static str],
    /// Whether the verification result of a token contains the action for which the token was created.
    pub names_action: bool,
    /// Whether the verification result of a token contains a score.
    pub has_score: bool,
    /// The public site keys for tests.
    test_site_keys: &'static [&'static str],
    /// The public secret keys for tests, and the host name that verifications with them return.
    pub test_secrets: &'static [&'static str],
    pub test_hostname: &'static str,
}

const RECAPTCHA_TEST_SITE_KEYS: &[&str] = &["6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI"];
const RECAPTCHA_TEST_SECRETS: &[&str] = &["6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"];

static RECAPTCHA_V2: VendorFacts = VendorFacts {
    name: "recaptcha_v2",
    verify: ("https://www.google.com", "/recaptcha/api/siteverify"),
    script: ("https://www.google.com", "/recaptcha/api.js"),
    simulator_folder: "",
    csp_script: "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
    csp_style: "",
    csp_connect: "https://www.google.com/recaptcha/",
    csp_frame: "https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/",
    response_fields: &["g-recaptcha-response"],
    names_action: false,
    has_score: false,
    test_site_keys: RECAPTCHA_TEST_SITE_KEYS,
    test_secrets: RECAPTCHA_TEST_SECRETS,
    test_hostname: "testkey.google.com",
};

static RECAPTCHA_V3: VendorFacts = VendorFacts {
    name: "recaptcha_v3",
    response_fields: &[],
    names_action: true,
    has_score: true,
    ..RECAPTCHA_V2
};

static HCAPTCHA: VendorFacts = VendorFacts {
    name: "hcaptcha",
    verify: ("https://api.hcaptcha.com", "/siteverify"),
    script: ("https://js.hcaptcha.com", "/1/api.js"),
    simulator_folder: "/hcaptcha",
    csp_script: "https://hcaptcha.com https://*.hcaptcha.com",
    csp_style: "https://hcaptcha.com https://*.hcaptcha.com",
    csp_connect: "https://hcaptcha.com https://*.hcaptcha.com",
    csp_frame: "https://hcaptcha.com https://*.hcaptcha.com",
    response_fields: &["g-recaptcha-response", "h-captcha-response"],
    names_action: false,
    has_score: false,
    test_site_keys: &[
        "10000000-ffff-ffff-ffff-000000000001",
        "20000000-ffff-ffff-ffff-000000000002",
        "30000000-ffff-ffff-ffff-000000000003",
    ],
    test_secrets: &["0x0000000000000000000000000000000000000000"],
    test_hostname: "dummy-key-pass",
};

static TURNSTILE: VendorFacts = VendorFacts {
    name: "turnstile",
    verify: (
        "https://challenges.cloudflare.com",
        "/turnstile/v0/siteverify",
    ),
    script: ("https://challenges.cloudflare.com", "/turnstile/v0/api.js"),
    simulator_folder: "",
    csp_script: "https://challenges.cloudflare.com",
    csp_style: "",
    csp_connect: "",
    csp_frame: "https://challenges.cloudflare.com",
    response_fields: &["cf-turnstile-response"],
    names_action: true,
    has_score: false,
    test_site_keys: &[
        "1x00000000000000000000AA",
        "2x00000000000000000000AB",
        "1x00000000000000000000BB",
        "2x00000000000000000000BB",
        "3x00000000000000000000FF",
    ],
    test_secrets: &[
        "1x0000000000000000000000000000000AA",
        "2x0000000000000000000000000000000AA",
        "3x0000000000000000000000000000000AA",
    ],
    test_hostname: "example.com",
};

impl Vendor {
    /// Returns the URLs, content security policy sources and test keys of this CAPTCHA service.
    pub fn vendor_facts(self) -> &'static VendorFacts {
        match self {
            Self::RecaptchaV2 => &RECAPTCHA_V2,
            Self::RecaptchaV3 => &RECAPTCHA_V3,
            Self::Hcaptcha => &HCAPTCHA,
            Self::Turnstile => &TURNSTILE,
        }
    }
}

impl VendorFacts {
    /// Returns the URL at which the server verifies a CAPTCHA token.
    ///
    /// `simulator_origin` is the origin of the simulator that replaces the service, if any.
    pub fn captcha_verification_url(&self, simulator_origin: Option<&Origin>) -> String {
        self.build_captcha_service_url(self.verify, simulator_origin)
    }

    /// Returns the URL of the script that shows the CAPTCHA widget.
    ///
    /// `simulator_origin` is the origin of the simulator that replaces the service, if any.
    pub fn captcha_widget_script_url(&self, simulator_origin: Option<&Origin>) -> String {
        self.build_captcha_service_url(self.script, simulator_origin)
    }

    /// Builds the URL of `path` at the CAPTCHA service, or at `simulator` if a simulator replaces the service.
    fn build_captcha_service_url(
        &self,
        (origin, path): (&str, &str),
        simulator: Option<&Origin>,
    ) -> String {
        match simulator {
            Some(simulator) => format!("{simulator}{}{path}", self.simulator_folder),
            None => format!("{origin}{path}"),
        }
    }

    /// Returns whether a site key is one that the CAPTCHA service publishes for tests. Ignores case.
    pub(super) fn is_captcha_test_site_key(&self, site_key: &str) -> bool {
        let mut keys = self.test_site_keys.iter();
        keys.any(|key| key.eq_ignore_ascii_case(site_key))
    }

    /// Returns whether a secret key is one that the CAPTCHA service publishes for tests.
    pub fn is_captcha_test_secret(&self, secret: &str) -> bool {
        self.test_secrets.contains(&secret)
    }
}
