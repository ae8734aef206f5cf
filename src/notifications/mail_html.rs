//! Renders the HTML part of a mail: the same text, with links that can be clicked. It needs no image, script or style
//! sheet.

use super::transport::Mail;
use crate::http::html::escape_html;

/// Characters that may follow a web address but do not belong to it.
const PUNCTUATION_AFTER_LINK: [char; 8] = ['.', ',', ';', ':', '!', '?', ')', '"'];

/// Renders a mail as an HTML document.
pub(super) fn render_mail_as_html(mail: &Mail<'_>) -> String {
    let (language, direction) = (
        mail.language.language_tag(),
        mail.language.writing_direction(),
    );
    let title = escape_html(mail.subject);
    let paragraphs: Vec<String> = mail
        .body
        .trim()
        .split("\n\n")
        .map(render_paragraph_as_html)
        .collect();
    let paragraphs = paragraphs.join("</p>\n<p>");
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\" dir=\"{direction}\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body style=\"font-family: sans-serif; line-height: 1.5; max-width: 36em\">\n<p>{paragraphs}</p>\n</body>\n</html>\n"
    )
}

/// Renders one paragraph of a mail as HTML, with line breaks.
fn render_paragraph_as_html(paragraph: &str) -> String {
    let lines: Vec<String> = paragraph.trim().lines().map(render_line_as_html).collect();
    lines.join("<br>\n")
}

/// Renders one line of a mail as HTML: escapes it and turns web addresses into links.
fn render_line_as_html(line: &str) -> String {
    let words: Vec<String> = line.split(' ').map(render_word_or_link_as_html).collect();
    words.join(" ")
}

/// Renders one word of a mail as HTML. A web address becomes a link.
fn render_word_or_link_as_html(word: &str) -> String {
    if !(word.starts_with("https://") || word.starts_with("http://")) {
        return escape_html(word);
    }
    let address = word.trim_end_matches(PUNCTUATION_AFTER_LINK);
    let (url, rest) = (escape_html(address), escape_html(&word[address.len()..]));
    format!("<a href=\"{url}\">{url}</a>{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::token::NotificationId;
    use domain::{Language, Timestamp};

    /// Renders this mail body as an HTML document.
    fn render_body_as_html(body: &str) -> String {
        render_mail_as_html(&Mail {
            id: &NotificationId::from_stored("0123".to_owned()),
            to: "ann@example.com",
            subject: "<Hello>",
            body,
            language: Language::English,
            at: Timestamp::from_millis(0),
        })
    }

    #[test]
    fn html_mail_keeps_paragraphs_and_lines_and_escapes_its_text() {
        let html = render_body_as_html("Ann & \"Bob\",\n\n<b>one</b>\ntwo\n");
        assert!(
            html.contains(
                "<p>Ann &amp; &quot;Bob&quot;,</p>\n<p>&lt;b&gt;one&lt;/b&gt;<br>\ntwo</p>"
            )
        );
        assert!(
            html.contains("<html lang=\"en\" dir=\"ltr\">")
                && html.contains("<title>&lt;Hello&gt;</title>")
        );
        assert!(!html.contains("<img") && !html.contains("<script"));
    }

    #[test]
    fn web_addresses_become_links_without_trailing_punctuation() {
        let html = render_body_as_html(
            "Open\nhttps://sally.test/reset/a-b_c?x=1&y=2.\nor http://sally.test/login\njavascript:alert(1)\n",
        );
        for link in [
            "<a href=\"https://sally.test/reset/a-b_c?x=1&amp;y=2\">https://sally.test/reset/a-b_c?x=1&amp;y=2</a>.<br>",
            "or <a href=\"http://sally.test/login\">http://sally.test/login</a><br>",
            "\njavascript:alert(1)</p>",
        ] {
            assert!(html.contains(link), "{link} is not in {html}");
        }
    }

    #[test]
    fn web_address_cannot_break_out_of_the_href_attribute() {
        let html = render_body_as_html("https://sally.test/\"onclick=\"alert(1)");
        assert!(
            html.contains("href=\"https://sally.test/&quot;onclick=&quot;alert(1\""),
            "{html}"
        );
    }
}
