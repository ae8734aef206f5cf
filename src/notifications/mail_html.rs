//! Renders the HTML part of a mail with the look of the product: header, card, button and footer.
//!
//! It needs no image and no script. All styles are inline; the style element only has the colours of the dark theme, so
//! the mail keeps its look in mail programs that remove this element.

use super::mail_look::{MailColours, MailLook};
use super::transport::Mail;
use crate::http::html::escape_html;
use domain::i18n::LinkOrCode;

const SANS_FONTS: &str =
    "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Helvetica Neue',Arial,sans-serif";
const MONOSPACE_FONTS: &str =
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'Noto Sans Mono','DejaVu Sans Mono',monospace";

/// Renders a mail as an HTML document.
pub(super) fn render_mail_as_html(mail: &Mail<'_>) -> String {
    let (language, direction) = (
        mail.language.language_tag(),
        mail.language.writing_direction(),
    );
    let subject = escape_html(mail.text.subject);
    let MailLook {
        brand_name,
        light,
        dark,
    } = mail.look;
    let MailColours {
        page, card, text, ..
    } = light;
    let (accent, line) = (&light.accent, &light.line);
    let brand_name = escape_html(brand_name);
    let dark_style = render_dark_style(dark);
    let content = render_card_content(mail);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{subject}</title>\n{dark_style}</head>\n\
         <body class=\"page\" style=\"margin:0;padding:0;background:{page};color:{text}\">\n\
         <div class=\"page\" style=\"padding:24px 16px;background:{page};color:{text};\
         font-family:{SANS_FONTS};font-size:16px;line-height:1.5\">\n\
         <div style=\"max-width:576px;margin:0 auto;overflow-wrap:anywhere;word-break:break-word\">\n\
         <p class=\"accent\" style=\"margin:0 0 16px;font-size:20px;font-weight:700;color:{accent}\">{brand_name}</p>\n\
         <div class=\"card\" style=\"padding:24px 24px 8px;background:{card};border:1px solid {line};\
         border-top:4px solid {accent};border-radius:16px\">\n\
         <h1 class=\"text\" style=\"margin:0 0 16px;font-size:24px;line-height:1.25;color:{text}\">{subject}</h1>\n\
         {content}</div>\n\
         <p class=\"text\" style=\"margin:16px 0 0;font-size:14px;color:{text}\">{brand_name}</p>\n\
         </div>\n</div>\n</body>\n</html>\n"
    )
}

/// Renders the style element with the colours of the dark theme. They replace the inline colours.
fn render_dark_style(dark: &MailColours) -> String {
    let MailColours {
        page,
        card,
        text,
        line,
        accent,
        on_accent,
    } = dark;
    format!(
        "<style>\n:root{{color-scheme:light dark}}\n@media (prefers-color-scheme:dark){{\n\
         .page{{background:{page}!important;color:{text}!important}}\n\
         .card{{background:{card}!important;border-color:{accent} {line} {line}!important}}\n\
         .text{{color:{text}!important}}\n.accent{{color:{accent}!important}}\n\
         .button{{background:{accent}!important;color:{on_accent}!important}}\n}}\n</style>\n"
    )
}

/// Renders the text of a mail, with its button or code.
fn render_card_content(mail: &Mail<'_>) -> String {
    let (text, colours) = (mail.text, &mail.look.light);
    let long = match &text.repeats {
        Some(repeats) => format!("{}\n{repeats}", text.long),
        None => text.long.clone(),
    };
    let advice_link = mail
        .links
        .advice_url
        .as_ref()
        .map_or_else(String::new, |url| {
            let (url, accent) = (escape_html(url), &colours.accent);
            format!("<br>\n<a class=\"accent\" href=\"{url}\" style=\"color:{accent}\">{url}</a>")
        });
    let advice = escape_html(text.mail_advice(mail.links));
    [
        render_paragraph(&escape_html(text.salutation), colours),
        render_paragraph(&escape_html(&long), colours),
        render_link_or_code(mail),
        render_paragraph(&format!("{advice}{advice_link}"), colours),
    ]
    .concat()
}

