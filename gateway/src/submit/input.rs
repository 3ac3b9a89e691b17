//! The inputs of a job: looked up or checked, kept for it, and removed again if it is not written after all.

use std::future::Future;

use futures::future::join_all;

use crate::app::App;
use crate::blobs::Staged;
use crate::blobs::error::{BlobError, BlobResult};
use crate::blobs::key::BlobKey;
use crate::domain::client::Client;
use crate::domain::fault::Fault;
use crate::domain::upload::{Audio, Photo, UploadId, Video};
use crate::intake::error::UploadError;
use crate::intake::incoming::Received;
use crate::intake::strict;
use crate::intake::upload_kind::UploadKind;
use crate::process::arriving_uploads::ArrivingUpload;
use crate::store::error::StoreResult;
use crate::store::naming;
use crate::store::uploads::Deletion;
use crate::submit::error::{Faults, SubmitError};
use crate::submit::request::{InputField, JobRequest, Source};

/// An input that may be used.
pub(super) enum Checked<K: UploadKind> {
    /// An earlier upload, and the field that named it.
    Uploaded(&'static str, K),
    /// A file in this request, not kept yet.
    New(K::Checked),
}

impl<K: UploadKind> Checked<K> {
    /// Its row, present or future.
    pub(super) fn row(&self) -> &K {
        match self {
            Self::Uploaded(_, row) => row,
            Self::New(checked) => K::row(checked),
        }
    }

    /// What its sender should know, in sentences.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.row().warnings().iter().map(|warning| warning.message.clone())
    }

    /// What is said if it is no longer there when the job is written; nothing of what has come with the request.
    pub(super) fn once_gone(&self) -> Option<(UploadId, Fault)> {
        match self {
            Self::Uploaded(field, row) => Some((row.id().into(), not_found::<K>(field, row.id()))),
            Self::New(_) => None,
        }
    }

    /// Why its file cannot be read: one that was deleted since it was looked up is one that is not there.
    pub(super) fn unreadable(&self, error: BlobError) -> SubmitError {
        match (error, self.once_gone()) {
            (BlobError::NotFound(_), Some((_, fault))) => Faults::new(vec![fault].into()).into(),
            (error, _) => error.into(),
        }
    }
}

impl Checked<Photo> {
    /// The PNG that engines read.
    ///
    /// # Errors
    /// It is gone, or cannot be read.
    pub(super) async fn file(&self, app: &App) -> BlobResult<Staged> {
        match self {
            Self::Uploaded(_, photo) => app.blobs.stage(BlobKey::Photo(photo.id)).await,
            Self::New(checked) => Ok(Staged::in_place(checked.file().to_owned())),
        }
    }
}

impl Checked<Video> {
    /// The file as it was sent.
    ///
    /// # Errors
    /// It is gone, or cannot be read.
    pub(super) async fn file(&self, app: &App) -> BlobResult<Staged> {
        match self {
            Self::Uploaded(_, video) => app.blobs.stage(BlobKey::SourceVideo(video.id)).await,
            Self::New(checked) => Ok(Staged::in_place(checked.file().to_owned())),
        }
    }
}

/// Fetches the inputs that are named by their addresses, all at once. Why one cannot be had joins the faults.
pub(super) async fn fetch(
    app: &App,
    request: &mut JobRequest,
    further: &mut [InputField<Audio>],
    faults: &mut Faults,
) -> Result<(), SubmitError> {
    let client = request.client;
    let photo = join_all(request.photo.iter_mut().map(|field| fetched(app, client, field)));
    let speech = join_all(request.audio.iter_mut().chain(further).map(|field| fetched(app, client, field)));
    let video = join_all(request.video.iter_mut().map(|field| fetched(app, client, field)));
    let (photo, speech, video) = tokio::join!(photo, speech, video);
    for (field, error) in [photo, speech, video].into_iter().flatten().flatten() {
        faults.add_upload(field, error)?;
    }
    Ok(())
}

