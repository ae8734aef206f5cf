//! Channels for security notifications to users: the SMS sender and the mail server.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use lettre::address::AddressError;
use lettre::message::Mailbox;
use reqwest::Url;

use super::brand::BrandConfig;
use super::credential_values::read_twilio_sid;
use super::provider::ProviderConfig;
use super::reader::{SettingsReader, is_in_quotation_marks};
use super::secret::Secret;
use super::settings::Mode;
use super::url_credentials::has_percent_encoded_credentials;

/// Channels for notifications to users: SMS and mail. Production requires at least one.
#[derive(Debug, Clone)]
pub struct NotificationsConfig {
    /// The sender of SMS. It needs a Twilio account, even if Telnyx sends the codes. The simulator has a default
    /// sender.
    pub sms: Option<SmsSender>,
    /// The mail server and the sender of mails. The default is the simulator's mail server, if the simulator runs.
    pub mail: Option<MailConfig>,
}

/// Sender of SMS notifications: a number or name at Twilio, or a Twilio messaging service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsSender {
    /// `TWILIO_MESSAGING_FROM`.
    From(String),
    /// `TWILIO_MESSAGING_SERVICE_SID`.
    Service(String),
}

/// Mail server and sender address of mails to users.
#[derive(Debug, Clone)]
pub struct MailConfig {
    pub server: MailServer,
    /// `SALLYPORT_MAIL_FROM`.
    pub from: Mailbox,
}

/// Mail server that delivers mails to users: a configured one, or that of the simulator.
#[derive(Debug, Clone)]
pub enum MailServer {
    /// `SALLYPORT_SMTP_URL`.
    Url(Secret<String>),
    /// The simulator's mail server, at `SALLYPORT_SIMULATOR_SMTP_LISTEN`.
    Simulator,
}

/// The sender number of Twilio's test credentials (<https://www.twilio.com/docs/iam/test-credentials>).
const SIMULATORS_SENDER: &str = "+15005550006";

/// Returns the sender of mails in development. Its display name is the brand name.
fn simulator_mail_sender(brand: &BrandConfig) -> Option<Mailbox> {
    let address = if brand.has_default_brand_name() {
        "no-reply@sallyport.example"
    } else {
        "no-reply@example.com"
    };
    Some(Mailbox::new(
        Some(brand.name.clone()),
        address.parse().ok()?,
    ))
}

const SMTP_HINT: &str =
    "set smtps://user:password@host, or smtp://user:password@host:587 for STARTTLS";

impl NotificationsConfig {
    /// Reads the channels for notifications to users.
    pub(super) fn read_notification_channels(
        reader: &mut SettingsReader,
        mode: Mode,
        provider: &ProviderConfig,
        brand: &BrandConfig,
    ) -> Self {
        let simulated = mode == Mode::Development && provider.kind.is_simulator();
        let sender = SmsSender::read_sms_sender(reader);
        if sender.is_some() && provider.twilio.is_none() {
            reader.report_setting_error(
                "TWILIO_ACCOUNT_SID",
                "is not set although a messaging sender is",
                "set it and TWILIO_AUTH_TOKEN, or remove the sender",
            );
        }
        let fallback = simulated.then(|| SmsSender::From(SIMULATORS_SENDER.to_owned()));
        // The port of a simulator in another process must be known, so it cannot be 0.
        let mailbox = simulated
            && (provider.simulator.embedded || provider.simulator.smtp_listen.port() != 0);
        Self {
            sms: sender.or(fallback),
            mail: MailConfig::read_mail_settings(reader, mailbox, brand),
        }
    }
}

impl SmsSender {
    /// Reads the sender of SMS notifications. Returns `None` if none is set.
    fn read_sms_sender(reader: &mut SettingsReader) -> Option<Self> {
        const FROM: &str = "TWILIO_MESSAGING_FROM";
        const SERVICE: &str = "TWILIO_MESSAGING_SERVICE_SID";
        let service = read_twilio_sid(reader, SERVICE, "MG");
        let from = reader.read_text(FROM);
        if from.is_some() && reader.is_set(SERVICE) {
            reader.report_setting_error(
                FROM,
                format!("is set beside {SERVICE}"),
                "set one of the two",
            );
        }
        if from.as_deref().is_some_and(|from| !is_sms_sender(from)) {
            reader.report_setting_error(
                FROM,
                "is not a number in E.164, a short code or a name of up to 11 letters, digits and blanks",
                "set a sender of your Twilio account, such as +14155550142",
            );
        }
        service.map(Self::Service).or(from.map(Self::From))
    }
}

impl MailConfig {
    /// Reads mail server and sender address. Returns `None` if no mail server is set.
    fn read_mail_settings(
        reader: &mut SettingsReader,
        mailbox: bool,
        brand: &BrandConfig,
    ) -> Option<Self> {
        const URL: &str = "SALLYPORT_SMTP_URL";
        const FROM: &str = "SALLYPORT_MAIL_FROM";
        let url = reader.read_secret(URL, 1, SMTP_HINT);
        // Some programs that start the server pass on the quotation marks of an environment file.
        let from = reader.read_text(FROM);
        if from.is_some_and(|text| is_in_quotation_marks(&text)) {
            reader.report_setting_error(FROM, "has quotation marks around it", "remove them");
        }
        let from: Option<MailSender> = reader.read_parsed(
            FROM,
            "set an address, or a name and an address: Sallyport <no-reply@example.com>",
        );
        let from = from.map(|sender| sender.0);
        let Some(url) = url else {
            let from = from.or_else(|| simulator_mail_sender(brand))?;
            let server = MailServer::Simulator;
            return mailbox.then_some(Self { server, from });
        };
        let url = match parse_smtp_url(url.expose()) {
            Ok(url) => Secret::new(url),
            Err(problem) => {
                reader.report_setting_error(URL, problem, SMTP_HINT);
                return None;
            }
        };
        if from.is_none() {
            let problem = format!("is not set although {URL} is");
            reader.report_setting_error(FROM, problem, "set the sender of notifications");
        }
        let server = MailServer::Url(url);
        from.map(|from| Self { server, from })
    }
}