/// Renders the button, or the code and the button of the page that takes it.
///
/// The URL of a button follows as text, for mail programs without links. Returns an empty text if the mail has neither.
fn render_link_or_code(mail: &Mail<'_>) -> String {
    let (text, colours) = (mail.text, &mail.look.light);
    let (Some(intro), Some(label), Some(link_or_code)) =
        (text.link_intro, text.link_label, &mail.links.link_or_code)
    else {
        return String::new();
    };
    let intro = render_paragraph(&escape_html(intro), colours);
    match link_or_code {
        LinkOrCode::Link { url } => {
            let expiry = text.link_expiry.as_ref();
            let expiry = expiry.map_or_else(String::new, |expiry| {
                render_paragraph(&escape_html(expiry), colours)
            });
            format!("{intro}{}{expiry}", render_button(label, url, colours))
        }
        LinkOrCode::Code { code, page_url } => {
            let (code, colour) = (escape_html(code), &colours.text);
            let page_intro = render_paragraph(&escape_html(text.code_page_intro), colours);
            format!(
                "{intro}<p class=\"text\" style=\"margin:0 0 16px;font-family:{MONOSPACE_FONTS};font-size:32px;\
                 font-weight:700;line-height:1.25;letter-spacing:4px;color:{colour}\">{code}</p>\n\
                 {page_intro}{}",
                render_button(label, page_url, colours)
            )
        }
    }
}

/// Renders a link as a button of at least 44 pixels, with its URL as text below.
fn render_button(label: &str, url: &str, colours: &MailColours) -> String {
    let (label, url) = (escape_html(label), escape_html(url));
    let MailColours {
        text,
        accent,
        on_accent,
        ..
    } = colours;
    format!(
        "<p style=\"margin:0 0 8px\"><a class=\"button\" href=\"{url}\" style=\"display:inline-block;\
         padding:12px 20px;border-radius:10px;background:{accent};color:{on_accent};font-weight:600;\
         line-height:24px;text-decoration:none\">{label}</a></p>\n\
         <p class=\"text\" style=\"margin:0 0 16px;font-size:14px;color:{text}\">{url}</p>\n"
    )
}