/// Puts a file into the place of its address, or tells why not, with the field.
async fn fetched<K: UploadKind>(
    app: &App,
    client: Client,
    field: &mut InputField<K>,
) -> Option<(&'static str, UploadError)> {
    let Source::Remote(address) = &field.source else { return None };
    let fetched = app.remote_files.fetch::<K>(client, address).await;
    let (source, error) = match fetched {
        Ok(file) => (Source::File(file), None),
        Err(error) => (Source::Unreadable, Some((field.name, error))),
    };
    field.source = source;
    error
}

/// Looks an input up, or lets `check` look at the file that was sent, of which nothing may be missing where `strict`; tells
/// what is wrong with it.
pub(super) async fn checked<K, F>(
    app: &App,
    field: Option<InputField<K>>,
    strict: bool,
    check: impl FnOnce(Received) -> F,
) -> Result<(Option<Checked<K>>, Faults), SubmitError>
where
    K: UploadKind,
    F: Future<Output = Result<K::Checked, UploadError>>,
{
    let mut faults = Faults::default();
    let Some(InputField { name, source }) = field else { return Ok((None, faults)) };
    match source {
        // What was wrong with it is told already.
        Source::Unreadable | Source::Remote(_) => {}
        Source::Uploaded(id) => match K::find(&*app.uploads, id).await? {
            Some(row) => return Ok((Some(Checked::Uploaded(name, row)), faults)),
            None => faults.add(of_another_kind::<K>(app, name, id).await?.unwrap_or_else(|| not_found::<K>(name, id))),
        },
        Source::File(file) => match check(file).await.and_then(|checked| strict::held_to::<K>(checked, strict)) {
            Ok(checked) => return Ok((Some(Checked::New(checked)), faults)),
            Err(error) => faults.add_upload(name, error)?,
        },
    }
    Ok((None, faults))
}

/// What is said of an id that names something else.
async fn of_another_kind<K: UploadKind>(app: &App, field: &str, id: K::Id) -> StoreResult<Option<Fault>> {
    let Some(named) = naming::named(&*app.uploads, &*app.jobs, &id.to_string()).await? else { return Ok(None) };
    let message = format!("there is no {} {id}: this is the id of {}", K::NOUN, named.noun());
    let remedy = match named.field() {
        Some(other) => format!("send it as `{other}`, and as `{field}` the id of a {}", K::NOUN),
        None => format!("send the id that the {} was answered with when it was uploaded", K::NOUN),
    };
    Ok(Some(Fault::new(field, K::NOT_FOUND, message, remedy)))
}

fn not_found<K: UploadKind>(field: &str, id: K::Id) -> Fault {
    Fault::new(field, K::NOT_FOUND, format!("there is no {} {id}", K::NOUN), "upload it first")
}

/// The uploads that are kept for jobs which are not written yet. Nobody removes them meanwhile.
#[derive(Debug, Default)]
pub(super) struct Kept(Vec<ArrivingUpload>);

impl Kept {
    /// Keeps an input that came with the request; its name, and that of an earlier upload.
    pub(super) async fn keep<K: UploadKind>(
        &mut self,
        app: &App,
        checked: Option<Checked<K>>,
    ) -> Result<Option<K::Id>, SubmitError> {
        match checked {
            None => Ok(None),
            Some(Checked::Uploaded(_, row)) => Ok(Some(row.id())),
            Some(Checked::New(checked)) => {
                self.0.push(app.process.arriving_uploads.announce(K::row(&checked).id().into()));
                let kept = K::keep(checked, &app.intake).await;
                Ok(Some(kept.map_err(|error| SubmitError::of_upload(K::FIELD, error))?.id()))
            }
        }
    }

    /// Removes them: the jobs are not written after all.
    pub(super) async fn discard(self, app: &App) {
        for upload in self.0 {
            let id = upload.id();
            match app.uploads.delete_upload(id).await {
                // Without a row nobody finds the files.
                Ok(Deletion::Deleted) => drop(app.blobs.delete_all(&BlobKey::of_upload(id)).await),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "an upload is left behind"),
            }
        }
    }
}
