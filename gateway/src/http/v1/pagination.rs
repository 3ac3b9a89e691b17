//! Lists a page at a time: how long pages may be, and what is wrong with a query that asks for another.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;

use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::http::problem::ApiError;

/// How long a page is unless its length is given.
pub(crate) fn default_length() -> u32 {
    50
}

/// The query, if it can be read.
pub(crate) fn readable<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, ApiError> {
    query.map(|Query(query)| query).map_err(|rejection| invalid(rejection.body_text()))
}

/// The query, if it can be read and its `limit` is one.
pub(crate) fn checked<T>(query: Result<Query<T>, QueryRejection>, limit: fn(&T) -> u32) -> Result<T, ApiError> {
    let query = readable(query)?;
    match limit(&query) {
        1..=200 => Ok(query),
        other => Err(invalid(format!("`limit` must be from 1 to 200, and was {other}"))),
    }
}

fn invalid(message: String) -> ApiError {
    ApiError::faults(vec![Fault::new("query", Code::QueryInvalid, message, "see /docs for what the query takes")])
}

/// What to ask the next page with: the last of a full page.
pub(crate) fn next<T, Id>(rows: &[T], limit: u32, id: fn(&T) -> Id) -> Option<Id> {
    rows.last().filter(|_| rows.len() == limit as usize).map(id)
}
