use crate::time::Timestamp;

/// Maximum length in characters of the service name in an SMS. Each notification then fits one segment.
pub const MAX_SENDER_CHARS: usize = 11;

/// Returns whether an SMS can begin with this service name.
///
/// The name may have at most [`MAX_SENDER_CHARS`] characters, and needs a letter or digit. Each character must take one
/// septet in the GSM alphabet (3GPP TS 23.038).
pub fn is_valid_sms_sender(name: &str) -> bool {
    let permitted =
        |c: char| c.is_ascii_alphanumeric() || " &'+-.ÄÖÜäöüßéèàìòùñÑåÅæÆøØÉ".contains(c);
    let has_letter = name.chars().any(char::is_alphanumeric);
    has_letter && name.chars().count() <= MAX_SENDER_CHARS && name.chars().all(permitted)
}

/// Texts of one notification to an account holder, for mail and for SMS.
#[derive(Clone, Debug)]
pub struct NotificationText {
    /// The subject line of the mail.
    pub subject: &'static str,
    /// One sentence for the text message, which replaces letters that the GSM alphabet lacks. It follows the name of
    /// the service, so it begins in lower case where the language permits it.
    pub short: String,
    /// The sentences of the mail, in lines short enough to need no folding (RFC 5322, section 2.1.1).
    pub long: String,
    /// Sentence that says how many more events of the same kind happened; `None` if the message stands for one event.
    pub repeats: Option<String>,
    /// Advice for account holders who did not cause the change.
    pub advice: &'static str,
    /// Advice that replaces `advice` in mails with the link to the page of a new password; `None` if nothing replaces it.
    pub advice_after_link: Option<&'static str>,
    /// The line before the URL or the one-time code, in mails that contain one.
    pub link_intro: Option<&'static str>,
    /// The words of the button that opens the linked page, or the page on which the user enters the code.
    pub link_label: Option<&'static str>,
    /// The line before the URL of the page on which the user enters the code of the mail.
    pub code_page_intro: &'static str,
    /// Sentence with the time until which the link works; `None` if the mail does not contain it.
    pub link_expiry: Option<String>,
    /// The words before the URL, in text messages that contain one.
    pub sms_link_intro: &'static str,
    /// The first line of the mail.
    pub salutation: &'static str,
}

/// The link or the one-time code in a message. Not `Debug`, because both are secrets.
#[derive(Clone, PartialEq, Eq)]
pub enum LinkOrCode {
    /// The URL of the linked page.
    Link { url: String },
    /// A one-time code, and the URL of the page on which the user enters it.
    Code { code: String, page_url: String },
}

/// The parts of a message that are created when it is sent. Not `Debug`, because links and codes are secrets.
#[derive(Clone, Default)]
pub struct MessageLinks {
    pub link_or_code: Option<LinkOrCode>,
    /// The URL of the page to which the advice of a mail refers.
    pub advice_url: Option<String>,
}

impl NotificationText {
    /// Returns the plain text of the notification mail, which ends with the name of the service.
    pub fn mail_body(&self, service_name: &str, links: &MessageLinks) -> String {
        let Self {
            long, salutation, ..
        } = self;
        let advice = self.mail_advice(links);
        let repeats = self.format_sentence_about_repeated_events("\n");
        let link = self.format_link_or_code(links);
        let advice_url = links.advice_url.as_ref();
        let advice_url = advice_url.map_or_else(String::new, |url| format!("\n{url}"));
        format!("{salutation}\n\n{long}{repeats}\n\n{link}{advice}{advice_url}\n\n{service_name}\n")
    }