/// Sender of mails with an address that every mail server accepts.
#[derive(Debug)]
struct MailSender(Mailbox);

/// Reason why a text is not a valid sender of mails.
#[derive(Debug, thiserror::Error)]
enum InvalidMailSender {
    #[error("is not an address")]
    Address(#[from] AddressError),
    #[error("the part before the @ has characters outside ASCII, which many mail servers refuse")]
    LocalPart,
}

impl FromStr for MailSender {
    type Err = InvalidMailSender;

    fn from_str(text: &str) -> Result<Self, InvalidMailSender> {
        let mailbox: Mailbox = text.parse()?;
        // Such a local part has no ASCII form and needs SMTPUTF8 (RFC 6531). An international domain has an ASCII form.
        if !mailbox.email.user().is_ascii() {
            return Err(InvalidMailSender::LocalPart);
        }
        Ok(Self(mailbox))
    }
}

impl MailServer {
    /// Returns the configured URL of the mail server, or the URL of the simulator's mail server at `simulator_address`.
    pub fn resolve_mail_server_url(&self, simulator_address: SocketAddr) -> Secret<String> {
        match self {
            Self::Url(url) => url.clone(),
            Self::Simulator => Secret::new(format!("smtp://{simulator_address}")),
        }
    }
}

/// Parses the URL of a mail server, which must use TLS unless the host is loopback.
///
/// The error does not repeat the URL, which may contain a password.
fn parse_smtp_url(text: &str) -> Result<String, &'static str> {
    let mut url = Url::parse(text).map_err(|_| "is not a URL")?;
    let host = url.host_str().unwrap_or_default();
    if host.is_empty() {
        return Err("names no host");
    }
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|ip| ip.to_canonical().is_loopback());
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err("has more than scheme, user, password, host and port");
    }
    if url.username().is_empty() != url.password().is_none() {
        return Err("has a user without a password, or a password without a user");
    }
    if !has_percent_encoded_credentials(&url) {
        return Err("has a user or password that is not percent-encoded; write % as %25");
    }
    match url.scheme() {
        "smtps" => {}
        "smtp" if loopback => {}
        "smtp" => url.set_query(Some("tls=required")),
        _ => return Err("begins with neither smtps:// nor smtp://"),
    }
    Ok(url.into())
}

/// Returns whether Twilio accepts a text as the sender of an SMS: a phone number, short code or name.
///
/// Source: <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>.
fn is_sms_sender(text: &str) -> bool {
    let digits = text.strip_prefix('+');
    let number = digits.is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    });
    let short_code = (5..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let name = (1..=11).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ')
        && text.bytes().any(|b| b.is_ascii_alphabetic());
    number || short_code || name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_to_another_machine_requires_encryption() {
        for (given, used) in [
            (
                "smtps://ann:pw@mail.example.com",
                "smtps://ann:pw@mail.example.com",
            ),
            (
                "smtp://ann:p%40w@mail.example.com:587",
                "smtp://ann:p%40w@mail.example.com:587?tls=required",
            ),
            ("smtp://10.0.0.7", "smtp://10.0.0.7?tls=required"),
            ("smtp://127.0.0.1:4025", "smtp://127.0.0.1:4025"),
            ("smtp://localhost", "smtp://localhost"),
            ("smtp://[::1]:25", "smtp://[::1]:25"),
        ] {
            assert_eq!(parse_smtp_url(given), Ok(used.to_owned()));
        }
    }

    #[test]
    fn malformed_or_ambiguous_smtp_url_is_refused() {
        for given in [
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp:mail.example.com",
            "smtp://mail.example.com?tls=none",
            "smtp://mail.example.com/ehlo",
            "smtp://mail.example.com#x",
            "smtp://ann@mail.example.com",
            "smtp://:pw@mail.example.com",
            "smtp://mail.example.com:99999",
            "smtps://ann:p%zz@mail.example.com",
            "smtps://ann:100%@mail.example.com",
            "smtps://ann%4:pw@mail.example.com",
            "smtps://ann:%FF@mail.example.com",
        ] {
            assert!(parse_smtp_url(given).is_err(), "{given}");
        }
    }

    #[test]
    fn mail_sender_has_ascii_before_the_at_sign() {
        for accepted in [
            "no-reply@example.com",
            "Jörg <joerg@example.com>",
            "Jörg <joerg@münchen.example>",
        ] {
            assert!(accepted.parse::<MailSender>().is_ok(), "{accepted}");
        }
        for refused in ["jörg@example.com", "Jörg <jörg@example.com>"] {
            let parsed = refused.parse::<MailSender>();
            let error = parsed.expect_err("local part is not ASCII");
            assert!(matches!(error, InvalidMailSender::LocalPart), "{error}");
        }
        for refused in ["", "no-address", "Jörg ‹jörg@example.com>"] {
            assert!(refused.parse::<MailSender>().is_err(), "{refused}");
        }
    }

    #[test]
    fn sms_sender_is_a_number_a_short_code_or_a_name() {
        for sender in ["+14155550142", "12345", "Sallyport", "My Bank 24"] {
            assert!(is_sms_sender(sender), "{sender}");
        }
        for other in [
            "",
            "+1",
            "4155550142",
            "A name too long",
            "Zürich",
            "+1415555O142",
        ] {
            assert!(!is_sms_sender(other), "{other}");
        }
    }
}
