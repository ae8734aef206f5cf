//! The HTML part of a mail: the same text, with links that can be clicked. It needs no image, script or style sheet.

use super::transport::Mail;

/// Characters that end a sentence, and do not belong to the address before them.
const AFTER_LINK: [char; 8] = ['.', ',', ';', ':', '!', '?', ')', '"'];

/// The whole HTML document of a mail.
pub(super) fn page(mail: &Mail<'_>) -> String {
    let language = mail.language.tag();
    let title = escaped(mail.subject);
    let paragraphs: Vec<String> = mail.body.trim().split("\n\n").map(lines).collect();
    let paragraphs = paragraphs.join("</p>\n<p>");
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body style=\"font-family: sans-serif; line-height: 1.5; max-width: 36em\">\n<p>{paragraphs}</p>\n</body>\n</html>\n"
    )
}

fn lines(paragraph: &str) -> String {
    let lines: Vec<String> = paragraph.trim().lines().map(linked).collect();
    lines.join("<br>\n")
}

/// One line, escaped, with its web addresses as links.
fn linked(line: &str) -> String {
    let words: Vec<String> = line.split(' ').map(linked_word).collect();
    words.join(" ")
}

fn linked_word(word: &str) -> String {
    if !(word.starts_with("https://") || word.starts_with("http://")) {
        return escaped(word);
    }
    let address = word.trim_end_matches(AFTER_LINK);
    let (url, rest) = (escaped(address), escaped(&word[address.len()..]));
    format!("<a href=\"{url}\">{url}</a>{rest}")
}

/// The text for an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::token::NotificationId;
    use domain::{Language, Timestamp};

    fn html(body: &str) -> String {
        page(&Mail {
            id: &NotificationId::from_stored("0123".to_owned()),
            to: "ann@example.com",
            subject: "<Hello>",
            body,
            language: Language::English,
            at: Timestamp::from_millis(0),
        })
    }

    #[test]
    fn paragraphs_and_lines_stay_and_everything_is_escaped() {
        let html = html("Ann & \"Bob\",\n\n<b>one</b>\ntwo\n");
        assert!(
            html.contains(
                "<p>Ann &amp; &quot;Bob&quot;,</p>\n<p>&lt;b&gt;one&lt;/b&gt;<br>\ntwo</p>"
            )
        );
        assert!(
            html.contains("<html lang=\"en\">") && html.contains("<title>&lt;Hello&gt;</title>")
        );
        assert!(!html.contains("<img") && !html.contains("<script"));
    }

    #[test]
    fn web_addresses_become_links_without_the_punctuation_behind_them() {
        let html = html(
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
    fn address_cannot_leave_its_attribute() {
        let html = html("https://sally.test/\"onclick=\"alert(1)");
        assert!(
            html.contains("href=\"https://sally.test/&quot;onclick=&quot;alert(1\""),
            "{html}"
        );
    }
}
