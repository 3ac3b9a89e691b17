//! What an attempt starts from: an empty work folder, and the job's inputs as files of this machine.

use std::io;
use std::path::{Path, PathBuf};

use avatar_media::speech::packed;
use engine_api::{PortraitFace, RenderJob, Speech};
use serde_json::Value;

use crate::app::App;
use crate::blobs::Staged;
use crate::blobs::key::BlobKey;
use crate::blobs::scratch::WorkFolder;
use crate::domain::id::PhotoId;
use crate::domain::job::{Inputs, Job};
use crate::host::protocol::Render;
use crate::scheduler::retry::Failure;

/// Makes the work folder, brings the inputs to this machine and says where everything lies.
pub(super) async fn prepare(app: &App, job: &Job, work: &WorkFolder) -> Result<(Render, [Option<Staged>; 4]), Failure> {
    work.create().await.map_err(|error| Failure::of_io("the job's work folder cannot be made", &error))?;
    let Inputs { photo_id, audio_id, video_id } = job.inputs;
    let portrait = stage(app, photo_id.map(BlobKey::Photo)).await?;
    let speech = stage(app, audio_id.map(BlobKey::Speech)).await?;
    let source_video = stage(app, video_id.map(BlobKey::SourceVideo)).await?;
    let sound = stage(app, audio_id.map(BlobKey::Sound)).await?;
    let path = |staged: &Option<Staged>| staged.as_deref().map(Path::to_owned);
    let render = RenderJob {
        id: job.id.to_string(),
        portrait: path(&portrait),
        face: face(app, photo_id).await?,
        speech: unpacked(path(&speech), work).await?.map(Speech::File),
        source_video: path(&source_video),
        work_dir: work.engine(),
        params: Value::Object(job.params.clone()),
    };
    let render = Render { job: render, spoken: None, sound: path(&sound), output: work.video(), calls: None };
    Ok((render, [portrait, speech, source_video, sound]))
}

/// The face that was settled on when the photo was uploaded.
async fn face(app: &App, photo: Option<PhotoId>) -> Result<Option<PortraitFace>, Failure> {
    let Some(id) = photo else { return Ok(None) };
    let photo = app.uploads.photo(id).await.map_err(|error| Failure::of_store(&error))?;
    Ok(photo.and_then(|photo| photo.kept_face()))
}

/// Speech as the WAV that engines read: unpacked beside the engine's folder, or where it lies if an earlier version has
/// kept it as it is.
async fn unpacked(speech: Option<PathBuf>, work: &WorkFolder) -> Result<Option<PathBuf>, Failure> {
    let Some(speech) = speech else { return Ok(None) };
    let wav = work.speech();
    let unpacking = tokio::task::spawn_blocking(move || {
        let is_packed = packed::unpack(&speech, &wav)?;
        Ok(if is_packed { wav } else { speech })
    });
    let unpacked: io::Result<PathBuf> = unpacking.await.map_err(io::Error::other).flatten();
    unpacked.map(Some).map_err(|error| Failure::of_io("the job's speech cannot be unpacked", &error))
}

/// An input as a file of this machine.
async fn stage(app: &App, input: Option<BlobKey>) -> Result<Option<Staged>, Failure> {
    let Some(key) = input else { return Ok(None) };
    let staged = app.blobs.stage(key).await;
    staged.map(Some).map_err(|error| Failure::of_blobs("an input of the job cannot be read", &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Play, uploaded_photo};

    #[tokio::test]
    async fn engines_are_told_which_face_the_upload_has_found() {
        let play = Play::new(&[]).await;
        let id = uploaded_photo(&play.app, 120.0).await;
        let told = |photo| face(&play.app, photo);
        let expected = PortraitFace { x: 300.0, y: 200.0, width: 120.0, height: 120.0, score: 30.0 };
        assert_eq!(told(Some(id)).await.unwrap(), Some(expected));
        assert_eq!(told(None).await.unwrap(), None);
    }
}
