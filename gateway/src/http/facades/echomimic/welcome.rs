//! What EchoMimic tells of itself at `/`.

use axum::Json;

use crate::http::facades::welcome::Welcome;

/// What the service calls its version.
pub(super) const VERSION: &str = "1.0";

/// What this is
#[utoipa::path(get, path = "/", operation_id = "echomimic_root", tag = "EchoMimic", responses((status = 200, body = Welcome)))]
pub(super) async fn root() -> Json<Welcome> {
    Json(Welcome { message: "欢迎使用 EchoMimic API", version: VERSION })
}
