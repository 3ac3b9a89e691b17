//! The OpenAPI document of one facade, made from its handlers.

use std::collections::BTreeMap;
use std::sync::Arc;

use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, PathItem};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::http::docs::{gaps, shapes};
use crate::http::facades::facade::Facade;

/// The routes of a facade that has a listener of its own, with the document that tells of them.
pub(super) fn documented(facade: &dyn Facade) -> OpenApiRouter<Arc<App>> {
    let description = "Served by the avatar gateway: see docs/facades.md for what differs from the original.";
    let info =
        InfoBuilder::new().title(facade.title()).version(facade.version()).description(Some(description)).build();
    let about = OpenApiBuilder::new().info(info).build();
    OpenApiRouter::with_openapi(about).merge(facade.routes()).merge(facade.root_routes())
}

/// The document alone.
pub(super) fn document(facade: &dyn Facade) -> OpenApi {
    let mut document = documented(facade).into_openapi();
    gaps::fill(&mut document);
    shapes::settle(&mut document);
    document
}

/// Which methods each path takes. The router itself would count HEAD among them.
#[derive(Clone)]
pub(super) struct Methods(Arc<BTreeMap<String, String>>);

impl Methods {
    /// Those of one facade.
    pub(super) fn of(facade: &dyn Facade) -> Self {
        let paths = documented(facade).into_openapi().paths.paths.into_iter();
        let methods = |item: &PathItem| {
            let all = [("GET", &item.get), ("POST", &item.post), ("DELETE", &item.delete)];
            let taken = all.into_iter().filter_map(|(name, operation)| operation.as_ref().map(|_| name));
            taken.collect::<Vec<_>>().join(", ")
        };
        Self(Arc::new(paths.map(|(path, item)| (path, methods(&item))).collect()))
    }

    /// The methods of one path.
    pub(super) fn allowed(&self, path: &str) -> &str {
        self.0.get(path).map_or("GET", String::as_str)
    }
}
