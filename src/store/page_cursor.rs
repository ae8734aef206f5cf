//! Pages of a list that grows at its beginning.

use domain::Timestamp;

/// The position of the last row of a list page. Rows are ordered by time and then by ID, so that new rows do not shift
/// the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageCursor<I> {
    pub at: Timestamp,
    pub id: I,
}
