//! Pages of a list that grows at its beginning.

use domain::Timestamp;

/// The last row of a list page, identified by time and ID. The next page starts after this row, so rows added at the
/// beginning of the list do not shift the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageCursor<I> {
    pub at: Timestamp,
    pub id: I,
}
