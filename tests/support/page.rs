//! Reads off a page what a user would see, or a form would send.

/// Everything between two marks, in order.
pub fn between(text: &str, start: &str, end: &str) -> Vec<String> {
    text.split(start)
        .skip(1)
        .map(|rest| rest.split(end).next().unwrap_or_default().to_owned())
        .collect()
}

/// The values of the hidden inputs of this name.
pub fn values(page: &str, name: &str) -> Vec<String> {
    between(page, &format!("name=\"{name}\" value=\""), "\"")
}

/// The items of the list of this id.
pub fn items(page: &str, id: &str) -> Vec<String> {
    let list = between(page, &format!("id=\"{id}\""), "</ol>");
    list.first()
        .map(|list| between(list, "<li>", "</li>"))
        .unwrap_or_default()
        .iter()
        .map(|item| words(item))
        .collect()
}

/// The words of a page: its tags left out, white space as one space.
pub fn words(page: &str) -> String {
    let mut words = String::new();
    for part in page.split('<') {
        words += part.split_once('>').map_or(part, |(_, text)| text);
        words += " ";
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
