//! Numbers in the notation of a language with a decimal comma.

use crate::language::Language;

/// An unsigned number in the notation of `language`, rewritten with a decimal point and without group separators.
///
/// `None` if it is ambiguous, or if its groups do not have three digits. English amounts are not read here: they take
/// a decimal point only.
pub(crate) fn decimal_number(number: &str, language: Language) -> Option<String> {
    let (decimal, group) = language.number_separators();
    if let Some((whole, fraction)) = number.split_once(decimal) {
        return Some(format!("{}.{fraction}", ungrouped(whole, group)?));
    }
    match number.split_once('.') {
        // "12.50" has a decimal point. "1.234" could be a group or decimals.
        Some((_, rest)) if !rest.contains('.') => (rest.len() != 3).then(|| number.to_owned()),
        _ => ungrouped(number, group),
    }
}

/// `whole` without the separators between groups of three digits: `group`, a space or an apostrophe, always the same.
fn ungrouped(whole: &str, group: char) -> Option<String> {
    let Some(separator) = whole.chars().find(|c| [group, ' ', '\''].contains(c)) else {
        return Some(whole.to_owned());
    };
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or_default();
    let are_full =
        groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()));
    let is_grouped = (1..=3).contains(&first.len()) && are_full;
    is_grouped.then(|| whole.replace(separator, ""))
}
