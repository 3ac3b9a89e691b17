//! Inputs made of other inputs, for engines that take something else than a client has.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempPath;

use crate::app::App;
use crate::blobs::key::BlobKey;
use crate::domain::upload::verdict::{Choice, Which};
use crate::intake::photo::CheckedPhoto;
use crate::intake::video::CheckedVideo;
use crate::intake::{Received, UploadError, photo, probe, video};

/// The first picture of a video that shows a usable face, as a photo; of several faces, the largest.
///
/// # Errors
/// There is no such picture.
pub async fn portrait(app: &Arc<App>, video: &Path) -> Result<CheckedPhoto, UploadError> {
    let picture = app.scratch.file()?.into_temp_path();
    {
        let _turn = app.intake.turn().await;
        probe::portrait::portrait(&app.program, video, &picture, &app.config().photos).await?;
    }
    let choice = Choice { face: Some(Which::Largest), accept_unsure: false };
    photo::check(app, received(picture).await?, choice).await
}

/// A photo as a video in which nothing moves, as long as the speech.
///
/// # Errors
/// The speech is longer than a source video may be.
pub async fn still_video(app: &Arc<App>, photo: &Path, seconds: f64) -> Result<CheckedVideo, UploadError> {
    let still = app.scratch.file()?.into_temp_path();
    {
        let _turn = app.intake.turn().await;
        probe::video::still(&app.program, photo, seconds, &still).await?;
    }
    video::check(app, received(still).await?).await
}

/// Finished videos in one file, one after the other. The file is gone when the value is.
///
/// # Errors
/// One of them is gone, or they do not fit together.
pub async fn joined(app: &App, parts: &[BlobKey]) -> Result<TempPath, UploadError> {
    let mut staged = Vec::with_capacity(parts.len());
    for part in parts {
        staged.push(app.blobs.stage(*part).await?);
    }
    let parts: Vec<&Path> = staged.iter().map(|part| &**part).collect();
    let whole = app.scratch.file()?.into_temp_path();
    let _turn = app.intake.turn().await;
    probe::video::join(&app.program, &parts, &whole).await?;
    Ok(whole)
}

async fn received(file: TempPath) -> Result<Received, UploadError> {
    let read = tokio::task::spawn_blocking(move || Received::of_file(file)).await;
    Ok(read.map_err(std::io::Error::other)??)
}
