//! The document that describes the API, made from the handlers themselves.

use utoipa::OpenApi;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::server::Server;
use utoipa::openapi::{Components, ContentBuilder, Ref, RefOr, ResponseBuilder, Schema};

use crate::domain::code::{Code, Seen};
use crate::http::docs::{gaps, shapes};
use crate::http::routes::documented;
use crate::http::server::auth;

/// What stands above the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Avatar gateway",
        description = "A portrait and speech in, a talking video out. Which engine makes it is a parameter; \
            `/engines` tells what each takes. Errors are `application/problem+json` with a stable `code` and every \
            fault of the request at once. Other services whose clients are served have documents of their own, which \
            `/` lists as `facades`.",
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
pub(crate) fn about() -> utoipa::openapi::OpenApi {
    let mut document = About::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").into();
    // Where it is served, its real address takes the place of this one.
    document.servers = Some(vec![Server::new("/")]);
    document.webhooks = Some(gaps::webhooks());
    document
}

/// The whole document, as `/openapi.json` serves it.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = documented(about()).into_openapi();
    complete(&mut document);
    document
}

/// Adds what holds for many operations alike: how clients show their key, what they are answered otherwise, and that
/// bodies may come too slowly.
pub(crate) fn complete(document: &mut utoipa::openapi::OpenApi) {
    let bearer =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The secret of an API key.")).build();
    let header = ApiKeyValue::with_description("X-Api-Key", "The same, for clients that cannot set `Authorization`.");
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(header)));
    list_codes(components);
    components.headers.extend(gaps::limits());
    let paths = document.paths.paths.iter_mut().filter(|(path, _)| !auth::is_public(path));
    for item in paths.map(|(_, item)| item) {
        for operation in shapes::operations(item) {
            let none: [&str; 0] = [];
            // The empty one: gateways may be open.
            operation.security = Some(vec![
                SecurityRequirement::new("bearer", none),
                SecurityRequirement::new("api_key", none),
                SecurityRequirement::default(),
            ]);
            let refusals = [
                ("401", "No API key, or one that is unknown or revoked"),
                ("403", "The key may not do this"),
                ("429", "The key sends too much"),
            ];
            let slow = operation.request_body.as_ref().map(|_| ("408", "The body came too slowly"));
            for (status, description) in refusals.into_iter().chain(slow) {
                let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
                let response =
                    ResponseBuilder::new().description(description).content("application/problem+json", problem);
                operation.responses.responses.entry(status.into()).or_insert_with(|| response.build().into());
            }
            gaps::tell_limits(operation);
        }
    }
    gaps::fill(document);
    shapes::settle(document);
}

/// Names the codes wherever a schema holds one, from the registry.
fn list_codes(components: &mut Components) {
    list_codes_of(components, "Problem", |seen| matches!(seen, Seen::Status(_)));
    list_codes_of(components, "Fault", |seen| matches!(seen, Seen::Status(400..=499)));
    list_codes_of(components, "JobError", |seen| *seen == Seen::Job);
    list_codes_of(components, "Warning", |seen| *seen == Seen::Warning);
}

/// Names those codes at one schema that are seen in such a place.
fn list_codes_of(components: &mut Components, schema: &str, is_place: fn(&Seen) -> bool) {
    let codes = Code::ALL.iter().filter(|code| code.entry().seen.iter().any(is_place));
    let codes = codes.map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
    if let Some(RefOr::T(Schema::Object(schema))) = components.schemas.get_mut(schema)
        && let Some(RefOr::T(Schema::Object(code))) = schema.properties.get_mut("code")
    {
        code.description = Some(format!("Stable code for programs. Today there are {codes}."));
    }
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
