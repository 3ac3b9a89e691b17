//! What photos, speech and source videos have in common, so that requests treat them alike.

use std::fmt::Display;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;

use engine_api::Input;

use crate::config::Limits;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::id::{AudioId, PhotoId, VideoId};
use crate::domain::upload::verdict::Choice;
use crate::domain::upload::warning::Warning;
use crate::domain::upload::{Audio, Photo, UploadId, Video};
use crate::intake::error::UploadError;
use crate::intake::incoming::Received;
use crate::intake::{Intake, audio, photo, video};
use crate::store::error::StoreResult;
use crate::store::uploads::UploadStore;

/// A kind of upload, by the type of its row.
pub trait UploadKind: Sized + Send + Sync {
    /// The field of a job's request: `photo`.
    const FIELD: &'static str;
    /// The first part of the setting that limits its files: `image`.
    const FILE: &'static str;
    /// In a sentence: "there is no photo".
    const NOUN: &'static str;
    /// What engines call it.
    const INPUT: Input;
    /// The code of a file with too many bytes.
    const TOO_LARGE: Code;
    /// The code of an id under which there is none.
    const NOT_FOUND: Code;
    /// The code of one that an unfinished job needs.
    const IN_USE: Code;
    /// The code of one that a job on hold was made from.
    const HELD: Code;
    /// Its name.
    type Id: FromStr + Display + Copy + Into<UploadId> + Send + Sync;
    /// One that may be kept.
    type Checked: Send;

    /// The largest file, in bytes.
    fn limit(limits: &Limits) -> u64;

    /// Reads a row.
    fn find(uploads: &dyn UploadStore, id: Self::Id) -> impl Future<Output = StoreResult<Option<Self>>> + Send;

    /// Checks a file that came without anything said about it.
    fn check(
        intake: &Arc<Intake>,
        client: Client,
        file: Received,
    ) -> impl Future<Output = Result<Self::Checked, UploadError>> + Send;

    /// The future row of one that may be kept.
    fn row(checked: &Self::Checked) -> &Self;

    /// Puts files and row in place.
    fn keep(checked: Self::Checked, intake: &Arc<Intake>) -> impl Future<Output = Result<Self, UploadError>> + Send;

    /// Its name.
    fn id(&self) -> Self::Id;

    /// What its sender should know.
    fn warnings(&self) -> &[Warning];
}

impl UploadKind for Photo {
    const FIELD: &'static str = "photo";
    const FILE: &'static str = "image";
    const NOUN: &'static str = "photo";
    const INPUT: Input = Input::Portrait;
    const TOO_LARGE: Code = Code::ImageTooLarge;
    const NOT_FOUND: Code = Code::PhotoNotFound;
    const IN_USE: Code = Code::PhotoInUse;
    const HELD: Code = Code::PhotoHeld;
    type Id = PhotoId;
    type Checked = photo::CheckedPhoto;

    fn limit(limits: &Limits) -> u64 {
        limits.image_bytes
    }

    async fn find(uploads: &dyn UploadStore, id: PhotoId) -> StoreResult<Option<Self>> {
        uploads.photo(id).await
    }

    async fn check(intake: &Arc<Intake>, client: Client, file: Received) -> Result<Self::Checked, UploadError> {
        photo::check(intake, client, file, Choice::default()).await
    }

    fn row(checked: &Self::Checked) -> &Self {
        checked.photo()
    }

    async fn keep(checked: Self::Checked, intake: &Arc<Intake>) -> Result<Self, UploadError> {
        checked.keep(intake).await
    }

    fn id(&self) -> PhotoId {
        self.id
    }

    fn warnings(&self) -> &[Warning] {
        &self.verdict.warnings
    }
}

impl UploadKind for Audio {
    const FIELD: &'static str = "audio";
    const FILE: &'static str = "audio";
    const NOUN: &'static str = "speech";
    const INPUT: Input = Input::Speech;
    const TOO_LARGE: Code = Code::AudioTooLarge;
    const NOT_FOUND: Code = Code::AudioNotFound;
    const IN_USE: Code = Code::AudioInUse;
    const HELD: Code = Code::AudioHeld;
    type Id = AudioId;
    type Checked = audio::CheckedAudio;

    fn limit(limits: &Limits) -> u64 {
        limits.audio_bytes
    }

    async fn find(uploads: &dyn UploadStore, id: AudioId) -> StoreResult<Option<Self>> {
        uploads.audio(id).await
    }

    async fn check(intake: &Arc<Intake>, client: Client, file: Received) -> Result<Self::Checked, UploadError> {
        audio::check(intake, client, file).await
    }

    fn row(checked: &Self::Checked) -> &Self {
        checked.audio()
    }

    async fn keep(checked: Self::Checked, intake: &Arc<Intake>) -> Result<Self, UploadError> {
        checked.keep(intake).await
    }

    fn id(&self) -> AudioId {
        self.id
    }

    fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

impl UploadKind for Video {
    const FIELD: &'static str = "video";
    const FILE: &'static str = "video";
    const NOUN: &'static str = "source video";
    const INPUT: Input = Input::SourceVideo;
    const TOO_LARGE: Code = Code::VideoTooLarge;
    const NOT_FOUND: Code = Code::VideoNotFound;
    const IN_USE: Code = Code::VideoInUse;
    const HELD: Code = Code::VideoHeld;
    type Id = VideoId;
    type Checked = video::CheckedVideo;

    fn limit(limits: &Limits) -> u64 {
        limits.video_bytes
    }

    async fn find(uploads: &dyn UploadStore, id: VideoId) -> StoreResult<Option<Self>> {
        uploads.video(id).await
    }

    async fn check(intake: &Arc<Intake>, client: Client, file: Received) -> Result<Self::Checked, UploadError> {
        video::check(intake, client, file).await
    }

    fn row(checked: &Self::Checked) -> &Self {
        checked.video()
    }

    async fn keep(checked: Self::Checked, intake: &Arc<Intake>) -> Result<Self, UploadError> {
        checked.keep(intake).await
    }

    fn id(&self) -> VideoId {
        self.id
    }

    fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
