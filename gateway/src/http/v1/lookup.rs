//! What is answered to an id under which there is nothing of its kind.

use crate::app::App;
use crate::domain::code::Code;
use crate::domain::fault::excerpt;
use crate::http::problem::ApiError;
use crate::store::naming;

/// The error for an id that names no `noun`, or something else.
pub(crate) async fn not_found(app: &App, code: Code, noun: &str, id: &str) -> ApiError {
    let detail = match naming::named(&*app.uploads, &*app.jobs, id).await {
        Err(error) => return error.into(),
        Ok(None) => format!("there is no {noun} {}", excerpt(id)),
        Ok(Some(named)) => {
            let (what, place) = (named.noun(), named.collection());
            format!("there is no {noun} {id}: this is the id of {what}, which is at {place}/{id}")
        }
    };
    ApiError::new(code, detail)
}
