//! The API described for people and programs: the OpenAPI document and the pages that show it.

pub(crate) mod gaps;
pub(crate) mod openapi;
pub(crate) mod redoc;
pub(crate) mod shapes;
pub(crate) mod swagger;
