//! Requests of facades' clients as jobs for the engine that the operator has chosen, whichever that is.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::FacadeName;
use crate::domain::code::Code;
use crate::domain::translate::ClientParam;
use crate::domain::upload::verdict::{Choice, Which};
use crate::http::problem::ApiError;
use crate::submit::request::{JobRequest, Params};

/// The engine of a facade, which is ready.
///
/// # Errors
/// It is not, and the operator is told what to do.
pub(crate) async fn engine(app: &App, facade: FacadeName) -> Result<String, ApiError> {
    app.catalog.ready().await;
    let id = app.config().facades.of(facade).engine.clone();
    match app.catalog.installed(&id) {
        Ok(entry) => Ok(app.catalog.able(entry, &app.config()).await?.id.clone()),
        Err(missing) => {
            let remedy = "install it with `cargo xtask engine`, or set `engine` to one that is installed in";
            let detail = format!("{missing}; {remedy} [facades.{}]", facade.as_str());
            Err(ApiError::new(Code::EngineNotReady, detail))
        }
    }
}

/// Whether the engine of a facade is ready; looked at again if the last look is long ago, for its backend may have gone.
pub(crate) async fn is_ready(app: &App, facade: FacadeName) -> bool {
    let config = app.config();
    app.catalog.refresh(&config).await;
    app.catalog.entry(&config.facades.of(facade).engine).is_some_and(|entry| entry.status(&config.engines).is_ready())
}

/// A request for an engine under the parameters of another service, as far as all facades are alike. These services ask
/// nobody about faces: of several the largest counts, and a doubtful one is one.
pub(crate) fn request(engine: String, caller: &Caller, params: Vec<ClientParam>) -> JobRequest {
    JobRequest {
        key: caller.key.clone(),
        client: caller.client(),
        engine: Some(engine),
        face: Choice { face: Some(Which::Largest), accept_unsure: true },
        params: Params::Foreign(params),
        may_convert: true,
        ..JobRequest::default()
    }
}
