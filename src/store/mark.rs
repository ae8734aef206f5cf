//! Pages of a list that grows at its beginning.

use domain::Timestamp;

/// The last row of a page. Rows are ordered by time, then by id, so new rows do not move the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark<I> {
    pub at: Timestamp,
    pub id: I,
}
