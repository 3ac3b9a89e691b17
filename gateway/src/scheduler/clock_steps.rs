//! The system's clock was set: everything that waits for a moment moves with it, so that it waits as long as it was to.

use jiff::SignedDuration;

use crate::app::App;
use crate::store::error::StoreResult;

/// A smaller step than this makes no difference to anybody. Clocks that are only corrected by running faster or slower make
/// none.
const NOTICEABLE: SignedDuration = SignedDuration::from_secs(1);

/// Has the app's clock take the step that the system's has taken, once all deadlines have taken it.
///
/// # Errors
/// The store's: then the clock goes on as before, and nothing is lost by that.
pub(super) async fn follow(app: &App) -> StoreResult<()> {
    let (step, before) = (app.clock.step(), app.clock.now());
    if step.abs() < NOTICEABLE {
        return Ok(());
    }
    let Ok(after) = before.checked_add(step) else { return Ok(()) };
    // Back first and forward last: what is written meanwhile is then due too early, and never too late.
    let is_back = step.is_negative();
    if is_back {
        app.clock.follow(step);
    }
    let moved = app.jobs.shift_deadlines(step, before.min(after)).await;
    match &moved {
        Ok(()) if is_back => {}
        Ok(()) => app.clock.follow(step),
        Err(_) if is_back => app.clock.follow(-step),
        Err(_) => {}
    }
    if moved.is_ok() {
        tracing::warn!(seconds = step.as_secs(), "the system's clock was set; all deadlines have been moved with it");
    }
    moved
}
