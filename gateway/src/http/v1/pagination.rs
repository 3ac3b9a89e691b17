//! Lists a page at a time: how long pages may be, and which row the next one begins after.

use crate::http::v1::query::Takes;

/// The shortest and the longest page.
const LENGTHS: std::ops::RangeInclusive<u32> = 1..=200;
/// What is said of them.
pub(crate) const LIMIT: Takes = Takes { name: "limit", what: "a whole number from 1 to 200", words: &[] };
/// What is said of the row that a page begins after.
pub(crate) const BEFORE: Takes = Takes { name: "before", what: "an id: `next` of the page before", words: &[] };

/// How long a page is unless its length is given.
pub(crate) fn default_length() -> u32 {
    50
}

/// Whether a page may be so long.
pub(crate) fn is_length(limit: u32) -> bool {
    LENGTHS.contains(&limit)
}

/// What to ask the next page with: the last of a full page.
pub(crate) fn next<T, Id>(rows: &[T], limit: u32, id: fn(&T) -> Id) -> Option<Id> {
    rows.last().filter(|_| rows.len() == limit as usize).map(id)
}
