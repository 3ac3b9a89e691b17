//! `/` and `/health` of the main listener: one answer each with what all facades tell there.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::app::App;
use crate::http::facades::facade::Facade;
use crate::http::problem::ApiError;

// What two of the services tell at `/`. Documentation here would stand in their documents.
#[derive(Serialize, ToSchema)]
pub(super) struct Welcome {
    pub(super) message: &'static str,
    pub(super) version: &'static str,
}

/// The routes. Where several facades tell something under one name, the last of them is heard.
pub(super) fn routes(facades: &'static [&'static dyn Facade]) -> Router<Arc<App>> {
    let root = async move || Json(together(facades.iter().map(|facade| facade.welcome())));
    let health = async move |State(app): State<Arc<App>>| {
        let mut parts = Vec::with_capacity(facades.len());
        for facade in facades {
            parts.push(facade.health(&app).await?);
        }
        Ok::<_, ApiError>(Json(together(parts)))
    };
    Router::new().route("/", get(root)).route("/health", get(health))
}

/// The members of several objects in one.
fn together(parts: impl IntoIterator<Item = Value>) -> Map<String, Value> {
    parts.into_iter().filter_map(|part| part.as_object().cloned()).flatten().collect()
}
