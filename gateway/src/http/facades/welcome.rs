//! What two of the services tell at `/`.

use serde::Serialize;
use utoipa::ToSchema;

// Documentation here would stand in their documents.
#[derive(Serialize, ToSchema)]
pub(super) struct Welcome {
    pub(super) message: &'static str,
    pub(super) version: &'static str,
}
