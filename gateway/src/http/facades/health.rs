//! `/health` of the main listener: one answer with what all facades tell there.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Map;

use crate::app::App;
use crate::http::facades::facade::Facade;
use crate::http::problem::ApiError;

/// The route. Where several facades tell something under one name, the last of them is heard.
pub(super) fn routes(facades: &'static [&'static dyn Facade]) -> Router<Arc<App>> {
    let health = async move |State(app): State<Arc<App>>| {
        let mut all = Map::new();
        for facade in facades {
            all.extend(facade.health(&app).await?.as_object().cloned().unwrap_or_default());
        }
        Ok::<_, ApiError>(Json(all))
    };
    Router::new().route("/health", get(health))
}