/// Renders a paragraph of a mail. `html` must be escaped.
fn render_paragraph(html: &str, colours: &MailColours) -> String {
    let text = &colours.text;
    format!("<p class=\"text\" style=\"margin:0 0 16px;color:{text}\">{html}</p>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BrandConfig;
    use crate::security::token::NotificationId;
    use domain::i18n::{MessageLinks, NotificationText};
    use domain::{ChangeId, Language, Notification, PhoneNumber, Timestamp};

    const URL: &str = "https://sally.test/undo/a-b_c?x=1&y=\"><b>";
    const URL_AS_HTML: &str = "https://sally.test/undo/a-b_c?x=1&amp;y=&quot;&gt;&lt;b&gt;";

    /// Returns the English text of a notification about a changed phone number, with an undo link.
    fn phone_change_text() -> NotificationText {
        let number = PhoneNumber::from_e164("+447700906053").expect("valid E.164 number");
        Language::English.notification_text_with_repeat_count(
            &Notification::PhoneChanged {
                phone: number.masked_hint(),
                undo: Some(ChangeId::from_bits(1)),
            },
            2,
        )
    }

    /// Returns the links of a mail with a button that opens [`URL`].
    fn links_with_button(advice_url: Option<String>) -> MessageLinks {
        MessageLinks {
            link_or_code: Some(LinkOrCode::Link {
                url: URL.to_owned(),
            }),
            advice_url,
        }
    }

    /// Renders a mail of this brand as an HTML document.
    fn render(text: &NotificationText, links: &MessageLinks, brand: &BrandConfig) -> String {
        render_mail_as_html(&Mail {
            id: &NotificationId::from_stored("0123".to_owned()),
            to: "ann@example.com",
            text,
            links,
            look: &MailLook::from_brand_config(brand),
            language: Language::English,
            at: Timestamp::from_millis(0),
        })
    }

    /// Removes the head and all tags of an HTML document.
    fn text_without_tags(html: &str) -> String {
        let (_, body) = html.split_once("</head>").expect("a head");
        let texts = body.split('<').map(|part| match part.split_once('>') {
            Some((_, text)) => text,
            None => part,
        });
        texts.collect()
    }

    #[test]
    fn html_mail_without_tags_has_every_part_of_the_text_and_no_image_or_script() {
        let mut text = phone_change_text();
        text.link_expiry = Some(Language::English.link_expiry_text(Timestamp::from_millis(0)));
        let html = render(&text, &links_with_button(None), &BrandConfig::default());
        assert!(html.contains("<html lang=\"en\" dir=\"ltr\">"), "{html}");
        for forbidden in ["<img", "<script", "url(", "@import", "<link"] {
            assert!(!html.contains(forbidden), "{forbidden} is in {html}");
        }
        let plain = text_without_tags(&html);
        for part in [
            "Sallyport",
            text.subject,
            "Hello,",
            &text.long,
            "And 2 more times.",
            "If this was not you, undo the change here:",
            "Undo the change",
            URL_AS_HTML,
            "The link works until 1 Jan 1970, 00:00 UTC.",
            text.advice,
        ] {
            assert!(plain.contains(part), "{part} is not in {plain}");
        }
    }

    #[test]
    fn button_and_url_of_a_mail_are_escaped() {
        let brand = BrandConfig {
            name: "<Acme> & Co".to_owned(),
            ..BrandConfig::default()
        };
        let html = render(
            &phone_change_text(),
            &links_with_button(Some(URL.to_owned())),
            &brand,
        );
        assert!(html.contains("&lt;Acme&gt; &amp; Co"), "{html}");
        assert!(!html.contains("<Acme>") && !html.contains("<b>"), "{html}");
        let links = html.matches(&format!("href=\"{URL_AS_HTML}\"")).count();
        let texts = html.matches(&format!(">{URL_AS_HTML}</")).count();
        assert_eq!((links, texts), (2, 2), "{html}");
    }

    #[test]
    fn code_of_a_mail_is_large_and_its_page_is_a_button() {
        let links = MessageLinks {
            link_or_code: Some(LinkOrCode::Code {
                code: "123456".to_owned(),
                page_url: "https://sally.test/verify-email".to_owned(),
            }),
            advice_url: None,
        };
        let text = Language::English.notification_text(&Notification::EmailProof);
        let html = render(&text, &links, &BrandConfig::default());
        let (before, _) = html.split_once(">123456</p>").expect("a code");
        let (_, style) = before.rsplit_once('<').expect("an element");
        assert!(
            style.contains("monospace") && style.contains("font-size:32px"),
            "{style}"
        );
        assert!(
            html.contains("<a class=\"button\" href=\"https://sally.test/verify-email\""),
            "{html}"
        );
    }

    #[test]
    fn mail_without_link_or_code_has_no_button() {
        let text = Language::English.notification_text(&Notification::DeletionWithdrawn);
        let html = render(&text, &MessageLinks::default(), &BrandConfig::default());
        assert!(!html.contains("href="), "{html}");
    }

    /// Every colour of the dark theme replaces an inline colour, so each coloured element needs a class.
    #[test]
    fn every_coloured_element_of_a_mail_has_a_dark_colour() {
        let html = render(
            &phone_change_text(),
            &links_with_button(Some(URL.to_owned())),
            &BrandConfig::default(),
        );
        let (_, body) = html.split_once("</head>").expect("a head");
        let coloured = body
            .split('<')
            .filter(|element| element.contains("color:") || element.contains("background:"));
        let mut found = 0;
        for element in coloured {
            found += 1;
            let class = element.split("class=\"").nth(1);
            let class = class.and_then(|rest| rest.split('"').next());
            let class = class.expect(element);
            assert!(html.contains(&format!("\n.{class}{{")), "{class}");
        }
        assert!(found > 8, "{found}");
    }
}
