//! Ctrl-C, and what service managers and `timeout` send instead.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

/// Waits until somebody wants this process to end; tells the exit status that shells know for it.
///
/// # Panics
/// Signals cannot be heard, which no system does that has handles left at the start.
pub(super) async fn interrupted() -> ExitCode {
    let hear = |kind| signal(kind).expect("a process hears its signals");
    let (mut interrupt, mut terminate) = (hear(SignalKind::interrupt()), hear(SignalKind::terminate()));
    let number = tokio::select! {
        _ = interrupt.recv() => SignalKind::interrupt(),
        _ = terminate.recv() => SignalKind::terminate(),
    };
    ExitCode::from(128 + u8::try_from(number.as_raw_value()).unwrap_or_default())
}