    /// Returns the advice of the mail for account holders who did not cause the change.
    pub fn mail_advice(&self, links: &MessageLinks) -> &'static str {
        let after_link = self.advice_after_link;
        let after_link = after_link.filter(|_| links.link_or_code.is_some());
        after_link.unwrap_or(self.advice)
    }

    /// Returns the paragraphs of a mail with its link or code; empty if the mail has neither.
    fn format_link_or_code(&self, links: &MessageLinks) -> String {
        let (Some(intro), Some(link_or_code)) = (self.link_intro, &links.link_or_code) else {
            return String::new();
        };
        match link_or_code {
            LinkOrCode::Link { url } => {
                let expiry = self.link_expiry.as_ref();
                let expiry = expiry.map_or_else(String::new, |text| format!("{text}\n\n"));
                format!("{intro}\n{url}\n\n{expiry}")
            }
            LinkOrCode::Code { code, page_url } => {
                format!(
                    "{intro}\n{code}\n\n{}\n{page_url}\n\n",
                    self.code_page_intro
                )
            }
        }
    }

    /// Returns the text of the notification SMS, which begins with `sender`.
    ///
    /// The text fits one SMS segment of 160 GSM characters (3GPP TS 23.038) if [`is_valid_sms_sender`] accepts the sender.
    pub fn sms_text(&self, sender: &str) -> String {
        let repeats = self.format_sentence_about_repeated_events(" ");
        let text = format!("{}{repeats} {}", self.short, self.advice);
        format!("{sender}: {}", replace_non_gsm_letters(&text))
    }

    /// Returns the text of the notification SMS followed by a URL.
    ///
    /// The text fits one SMS segment with a URL of up to 80 characters if the notification stands for one event, and
    /// otherwise with a URL of up to 45 characters.
    pub fn sms_text_with_link(&self, sender: &str, url: &str) -> String {
        let repeats = self.format_sentence_about_repeated_events(" ");
        let text = format!("{}{repeats} {}", self.short, self.sms_link_intro);
        format!("{sender}: {} {url}", replace_non_gsm_letters(&text))
    }

    /// Returns the sentence about further events of the same kind for which the notification stands.
    ///
    /// `separator` comes before the sentence. Returns an empty text if the notification stands for one event.
    fn format_sentence_about_repeated_events(&self, separator: &str) -> String {
        let repeats = self.repeats.as_ref();
        repeats.map_or_else(String::new, |text| format!("{separator}{text}"))
    }
}

/// Formats the time of day of a timestamp to the minute in UTC, for example "14:05 UTC".
pub(super) fn format_time_of_day(at: Timestamp) -> String {
    let minute_of_day = at.as_millis().div_euclid(60_000).rem_euclid(24 * 60);
    let (hour, minute) = (minute_of_day / 60, minute_of_day % 60);
    format!("{hour:02}:{minute:02} UTC")
}

/// Replaces accented letters that the GSM alphabet lacks by their base letters.
///
/// Even one letter outside the GSM alphabet would shorten an SMS segment from 160 to 70 characters and raise the price
/// (3GPP TS 23.040).
pub(super) fn replace_non_gsm_letters(text: &str) -> String {
    text.chars().map(closest_gsm_letter).collect()
}

/// Returns the base letter of an accented letter that the GSM alphabet lacks, and any other letter unchanged.
const fn closest_gsm_letter(c: char) -> char {
    match c {
        'á' | 'â' | 'ã' | 'ą' => 'a',
        'ç' | 'ć' => 'c',
        'ê' | 'ë' | 'ę' => 'e',
        'í' | 'î' | 'ï' => 'i',
        'ł' => 'l',
        'ń' => 'n',
        'ó' | 'ô' | 'õ' => 'o',
        'ś' => 's',
        'ú' | 'û' => 'u',
        'ź' | 'ż' => 'z',
        'Á' | 'À' | 'Â' | 'Ã' => 'A',
        'Ê' | 'È' => 'E',
        'Ł' => 'L',
        'Ó' => 'O',
        'Ś' => 'S',
        'Ú' => 'U',
        'Ź' | 'Ż' => 'Z',
        '\u{2019}' => '\'',
        '\u{a0}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_outside_the_gsm_alphabet_lose_their_accents() {
        for (text, sent) in [
            ("Hasło zmieniono: żółć, ŁÓDŹ", "Haslo zmieniono: zolc, LODZ"),
            (
                "Votre numéro a été changé. Ça va ?",
                "Votre numéro a été changé. Ça va ?",
            ),
            ("l’adresse, ça, être, où", "l'adresse, ca, etre, où"),
            (
                "¿No fue usted? Sesión, contraseña",
                "¿No fue usted? Sesion, contraseña",
            ),
            (
                "Não foi você? Código já usado",
                "Nao foi voce? Codigo ja usado",
            ),
            ("Größe übergeben", "Größe übergeben"),
        ] {
            assert_eq!(replace_non_gsm_letters(text), sent);
        }
    }
}
