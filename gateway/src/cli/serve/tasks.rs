//! What goes on beside the answers to clients, and what becomes of it when it dies of a fault of its own.

use std::future::Future;
use std::time::Duration;

use anyhow::bail;
use tokio_util::sync::CancellationToken;

/// How long the first wait is before a task is begun anew, and the longest one; each is twice as long as the last.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Runs a task that the gateway cannot do without.
///
/// # Errors
/// It has panicked: `stop` is canceled then, because a new start finds more in order than a new task would.
pub(super) async fn vital(
    name: &'static str,
    stop: CancellationToken,
    task: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    if let Err(panic) = tokio::spawn(task).await {
        tracing::error!(task = name, %panic, "a task has died that the gateway cannot do without: it ends");
        stop.cancel();
        bail!("the {name} has died; the log tells why");
    }
    Ok(())
}

/// Runs a task that keeps nothing in memory, and begins it anew when it has panicked, until the gateway stops.
pub(super) async fn renewed<Task>(name: &'static str, stop: CancellationToken, task: impl Fn() -> Task)
where
    Task: Future<Output = ()> + Send + 'static,
{
    let (mut wait, longest) = WAITS;
    while let Err(panic) = tokio::spawn(task()).await {
        tracing::error!(task = name, %panic, again_in = wait.as_secs(), "a task has died and is begun anew");
        tokio::select! {
            () = tokio::time::sleep(wait) => wait = longest.min(wait * 2),
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_dies_is_begun_anew_or_ends_the_gateway() {
        let (stop, begun, start) = (CancellationToken::new(), Arc::<AtomicU32>::default(), Instant::now());
        let counting = Arc::clone(&begun);
        renewed("sweeper", stop.clone(), move || {
            let begun = counting.fetch_add(1, Ordering::SeqCst);
            async move { assert!(begun >= 3, "a fault of its own") }
        })
        .await;
        assert_eq!((begun.load(Ordering::SeqCst), start.elapsed().as_secs()), (4, 1 + 2 + 4));
        assert!(!stop.is_cancelled());

        vital("scheduler", stop.clone(), async {}).await.unwrap();
        assert!(!stop.is_cancelled());
        let died = vital("scheduler", stop.clone(), async { panic!("a fault of its own") }).await;
        assert!(died.unwrap_err().to_string().contains("the scheduler has died") && stop.is_cancelled());
        renewed("sweeper", stop, || async { panic!("while the gateway stops") }).await;
    }
}
