//! A body that is an object of JSON.

use axum::extract::Request;

use crate::app::App;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::http::problem::ApiError;
use crate::http::server::json_body::{self, Members};
use crate::http::server::multipart;
use crate::intake::turns::Turn;

/// Reads it, and keeps the members of the names that `is_known`; of a large one the turn comes with it.
///
/// # Errors
/// The body cannot be read, or is none.
pub(super) async fn read(
    app: &App,
    client: Client,
    request: Request,
    is_known: impl Fn(&str) -> bool + Send + 'static,
) -> Result<(Members, Option<Turn>), ApiError> {
    let body = axum::body::to_bytes(request.into_body(), multipart::JSON_BYTES).await;
    let body = body.map_err(multipart::unreadable)?;
    let malformed = |detail: String| ApiError::new(Code::RequestMalformed, detail);
    let (members, turn) = json_body::read(app, client, "body", body, move |body| Members::of(body, is_known)).await?;
    let members = members.map_err(|error| malformed(format!("the body is not JSON: {error}")))?;
    let members = members.ok_or_else(|| malformed("the body must be a JSON object".into()))?;
    Ok((members, turn))
}
