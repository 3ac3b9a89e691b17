//! Where clients reach something of the gateway.

use crate::app::App;

/// The address of a path: below `server.public_url`, with the path that this may have, or else a relative one.
pub(crate) fn address(app: &App, path: &str) -> String {
    base(app) + path
}

/// What stands before every path: `server.public_url`, or nothing for relative ones.
pub(crate) fn base(app: &App) -> String {
    app.config().server.public_url.clone().unwrap_or_default()
}
