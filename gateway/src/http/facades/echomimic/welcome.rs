//! What EchoMimic tells of itself at `/`.

use axum::Json;

use crate::http::facades::root::Welcome;

/// What the service calls its version.
pub(super) const VERSION: &str = "1.0";

pub(super) const WELCOME: Welcome = Welcome { message: "欢迎使用 EchoMimic API", version: VERSION };

/// What this is
#[utoipa::path(get, path = "/", operation_id = "echomimic_root", tag = "EchoMimic", responses((status = 200, body = Welcome)))]
pub(super) async fn root() -> Json<Welcome> {
    Json(WELCOME)
}
