//! Settings of the CAPTCHA that protects forms from bots.

use std::net::SocketAddr;
use std::str::FromStr;

use super::captcha_vendor::Vendor;
use super::origin::{Origin, ServiceOrigin};
use super::provider::ProviderConfig;
use super::reader::SettingsReader;
use super::secret::Secret;
use super::settings::Mode;

const KIND: &str = "SALLYPORT_CAPTCHA";
const SITE_KEY: &str = "SALLYPORT_CAPTCHA_SITE_KEY";
const SECRET: &str = "SALLYPORT_CAPTCHA_SECRET";
const MIN_SCORE: &str = "SALLYPORT_CAPTCHA_MIN_SCORE";
const FALLBACK: &str = "SALLYPORT_CAPTCHA_FALLBACK";
const BASE_URL: &str = "SALLYPORT_CAPTCHA_BASE_URL";
/// Minimum length of the secret key in bytes. The shortest one that a vendor issues has 35.
const MIN_SECRET: usize = 32;

/// Settings of the CAPTCHA that forms require: its kind, and the difficulty of the proof of work.
#[derive(Debug, Clone)]
pub struct CaptchaConfig {
    /// `SALLYPORT_CAPTCHA`.
    pub kind: CaptchaKind,
    /// `SALLYPORT_CAPTCHA_COST`: hash iterations of one attempt at the proof of work.
    pub cost: u32,
}

/// Supported kinds of CAPTCHA.
#[derive(Debug, Clone)]
pub enum CaptchaKind {
    ProofOfWork,
    Vendor(VendorConfig),
    None,
}

/// Settings of an external CAPTCHA service: the operator's keys, and how forms use the service.
#[derive(Debug, Clone)]
pub struct VendorConfig {
    pub vendor: Vendor,
    /// `SALLYPORT_CAPTCHA_SITE_KEY`: public, part of the pages.
    pub site_key: String,
    /// `SALLYPORT_CAPTCHA_SECRET`.
    pub secret: Secret<String>,
    /// `SALLYPORT_CAPTCHA_MIN_SCORE`: the lowest accepted score of reCAPTCHA v3.
    pub min_score: Score,
    /// `SALLYPORT_CAPTCHA_FALLBACK`: whether forms require a proof of work instead while the service does not
    /// answer.
    pub falls_back: bool,
    /// `SALLYPORT_CAPTCHA_BASE_URL`: the simulator that replaces the service in development.
    simulator: Option<ServiceOrigin>,
}

/// Minimum accepted score of a reCAPTCHA v3 token, on its scale from 0.0 (very likely a bot) to 1.0.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Score(f64);

impl Score {
    const DEFAULT: Self = Self(0.5);

    /// Returns whether a CAPTCHA token with `score` is accepted under this minimum score.
    pub fn accepts_score(self, score: f64) -> bool {
        (self.0..=1.0).contains(&score)
    }
}

/// Error for a text that is not a number from 0.1 to 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the minimum CAPTCHA score is not a number from 0.1 to 1.0")]
pub struct InvalidScore;

impl FromStr for Score {
    type Err = InvalidScore;

    fn from_str(text: &str) -> Result<Self, InvalidScore> {
        let score = text.parse().map_err(|_| InvalidScore)?;
        let is_valid = (0.1..=1.0).contains(&score);
        is_valid.then_some(Self(score)).ok_or(InvalidScore)
    }
}

/// Possible values of the setting `SALLYPORT_CAPTCHA`.
#[derive(Clone, Copy)]
enum Choice {
    ProofOfWork,
    Vendor(Vendor),
    None,
}

impl CaptchaConfig {
    /// Reads the CAPTCHA settings.
    pub(super) fn read_captcha_settings(
        reader: &mut SettingsReader,
        mode: Mode,
        provider: &ProviderConfig,
    ) -> Self {
        let choices = [
            ("proof_of_work", Choice::ProofOfWork),
            ("recaptcha_v2", Choice::Vendor(Vendor::RecaptchaV2)),
            ("recaptcha_v3", Choice::Vendor(Vendor::RecaptchaV3)),
            ("hcaptcha", Choice::Vendor(Vendor::Hcaptcha)),
            ("turnstile", Choice::Vendor(Vendor::Turnstile)),
            ("none", Choice::None),
        ];
        let choice = reader
            .read_choice(KIND, &choices)
            .unwrap_or(Choice::ProofOfWork);
        let account = VendorAccount::read_captcha_account_settings(reader, mode, provider);
        let least = mode.pick_by_mode(1, 100);
        let kind = match choice {
            Choice::ProofOfWork => CaptchaKind::ProofOfWork,
            Choice::None => CaptchaKind::None,
            // The configuration is refused if the keys of the vendor are missing.
            Choice::Vendor(vendor) => account
                .validate_captcha_account_settings(reader, mode, vendor)
                .map_or(CaptchaKind::ProofOfWork, CaptchaKind::Vendor),
        };
        Self {
            kind,
            cost: reader.read_number("SALLYPORT_CAPTCHA_COST", 160, least..=20_000),
        }
    }
}

