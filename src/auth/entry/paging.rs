//! Pages of long lists, with the newest row first.

use crate::store::PageCursor;
use domain::Timestamp;

/// The number of rows on a page.
const PAGE_SIZE: u8 = 25;

/// Returns how many database rows to read for one page of a list.
///
/// That is the page size plus one. The extra row shows that another page follows.
pub fn row_limit_per_page() -> i64 {
    i64::from(PAGE_SIZE) + 1
}

/// One page of a list, with the cursor of the next older page if there is one.
#[derive(Clone, Debug)]
pub struct Page<T, I> {
    pub rows: Vec<T>,
    /// The cursor at which the next page of older rows starts. `None` on the last page.
    pub older: Option<PageCursor<I>>,
}

impl<T, I> Page<T, I> {
    /// Creates a page from at most [`row_limit_per_page`] database rows.
    ///
    /// `cursor_of_row` returns the page cursor of a row.
    pub fn from_rows(mut rows: Vec<T>, cursor_of_row: impl Fn(&T) -> PageCursor<I>) -> Self {
        let shown = usize::from(PAGE_SIZE);
        let has_more = rows.len() > shown;
        rows.truncate(shown);
        let older = rows.last().filter(|_| has_more).map(cursor_of_row);
        Self { rows, older }
    }
}

/// Parses a page cursor from the query string of a link to older entries.
pub fn parse_page_cursor<I>(
    text: &str,
    parse_id: impl Fn(&str) -> Option<I>,
) -> Option<PageCursor<I>> {
    let (at, id) = text.split_once('-')?;
    Some(PageCursor {
        at: Timestamp::from_millis(at.parse().ok().filter(|at| *at >= 0)?),
        id: parse_id(id)?,
    })
}

/// Formats a page cursor for the query string of a link to older entries.
pub fn format_page_cursor<I>(cursor: &PageCursor<I>, id_text: impl Fn(&I) -> &str) -> String {
    format!("{}-{}", cursor.at.as_millis(), id_text(&cursor.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::token::EntryId;

    #[test]
    fn formatted_page_cursor_is_parsed_and_other_texts_are_rejected() {
        let cursor = PageCursor {
            at: Timestamp::from_millis(1_800_000_000_123),
            id: EntryId::generate(),
        };
        let text = format_page_cursor(&cursor, EntryId::as_str);
        assert_eq!(parse_page_cursor(&text, EntryId::parse), Some(cursor));
        for forged in [
            "",
            "-",
            "1-",
            "1-x",
            "x-0123456789abcdef0123456789abcdef",
            "-1-0123456789abcdef0123456789abcdef",
            "99999999999999999999-0123456789abcdef0123456789abcdef",
            "1-0123456789ABCDEF0123456789abcdef",
        ] {
            assert_eq!(parse_page_cursor(forged, EntryId::parse), None, "{forged}");
        }
    }

    #[test]
    fn page_links_to_older_rows_only_if_more_rows_exist() {
        let cursor = |row: &usize| PageCursor {
            at: Timestamp::from_millis(0),
            id: *row,
        };
        for (read, shown, older) in [(0, 0, None), (25, 25, None), (26, 25, Some(24))] {
            let page = Page::from_rows((0..read).collect(), cursor);
            assert_eq!(page.rows.len(), shown);
            assert_eq!(page.older.map(|cursor| cursor.id), older);
        }
    }
}
