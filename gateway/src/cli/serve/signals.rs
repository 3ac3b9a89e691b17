//! What signals ask of a running gateway: to stop, to stop at once, to read its settings again. They are heard on a thread
//! of their own, also where nothing that is asynchronous goes on any more.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::sync::mpsc;

use crate::app::App;
use crate::cli::serve::reload::Reload;
use crate::cli::serve::terminal::Terminal;
use crate::cli::serve::watchdog::{GRACE, Watchdog};

/// How often and how many times a terminal is looked at after a SIGHUP: the system tells of its end before it ends it, and on
/// a busy machine the two lie apart.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: u32 = 30;

/// Heeds signals until the process ends. SIGTERM and Ctrl-C let running jobs end first, a second one does not. SIGHUP has
/// the settings read again, unless it tells that the terminal was closed which the gateway was started from.
///
/// # Errors
/// The system lets no signal be heeded, or no thread be started.
pub(super) fn heed(app: Arc<App>, reload: Reload, watchdog: Watchdog) -> anyhow::Result<()> {
    let terminal = Terminal::of_start();
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let (hang_up, mut hang_ups) = mpsc::channel(1);
    let reloading = Arc::clone(&app);
    tokio::spawn(async move {
        while hang_ups.recv().await.is_some() {
            reload.run(&reloading).await;
        }
    });
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGHUP if terminal.as_ref().is_some_and(is_closing) => {
                    if !app.draining.is_cancelled() {
                        tracing::info!("the terminal was closed");
                        stop(&app, &watchdog);
                    }
                }
                // One that is not begun yet will read all that there is to read.
                SIGHUP => drop(hang_up.try_send(())),
                _ => stop(&app, &watchdog),
            }
        }
    })?;
    Ok(())
}

fn is_closing(terminal: &Terminal) -> bool {
    (0..LOOKS).any(|_| {
        thread::sleep(LOOK);
        terminal.is_closed()
    })
}

fn stop(app: &App, watchdog: &Watchdog) {
    if app.draining.is_cancelled() {
        tracing::warn!("told to stop once more: running jobs are queued again");
        watchdog.end_within(GRACE);
        app.stop.cancel();
    } else {
        tracing::info!("stopping; no job is begun any more");
        watchdog.end_within(app.config().scheduler.drain + GRACE);
        app.draining.cancel();
    }
}
