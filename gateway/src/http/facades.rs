//! The facades: clients that were written for other services are served here unchanged, by jobs like all others.
//!
//! A facade is its routes and its wording: see [`facade::Facade`]. Every one is on the main listener; on its own, if it has
//! one, it has exactly the routes of its original, with `/docs`.

mod adapt;
mod cors;
mod dice_talk;
mod ditto;
mod document;
mod duix;
mod duix_generator;
mod echomimic;
mod error;
pub(crate) mod facade;
mod fastapi;
mod health;
mod lookup;
mod mount;
mod openai;
mod params;
mod phase;
mod server_files;
mod video;
mod welcome;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::middleware;

use crate::app::App;
use crate::http::docs::swagger::Shown;
use crate::http::docs::{redoc, swagger};
use crate::http::facades::dice_talk::DiceTalk;
use crate::http::facades::ditto::Ditto;
use crate::http::facades::document::{document, documented};
use crate::http::facades::duix::Duix;
use crate::http::facades::duix_generator::DuixGenerator;
use crate::http::facades::echomimic::EchoMimic;
use crate::http::facades::facade::Facade;
use crate::http::facades::fastapi::router::unknown_route;
use crate::http::facades::mount::mounted;
use crate::http::facades::openai::OpenAi;
use crate::http::server::request_id;

/// All of them. A new wire format is a folder here that implements [`Facade`], and its line in this list.
pub(crate) static FACADES: [&dyn Facade; 6] = [&DiceTalk, &Ditto, &EchoMimic, &Duix, &DuixGenerator, &OpenAi];

/// The one in whose form `/health` of the main listener refuses, and whose clients it lets in: they alone ask there.
static OF_HEALTH: &dyn Facade = &Duix;

/// All facades, for the main listener, which has a `/` of its own. One answer at `/health` holds what each of them tells.
pub(super) fn together(app: &Arc<App>) -> Router<Arc<App>> {
    let health = mounted(OF_HEALTH, health::routes(&FACADES), app);
    FACADES
        .into_iter()
        .fold(health, |router, facade| router.merge(mounted(facade, facade.routes().split_for_parts().0, app)))
}

/// One facade as its original is, for a listener of its own.
pub(super) fn alone(facade: &'static dyn Facade, app: Arc<App>) -> Router {
    let (router, _) = documented(facade).split_for_parts();
    let router = mounted(facade, router.fallback(unknown_route), &app);
    let pages =
        swagger::router(vec![Shown { name: facade.title(), link: "../openapi.json", document: document(facade) }]);
    router
        .merge(pages)
        .merge(redoc::router())
        .layer(middleware::from_fn_with_state(Arc::clone(&app), request_id::follow))
        .with_state(app)
}

/// The documents of all facades, and where the main listener has them.
pub(super) fn documents() -> impl Iterator<Item = Shown> {
    static LINKS: LazyLock<Vec<String>> =
        LazyLock::new(|| FACADES.iter().map(|facade| format!("..{}", facade.document_path())).collect());
    FACADES.into_iter().zip(&*LINKS).map(|(facade, link)| {
        let (name, document) = (facade.name().as_str(), document(facade));
        Shown { name, link, document }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FacadeName;

    #[test]
    fn every_table_of_the_configuration_has_its_facade() {
        assert_eq!(FACADES.map(Facade::name), FacadeName::ALL);
        for facade in FACADES {
            assert_eq!(facade.document_path(), format!("/openapi/{}.json", facade.name().as_str()));
        }
    }
}
