//! Reads texts and form values from HTML.

/// All texts between `start` and `end`, in order.
pub fn between(text: &str, start: &str, end: &str) -> Vec<String> {
    text.split(start)
        .skip(1)
        .map(|rest| rest.split(end).next().unwrap_or_default().to_owned())
        .collect()
}

/// The values of the hidden inputs with this name.
pub fn values(page: &str, name: &str) -> Vec<String> {
    between(page, &format!("name=\"{name}\" value=\""), "\"")
}

/// The items of the list with this id.
pub fn items(page: &str, id: &str) -> Vec<String> {
    let list = between(page, &format!("id=\"{id}\""), "</ol>");
    list.first()
        .map(|list| between(list, "<li>", "</li>"))
        .unwrap_or_default()
        .iter()
        .map(|item| visible_text(item))
        .collect()
}

/// The text of a page without tags. White space is one space.
pub fn visible_text(page: &str) -> String {
    let mut words = String::new();
    for part in page.split('<') {
        words += part.split_once('>').map_or(part, |(_, text)| text);
        words += " ";
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
