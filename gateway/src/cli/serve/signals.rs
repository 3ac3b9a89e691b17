//! What signals ask of a running gateway: to stop, to stop at once, to read its settings again.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::cli::serve::reload::Reload;

/// Heeds signals until the process ends. SIGTERM and Ctrl-C let running jobs end first, a second one does not.
///
/// # Errors
/// The system lets no signal be heeded.
pub(super) fn heed(app: Arc<App>, reload: Reload) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => stop(&app),
                _ = interrupt.recv() => stop(&app),
                _ = hang_up.recv() => reload.run(&app).await,
            }
        }
    });
    Ok(())
}

fn stop(app: &App) {
    if app.draining.is_cancelled() {
        tracing::warn!("told to stop once more: running jobs are queued again");
        app.stop.cancel();
    } else {
        tracing::info!("stopping; no job is begun any more");
        app.draining.cancel();
    }
}
