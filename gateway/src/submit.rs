//! The service below every wire format: a typed request becomes jobs, or is refused with every reason at once.
//!
//! Whoever reads requests, in whatever form, makes a `JobRequest` of them; engine, inputs, parameters, idempotency and
//! quota are looked at here, and nothing of a request that is refused is kept.

mod conversion;
pub(crate) mod error;
mod face_size;
mod idempotency;
mod input;
mod misplaced;
mod order;
pub(crate) mod placement;
pub(crate) mod quota;
pub(crate) mod request;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use crate::app::App;
use crate::domain::job::Batch;
use crate::domain::upload::Audio;
use crate::store::jobs::IdempotencyKey;
use crate::submit::error::SubmitError;
use crate::submit::placement::Accepted;
use crate::submit::request::{InputField, JobRequest};

/// Makes a job of a request; of the same request under the same idempotency key, one job alone.
///
/// # Errors
/// All faults together; or the engine is not ready, the key's quota is used up, its idempotency key stands for another
/// request, or the gateway cannot do its part. Nothing is kept then.
pub(crate) async fn submit(app: &Arc<App>, request: JobRequest) -> Result<Accepted, SubmitError> {
    app.catalog.ready().await;
    let (request, once) = named(request).await?;
    if let Some(once) = &once
        && let Some(earlier) = app.jobs.once(once, app.clock.now()).await?
    {
        return placement::answered(earlier);
    }
    app.space.check()?;
    order::order(app, request, vec![]).await?.place(app, once.as_ref()).await
}

/// The request, and the name under which it is done once; of a large one that takes a while.
async fn named(request: JobRequest) -> io::Result<(JobRequest, Option<IdempotencyKey>)> {
    let named = |request| {
        let once = idempotency::key_of(&request);
        (request, once)
    };
    match request.turn {
        None => Ok(named(request)),
        Some(_) => tokio::task::spawn_blocking(move || named(request)).await.map_err(io::Error::other),
    }
}

/// Makes a job like the request for each of the speeches: all, or none. `combine` makes their videos be had as one. The
/// request's own speech and its idempotency key are not heeded.
///
/// # Errors
/// As of [`submit`].
pub(crate) async fn submit_batch(
    app: &Arc<App>,
    request: JobRequest,
    speeches: Vec<InputField<Audio>>,
    combine: bool,
) -> Result<Batch, SubmitError> {
    quota::look_for_room(
        app,
        request.key.as_deref(),
        speeches.len(),
        speeches.first().map_or("audio", |first| first.name),
    )
    .await?;
    app.catalog.ready().await;
    app.space.check()?;
    let mut speeches = speeches.into_iter();
    let request = JobRequest { audio: speeches.next(), ..request };
    order::order(app, request, speeches.collect()).await?.place_all(app, combine).await
}
