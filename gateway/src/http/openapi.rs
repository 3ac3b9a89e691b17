//! The document that describes the API, made from the handlers themselves.

use utoipa::OpenApi;

/// What stands above the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Avatar gateway",
        description = "A portrait and speech in, a talking video out. Which engine makes it is a parameter; \
            `/engines` tells what each takes. Errors are `application/problem+json` with a stable `code` and every \
            fault of the request at once.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "jobs", description = "Submit, watch, cancel, fetch."),
        (name = "uploads", description = "Photos and speech, checked when they arrive and usable by many jobs."),
        (name = "engines", description = "What is installed, and the parameters each engine takes."),
        (name = "operations", description = "For load balancers and supervisors."),
    )
)]
struct About;

/// The document without routes.
pub(super) fn about() -> utoipa::openapi::OpenApi {
    let mut document = About::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").into();
    document
}

/// The whole document, as `/openapi.json` serves it.
pub fn document() -> utoipa::openapi::OpenApi {
    super::documented().into_openapi()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Holds `docs/openapi.json` to the code, so that a change of the API shows in review.
    #[test]
    fn the_document_in_docs_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
        let made = super::document().to_pretty_json().unwrap() + "\n";
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if made != kept {
            std::fs::write(&path, &made).unwrap();
            panic!("docs/openapi.json was not up to date and has been written anew: review the difference, commit it");
        }
    }
}
