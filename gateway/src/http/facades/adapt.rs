//! Requests of facades' clients as jobs for the engine that the operator has chosen, whichever that is.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::FacadeName;
use crate::domain::code::Code;
use crate::domain::translate::ClientParam;
use crate::domain::upload::verdict::{Choice, Turn, Which};
use crate::http::problem::ApiError;
use crate::submit::request::{JobRequest, Params};

/// Who renders for the clients of a facade.
pub(crate) struct Renderer {
    /// The engine.
    pub(crate) engine: String,
    /// That it stands in for another one, which its jobs are warned of.
    warning: Option<String>,
}

impl Renderer {
    /// The engine of a facade, ready or not: the one that it is configured for, or, where no plugin of that one is installed
    /// and the operator lets it, the default engine.
    pub(crate) fn of(app: &App, facade: FacadeName) -> Self {
        let config = app.config();
        let table = config.facades.of(facade);
        let (engine, default) = (&table.engine, &config.engines.default);
        let is_installed = |id: &str| app.catalog.entry(id).is_some();
        if table.fallback && !is_installed(engine) && is_installed(default) {
            let warning = format!("the engine `{engine}` is not installed: `{default}` renders in its place");
            return Self { engine: default.clone(), warning: Some(warning) };
        }
        Self { engine: engine.clone(), warning: None }
    }

    /// An engine that a client has named.
    pub(crate) fn named(engine: &str) -> Self {
        Self { engine: engine.to_owned(), warning: None }
    }

    /// The engine of a facade, which is ready. The log tells of one that stands in for another.
    ///
    /// # Errors
    /// It is not, and the operator is told what to do.
    pub(crate) async fn ready(app: &App, facade: FacadeName) -> Result<Self, ApiError> {
        app.catalog.ready().await;
        let (config, name) = (app.config(), facade.as_str());
        // One that has come a moment ago needs none to stand in for it.
        let _ = app.catalog.installed(&config.facades.of(facade).engine, &config).await;
        let renderer = Self::of(app, facade);
        let entry = app.catalog.installed(&renderer.engine, &config).await.map_err(|missing| {
            let remedy = "put its plugin into the folder of the engines, or set `engine` to one that is installed in";
            ApiError::new(Code::EngineNotReady, format!("{missing}; {remedy} [facades.{name}]"))
        })?;
        app.catalog.able(entry, &config).await?;
        if let Some(warning) = &renderer.warning {
            tracing::warn!(facade = name, "{warning}; install it, or set facades.{name}.engine");
        }
        Ok(renderer)
    }
}

/// Whether the engine of a facade is ready; looked at again behind the answer if the last look is long ago, for its backend may have gone.
pub(crate) async fn is_ready(app: &App, facade: FacadeName) -> bool {
    let config = app.config();
    app.catalog.freshen(&config).await;
    app.catalog.entry(&Renderer::of(app, facade).engine).is_some_and(|entry| entry.status(&config.engines).is_ready())
}

/// A request for an engine under the parameters of another service, as far as all facades are alike. These services ask
/// nobody about faces: of several the largest counts, a doubtful one is one, and a photo that lies on its side is turned.
pub(crate) fn request(renderer: Renderer, caller: &Caller, params: Vec<ClientParam>) -> JobRequest {
    JobRequest {
        key: caller.key.clone(),
        client: caller.client(),
        engine: Some(renderer.engine),
        face: Choice { face: Some(Which::Largest), accept_unsure: true, turn: Turn::Auto, ..Choice::default() },
        params: Params::Foreign(params),
        may_convert: true,
        warnings: renderer.warning.into_iter().collect(),
        ..JobRequest::default()
    }
}
