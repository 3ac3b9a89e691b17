//! Inputs made of other inputs, for engines that take something else than a client has.

use std::path::Path;
use std::sync::Arc;

use crate::blobs::key::BlobKey;
use crate::blobs::scratch::ScratchFile;
use crate::domain::client::Client;
use crate::domain::upload::verdict::{Choice, Crop, Turn, Which};
use crate::intake::error::UploadError;
use crate::intake::incoming::Received;
use crate::intake::photo::CheckedPhoto;
use crate::intake::video::CheckedVideo;
use crate::intake::{Intake, photo, probe, video};

/// The first picture of a video that shows a usable face, with at least so many pixels across, as a photo; of several
/// faces, the largest.
///
/// # Errors
/// There is no such picture.
pub async fn portrait(
    intake: &Arc<Intake>,
    client: Client,
    video: &Path,
    least: u32,
) -> Result<CheckedPhoto, UploadError> {
    let picture = intake.handles.scratch.file()?;
    let mut photos = intake.handles.settings.current().photos.clone();
    photos.min_face_pixels = photos.min_face_pixels.max(least);
    {
        let _turn = intake.turn(client).await;
        probe::portrait::portrait(&intake.handles.decoders, video, &picture, &photos).await?;
    }
    let choice = Choice { face: Some(Which::Largest), accept_unsure: false, crop: Crop::Auto, turn: Turn::None };
    photo::check(intake, client, received(picture).await?, choice).await
}

/// A photo as a video in which nothing moves, as long as the speech.
///
/// # Errors
/// The speech is longer than a source video may be.
pub async fn still_video(
    intake: &Arc<Intake>,
    client: Client,
    photo: &Path,
    seconds: f64,
) -> Result<CheckedVideo, UploadError> {
    let still = intake.handles.scratch.file()?;
    {
        let _turn = intake.turn(client).await;
        probe::video::still(&intake.handles.decoders, photo, seconds, &still).await?;
    }
    video::check(intake, client, received(still).await?).await
}

/// Finished videos in one file, one after the other. The file is gone when the value is.
///
/// # Errors
/// One of them is gone, or they do not fit together.
pub async fn joined(intake: &Intake, client: Client, parts: &[BlobKey]) -> Result<ScratchFile, UploadError> {
    let mut staged = Vec::with_capacity(parts.len());
    for part in parts {
        staged.push(intake.handles.blobs.stage(*part).await?);
    }
    let parts: Vec<&Path> = staged.iter().map(|part| &**part).collect();
    let whole = intake.handles.scratch.file()?;
    let _turn = intake.turn(client).await;
    probe::video::join(&intake.handles.decoders, &parts, &whole).await?;
    Ok(whole)
}

async fn received(file: ScratchFile) -> Result<Received, UploadError> {
    let read = tokio::task::spawn_blocking(move || Received::of_file(file)).await;
    Ok(read.map_err(std::io::Error::other)??)
}
