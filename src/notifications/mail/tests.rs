//! Tests of the MIME messages and of the SMTP client.

use tokio::net::TcpListener;

use super::*;
use crate::config::BrandConfig;
use crate::notifications::MailLook;
use crate::security::token::NotificationId;
use domain::i18n::{MessageLinks, NotificationText};
use domain::{Language, Notification, Timestamp};

/// The parts of a test mail: the text of a notification, and the default look.
struct MailParts {
    id: NotificationId,
    text: NotificationText,
    links: MessageLinks,
    look: MailLook,
}

impl MailParts {
    fn new() -> Self {
        Self {
            id: NotificationId::from_stored("0123".to_owned()),
            text: NotificationText {
                subject: "Hello",
                long: "Nothing happened.".to_owned(),
                ..Language::English.notification_text(&Notification::DeletionWithdrawn)
            },
            links: MessageLinks::default(),
            look: MailLook::from_brand_config(&BrandConfig::default()),
        }
    }

    /// Returns a test mail to this address.
    fn mail_to<'a>(&'a self, to: &'a str) -> Mail<'a> {
        Mail {
            id: &self.id,
            to,
            text: &self.text,
            links: &self.links,
            look: &self.look,
            language: Language::German,
            at: Timestamp::from_millis(1_772_442_904_412),
        }
    }
}

/// Creates a test client for the SMTP server at this URL.
fn create_smtp_client(url: &str) -> Result<Smtp, smtp::Error> {
    // An error means that another test has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let from = "Sallyport <no-reply@example.com>".parse();
    Smtp::new(url, from.expect("a mailbox"))
}

#[test]
fn smtp_client_accepts_every_url_that_the_configuration_allows() {
    for url in [
        "smtps://ann:p%40w@mail.example.com",
        "smtp://ann:p%40w@mail.example.com:587?tls=required",
        "smtp://127.0.0.1:4025",
        "smtp://[::1]:25",
        "smtp://ann:p%40w@[2001:db8::7]:587?tls=required",
        "smtps://ann:p%40w@[2001:db8::7]",
    ] {
        assert!(create_smtp_client(url).is_ok(), "{url}");
    }
}

#[test]
fn ipv6_address_of_an_smtp_url_has_no_brackets() {
    for (url, host) in [
        ("smtp://[::1]:25", Some("::1")),
        ("smtps://ann:p%40w@[2001:db8::7]", Some("2001:db8::7")),
        ("smtp://127.0.0.1:4025", None),
        ("smtps://mail.example.com", None),
    ] {
        let parsed = Url::parse(url).expect("a URL");
        assert_eq!(ipv6_host(&parsed), host, "{url}");
    }
}

#[tokio::test]
async fn smtp_client_connects_to_an_ipv6_address() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        // This machine has no IPv6, for example in a container.
        return;
    };
    let address = listener.local_addr().expect("an address");
    let smtp = create_smtp_client(&format!("smtp://{address}")).expect("a client");
    let parts = MailParts::new();
    let mail = parts.mail_to("ann@example.com");
    tokio::select! {
        accepted = listener.accept() => drop(accepted.expect("a connection")),
        _ = smtp.send_mail(&mail) => panic!("the client did not connect"),
    }
}

#[test]
fn smtp_rejection_of_the_sender_is_not_a_rejection_of_the_recipient() {
    for (reply, code, blames_sender) in [
        ("5.1.1 no such user <ann@example.com>", Some("5.1.1"), false),
        ("5.2.2 mailbox full", Some("5.2.2"), false),
        ("5.1.8 sender domain not found", Some("5.1.8"), true),
        ("5.7.26 This mail is unauthenticated", Some("5.7.26"), true),
        ("5.7.1-relaying denied", Some("5.7.1"), true),
        ("no such user 5.7.1", None, false),
        ("5.7 x", None, false),
        ("ann@5.7.1", None, false),
        ("", None, false),
    ] {
        let found = parse_enhanced_status_code(reply);
        assert_eq!(found.as_deref(), code, "{reply}");
        assert_eq!(
            found.as_deref().is_some_and(is_sender_or_policy_rejection),
            blames_sender,
            "{reply}"
        );
    }
}

#[tokio::test]
async fn retried_mail_keeps_its_date_and_message_id() {
    let smtp = create_smtp_client("smtp://127.0.0.1:4025").expect("a client");
    let parts = MailParts::new();
    let mail = parts.mail_to("ann@example.com");
    let written = || {
        let message = smtp.compose_mime_message(&mail).expect("a mail");
        String::from_utf8(message.formatted()).expect("valid UTF-8")
    };
    let text = written();
    assert_eq!(text, written());
    for line in [
        "Message-ID: <0123@example.com>\r\n",
        "Date: Mon, 02 Mar 2026 09:15:04 +0000\r\n",
        "From: Sallyport <no-reply@example.com>\r\n",
        "To: ann@example.com\r\n",
        "Subject: Hello\r\n",
        "MIME-Version: 1.0\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Type: multipart/alternative; boundary=\"part-0123\"\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "\r\n\r\nHello,\r\n\r\nNothing happened.\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
        // A line above 76 characters makes the encoding quoted-printable, which writes "=" as "=3D".
        "Content-Transfer-Encoding: quoted-printable\r\n",
        "<html lang=3D\"de\" dir=3D\"ltr\">\r\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
}

#[tokio::test]
async fn international_domain_of_the_sender_is_written_in_ascii() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let from = "Sallyport <no-reply@m\u{fc}nchen.de>".parse();
    let smtp = Smtp::new("smtp://127.0.0.1:4025", from.expect("a mailbox"));
    let parts = MailParts::new();
    let mail = parts.mail_to("ann@example.com");
    let message = smtp
        .expect("a client")
        .compose_mime_message(&mail)
        .expect("a mail");
    let text = String::from_utf8(message.formatted()).expect("valid UTF-8");
    for line in [
        "Message-ID: <0123@xn--mnchen-3ya.de>\r\n",
        "From: Sallyport <no-reply@xn--mnchen-3ya.de>\r\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
}

#[tokio::test]
async fn recipient_address_cannot_inject_mail_headers() {
    let smtp = create_smtp_client("smtp://127.0.0.1:4025").expect("a client");
    let parts = MailParts::new();
    for to in ["ann@example.com\r\nBcc: bob@example.com", "ann", ""] {
        let mail = parts.mail_to(to);
        assert!(smtp.compose_mime_message(&mail).is_err(), "{to:?}");
    }
}
