/// The texts of one notification, for mail and for SMS.
#[derive(Clone, Debug)]
pub struct NotificationText {
    /// The subject line of the mail.
    pub subject: &'static str,
    /// One sentence for the text message. It follows "Sallyport: ", so it begins in lower case.
    pub short: String,
    /// The sentences of the mail, in lines short enough to need no folding (RFC 5322, section 2.1.1).
    pub long: String,
    /// How often the same happened again, if the message stands for several events.
    pub repeats: Option<String>,
    /// What the user should do if the change was not theirs.
    pub advice: &'static str,
    /// The line before the address of a page, in mails that name one.
    pub link_intro: Option<&'static str>,
    /// The first line of the mail.
    pub salutation: &'static str,
}

impl NotificationText {
    /// The whole text of the mail. `url` is the address of the page that it names, if it names one.
    pub fn body(&self, url: &str) -> String {
        let Self {
            long,
            advice,
            link_intro,
            salutation,
            ..
        } = self;
        let repeats = self.repeats_after("\n");
        let link = link_intro.map(|line| format!("{line}\n{url}\n\n"));
        let link = link.unwrap_or_default();
        format!("{salutation}\n\n{long}{repeats}\n\n{link}{advice}\n\nSallyport\n")
    }

    /// The text message: at most one segment of 160 characters of the GSM alphabet (3GPP TS 23.038).
    pub fn sms(&self) -> String {
        let repeats = self.repeats_after(" ");
        format!("Sallyport: {}{repeats} {}", self.short, self.advice)
    }

    fn repeats_after(&self, separator: &str) -> String {
        let repeats = self.repeats.as_ref();
        repeats.map_or_else(String::new, |text| format!("{separator}{text}"))
    }
}
