//! Which engine a model is.

use crate::app::App;
use crate::config::FacadeName;
use crate::domain::code::Code;
use crate::domain::fault::{Fault, excerpt};
use crate::http::facades::adapt::Renderer;
use crate::http::problem::ApiError;

/// What the service's own models begin with. Programs that were written for it name them, and mean any.
const ORIGINALS: &str = "sora-";

/// Who renders for a request with this model: the engine of this name, or the facade's where there is no name, or one of the
/// service's own models; and what the client is told of that.
///
/// # Errors
/// There is no such engine, or it is not ready.
pub(super) async fn renderer(app: &App, model: Option<&str>) -> Result<(Renderer, Option<String>), ApiError> {
    let Some(model) = model else { return Ok((Renderer::ready(app, FacadeName::OpenAi).await?, None)) };
    if model.starts_with(ORIGINALS) {
        let renderer = Renderer::ready(app, FacadeName::OpenAi).await?;
        let warning = format!("the model `{}` is not to be had here: `{}` renders", excerpt(model), renderer.engine);
        return Ok((renderer, Some(warning)));
    }
    app.catalog.ready().await;
    let config = app.config();
    let entry = app.catalog.installed(model, &config).await.map_err(|unknown| {
        let remedy = "send the id of an engine as `model`, or leave it out; /v1/engines lists them";
        ApiError::faults(vec![Fault::new("model", Code::EngineUnknown, unknown.to_string(), remedy)])
    })?;
    let entry = app.catalog.able(entry, &config).await?;
    Ok((Renderer::named(&entry.id), None))
}
