//! Reads texts and form values from HTML.

use super::call::FormPost;

/// Queries that are not valid page cursors of a list.
pub const INVALID_CURSORS: [&str; 7] = [
    "before=",
    "before=x",
    "before=1-1",
    "before=%00",
    "before='-'",
    "after=1",
    "&&&",
];

/// Returns all texts between `start` and `end`, in order.
pub fn texts_between(text: &str, start: &str, end: &str) -> Vec<String> {
    text.split(start)
        .skip(1)
        .map(|rest| rest.split(end).next().unwrap_or_default().to_owned())
        .collect()
}

/// Returns whether a text contains a word, for example a code, that is not a part of a longer number or word.
pub fn contains_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|found| found == word)
}

/// Returns the values of the hidden inputs with this name.
pub fn hidden_input_values(page: &str, name: &str) -> Vec<String> {
    texts_between(page, &format!("name=\"{name}\" value=\""), "\"")
}

/// The names of the hidden inputs that bind a form to its flow, account or e-mail address.
const HIDDEN_INPUTS_OF_FLOW: [&str; 5] =
    ["purpose", "flow_id", "channel", "proof_id", "form_account"];

/// Returns the post of the first form with this action on a page of a flow.
///
/// The fields are the hidden inputs of the form and the `typed` fields.
pub fn flow_form_post(
    page: &str,
    action: &'static str,
    typed: &[(&'static str, &str)],
) -> FormPost {
    let attribute = format!("action=\"{action}\"");
    let forms = texts_between(page, "<form", "</form>");
    let form = forms.iter().find(|form| form.contains(&attribute));
    let form = form.unwrap_or_else(|| panic!("no form with the action {action}: {page}"));
    let mut fields = Vec::new();
    for name in HIDDEN_INPUTS_OF_FLOW {
        let values = hidden_input_values(form, name);
        fields.extend(values.into_iter().map(|value| (name, value)));
    }
    for (name, value) in typed {
        fields.push((*name, (*value).to_owned()));
    }
    FormPost {
        path: action,
        fields,
    }
}

/// Returns the visible texts of the items in the list with this id.
pub fn list_items(page: &str, id: &str) -> Vec<String> {
    let list = texts_between(page, &format!("id=\"{id}\""), "</ol>");
    list.first()
        .map(|list| texts_between(list, "<li>", "</li>"))
        .unwrap_or_default()
        .iter()
        .map(|item| visible_text(item))
        .collect()
}

/// Returns the text of a page without tags. Each run of white space becomes one space.
pub fn visible_text(page: &str) -> String {
    let mut words = String::new();
    for part in page.split('<') {
        words += part.split_once('>').map_or(part, |(_, text)| text);
        words += " ";
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
