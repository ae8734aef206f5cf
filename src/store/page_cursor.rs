//! Pages of a list that grows at its beginning.

use domain::Timestamp;

/// The last row of a list page, identified by time and ID.
///
/// The next page starts after this row, even if rows were added at the beginning of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageCursor<I> {
    pub at: Timestamp,
    pub id: I,
}