/// Unvalidated settings of an account at a CAPTCHA service.
struct VendorAccount {
    site_key: Option<String>,
    secret: Option<Secret<String>>,
    min_score: Score,
    falls_back: bool,
    simulator: Option<ServiceOrigin>,
}

impl VendorAccount {
    /// Reads the settings of the account at a CAPTCHA service.
    fn read_captcha_account_settings(
        reader: &mut SettingsReader,
        mode: Mode,
        provider: &ProviderConfig,
    ) -> Self {
        let hint = "set http://address:port of a simulator, or remove it";
        let base_url: Option<Origin> = reader.read_parsed(BASE_URL, hint);
        if mode == Mode::Production && reader.is_set(BASE_URL) {
            let problem = "replaces the CAPTCHA service, which production does not permit";
            reader.report_setting_error(BASE_URL, problem, "remove it");
        }
        let listen = provider.simulator.listen;
        let is_simulated = base_url.is_some() || provider.kind.is_simulator();
        let fallbacks = [("proof_of_work", true), ("none", false)];
        Self {
            site_key: reader.read_text(SITE_KEY),
            secret: reader.read_issued_secret(
                SECRET,
                MIN_SECRET,
                "set the secret key of your account",
            ),
            min_score: reader
                .read_parsed(MIN_SCORE, "set a number such as 0.5")
                .unwrap_or(Score::DEFAULT),
            falls_back: reader.read_choice(FALLBACK, &fallbacks).unwrap_or(true),
            simulator: is_simulated
                .then(|| ServiceOrigin::configured_or_listener_origin(base_url, listen)),
        }
    }

    /// Validates the account settings for this CAPTCHA service, and reports each missing or unsuitable key.
    ///
    /// Returns `None` if a key is missing or the site key is malformed.
    fn validate_captcha_account_settings(
        self,
        reader: &mut SettingsReader,
        mode: Mode,
        vendor: Vendor,
    ) -> Option<VendorConfig> {
        let site_key = self.site_key.filter(|key| is_captcha_site_key(key));
        if site_key.is_none() {
            let problem = format!(
                "is not a site key, and {KIND} is {}",
                vendor.vendor_facts().name
            );
            reader.report_setting_error(SITE_KEY, problem, "set the site key of your account");
        }
        if mode == Mode::Production
            && site_key
                .as_ref()
                .is_some_and(|key| vendor.vendor_facts().is_captcha_test_site_key(key))
        {
            let problem = "is a public site key for tests";
            reader.report_setting_error(SITE_KEY, problem, "set the site key of your own account");
        }
        if self.secret.is_none() {
            let problem = format!("is not set, and {KIND} is {}", vendor.vendor_facts().name);
            reader.report_setting_error(SECRET, problem, "set the secret key of your account");
        }
        let secret = self.secret?;
        if mode == Mode::Production
            && vendor
                .vendor_facts()
                .is_captcha_test_secret(secret.expose())
        {
            let problem = "is a public secret for tests";
            reader.report_setting_error(SECRET, problem, "set the secret key of your own account");
        }
        Some(VendorConfig {
            vendor,
            site_key: site_key?,
            secret,
            min_score: self.min_score,
            falls_back: self.falls_back,
            simulator: self.simulator,
        })
    }
}

/// Returns whether a text has the format of a CAPTCHA site key and is safe in a URL.
fn is_captcha_site_key(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

impl VendorConfig {
    /// Returns the origin of the simulator that replaces the CAPTCHA service in development.
    ///
    /// Returns `None` if the real service is used. `simulator_listener` is the listening address of an embedded
    /// simulator.
    pub fn simulator_origin(&self, simulator_listener: SocketAddr) -> Option<Origin> {
        self.simulator
            .as_ref()
            .map(|address| address.origin_for_listener(simulator_listener))
    }
}
