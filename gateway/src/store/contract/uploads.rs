//! What every store must do with uploads.

use std::sync::Arc;

use avatar_media::faces::Face;
use avatar_media::picture::{PictureFormat, Rotation};
use uuid::Uuid;

use crate::domain::code::Code;
use crate::domain::id::{AudioId, BatchId, PhotoId, VideoId};
use crate::domain::job::Inputs;
use crate::domain::upload::region::Region;
use crate::domain::upload::verdict::Verdict;
use crate::domain::upload::warning::Warning;
use crate::domain::upload::{Audio, Photo, UploadId, Video};
use crate::store::contract::samples::{at, claim, id, new_job, succeeded};
use crate::store::error::InsertError;
use crate::store::jobs::{IdempotencyKey, JobStore, NewJob};
use crate::store::uploads::{Deletion, UploadStore};

pub(in crate::store) async fn uploads_are_read_as_they_were_written(uploads: Arc<dyn UploadStore>) {
    for (n, format) in (1..).zip(PictureFormat::ALL) {
        let photo = Photo { format, ..photo(n) };
        uploads.insert_photo(&photo, None).await.unwrap();
        assert_eq!(uploads.photo(photo.id).await.unwrap(), Some(photo));
    }
    assert_eq!(uploads.photo(PhotoId::from(Uuid::from_u128(9))).await.unwrap(), None);

    let audio = audio(1);
    uploads.insert_audio(&audio, None).await.unwrap();
    uploads.insert_audio(&audio, None).await.unwrap_err();
    assert_eq!(uploads.audio(audio.id).await.unwrap(), Some(audio));
    assert_eq!(uploads.audio(AudioId::from(Uuid::from_u128(9))).await.unwrap(), None);

    for (n, sound_codec) in [(1, None), (2, Some("aac".to_owned()))] {
        let video = Video { sound_codec, ..video(n) };
        uploads.insert_video(&video).await.unwrap();
        assert_eq!(uploads.video(video.id).await.unwrap(), Some(video));
    }
    assert_eq!(uploads.video(VideoId::from(Uuid::from_u128(9))).await.unwrap(), None);
}

pub(in crate::store) async fn uploads_are_found_by_what_they_were_checked_as(uploads: Arc<dyn UploadStore>) {
    for (n, check) in [(1, Some("a")), (2, Some("b")), (3, Some("a")), (4, None)] {
        uploads.insert_photo(&photo(n), check).await.unwrap();
        uploads.insert_audio(&audio(n), check).await.unwrap();
    }
    for (check, found) in [("a", Some(3)), ("b", Some(2)), ("c", None), ("", None)] {
        assert_eq!(uploads.photo_checked_as(check).await.unwrap(), found.map(photo), "{check}");
        assert_eq!(uploads.audio_checked_as(check).await.unwrap(), found.map(audio), "{check}");
    }
    uploads.delete_upload(photo(3).id.into()).await.unwrap();
    assert_eq!(uploads.photo_checked_as("a").await.unwrap(), Some(photo(1)), "the latest that is there");
}

pub(in crate::store) async fn lists_of_uploads_are_pages(uploads: Arc<dyn UploadStore>) {
    assert_eq!(uploads.photos(None, 10).await.unwrap(), []);
    for n in 1..=5 {
        uploads.insert_photo(&photo(n), None).await.unwrap();
        uploads.insert_audio(&audio(n), None).await.unwrap();
        uploads.insert_video(&video(n)).await.unwrap();
    }
    let first = uploads.photos(None, 2).await.unwrap();
    assert_eq!(first, [photo(5), photo(4)]);
    uploads.insert_photo(&photo(6), None).await.unwrap();
    assert_eq!(uploads.photos(Some(first[1].id), 2).await.unwrap(), [photo(3), photo(2)]);
    assert_eq!(uploads.photos(Some(photo(2).id), 2).await.unwrap(), [photo(1)]);
    assert_eq!(uploads.photos(Some(photo(1).id), 2).await.unwrap(), []);
    assert_eq!(uploads.audios(Some(audio(3).id), 2).await.unwrap(), [audio(2), audio(1)]);
    assert_eq!(uploads.videos(None, 2).await.unwrap(), [video(5), video(4)]);
}

pub(in crate::store) async fn an_upload_goes_unless_a_job_needs_it<Store>(store: Arc<Store>)
where
    Store: JobStore + UploadStore + 'static,
{
    let jobs: Arc<dyn JobStore> = store.clone();
    let (photo, audio, video) = (photo(1), audio(1), video(1));
    let ids: [UploadId; 3] = [photo.id.into(), audio.id.into(), video.id.into()];
    for id in ids {
        assert_eq!(store.delete_upload(id).await.unwrap(), Deletion::Missing);
    }
    store.insert_photo(&photo, None).await.unwrap();
    store.insert_audio(&audio, None).await.unwrap();
    store.insert_video(&video).await.unwrap();
    let inputs = Inputs { photo_id: Some(photo.id), audio_id: Some(audio.id), video_id: Some(video.id) };
    jobs.insert(NewJob { inputs, ..new_job(1, "puppet") }, at(0)).await.unwrap();
    for id in ids {
        assert_eq!(store.delete_upload(id).await.unwrap(), Deletion::InUse, "the job is queued");
    }
    let lease = claim(&jobs, "puppet", 1).await;
    for id in ids {
        assert_eq!(store.delete_upload(id).await.unwrap(), Deletion::InUse, "the job is running");
    }
    assert!(store.photo(photo.id).await.unwrap().is_some());

    jobs.finish(&lease, succeeded(lease.attempt), at(2)).await.unwrap();
    jobs.set_hold(id(1), true).await.unwrap();
    for id in ids {
        assert_eq!(store.delete_upload(id).await.unwrap(), Deletion::Held);
    }
    jobs.set_hold(id(1), false).await.unwrap();
    for id in ids {
        assert_eq!(store.delete_upload(id).await.unwrap(), Deletion::Deleted);
        assert_eq!(store.delete_upload(id).await.unwrap(), Deletion::Missing);
    }
    assert_eq!(store.photo(photo.id).await.unwrap(), None);
    assert_eq!(jobs.job(id(1)).await.unwrap().unwrap().inputs, inputs, "the job still tells what it was made from");
}

pub(in crate::store) async fn a_job_is_written_only_if_its_uploads_are_there<Store>(store: Arc<Store>)
where
    Store: JobStore + UploadStore + 'static,
{
    let (photo, audio, video) = (photo(1), audio(1), video(1));
    let inputs = Inputs { photo_id: Some(photo.id), audio_id: Some(audio.id), video_id: Some(video.id) };
    let job = |n| NewJob { inputs, ..new_job(n, "puppet") };
    let key = IdempotencyKey { key: "key".into(), request: "request".into() };
    let batch = BatchId::from(Uuid::from_u128(1));
    let mut gone: Vec<UploadId> = vec![photo.id.into(), audio.id.into(), video.id.into()];
    while !gone.is_empty() {
        let refusals = [
            store.insert(job(1), at(0)).await.unwrap_err(),
            store.insert_once(job(1), &key, at(0)).await.unwrap_err(),
            store.insert_batch(batch, false, &[new_job(2, "puppet"), job(1)], at(0)).await.unwrap_err(),
        ];
        for refusal in refusals {
            assert!(matches!(&refusal, InsertError::InputsGone(told) if *told == gone), "{refusal:?}, not {gone:?}");
        }
        assert_eq!((store.job(id(1)).await.unwrap(), store.job(id(2)).await.unwrap()), (None, None));
        assert_eq!(store.once(&key, at(0)).await.unwrap(), None);
        match gone.remove(0) {
            UploadId::Photo(_) => store.insert_photo(&photo, None).await.unwrap(),
            UploadId::Audio(_) => store.insert_audio(&audio, None).await.unwrap(),
            UploadId::Video(_) => store.insert_video(&video).await.unwrap(),
        }
    }
    store.insert(job(1), at(0)).await.unwrap();
    store.insert_once(job(2), &key, at(0)).await.unwrap();
    store.insert_batch(batch, false, &[job(3)], at(0)).await.unwrap();
}

pub(in crate::store) async fn no_upload_goes_while_a_job_is_made_of_it<Store>(store: Arc<Store>)
where
    Store: JobStore + UploadStore + 'static,
{
    let (mut written, mut deleted) = (0, 0);
    for n in 1..=100 {
        let photo = photo(n);
        store.insert_photo(&photo, None).await.unwrap();
        let inputs = Inputs { photo_id: Some(photo.id), ..Inputs::default() };
        let job = NewJob { inputs, ..new_job(n, "puppet") };
        let inserting = Arc::clone(&store);
        let inserting = tokio::spawn(async move { inserting.insert(job, at(0)).await });
        if n % 2 == 0 {
            tokio::task::yield_now().await;
        }
        let deletion = store.delete_upload(photo.id.into()).await.unwrap();
        match inserting.await.unwrap() {
            Ok(_) => assert_eq!(deletion, Deletion::InUse),
            Err(_) => assert_eq!(deletion, Deletion::Deleted),
        }
        assert_eq!(store.photo(photo.id).await.unwrap().is_some(), deletion == Deletion::InUse);
        written += u32::from(deletion == Deletion::InUse);
        deleted += u32::from(deletion == Deletion::Deleted);
    }
    assert_eq!(written + deleted, 100, "{written} jobs written, {deleted} photos deleted");
}

pub(super) fn audio(n: u128) -> Audio {
    Audio {
        id: AudioId::from(Uuid::from_u128(n)),
        seconds: 12.345_678_9,
        sample_rate: 44_100,
        channels: 2,
        codec: "pcm_s16le".into(),
        container: "wav".into(),
        bytes: 2_177_822,
        sha256: "cd".repeat(32),
        warnings: vec![Warning { code: Code::AudioSilent.into(), message: "the sound is silent".into() }],
        created_at: at(4),
    }
}

pub(super) fn video(n: u128) -> Video {
    Video {
        id: VideoId::from(Uuid::from_u128(n)),
        seconds: 1.0 / 3.0,
        width: 1920,
        height: 1080,
        fps: 30_000.0 / 1001.0,
        frames: 10,
        codec: "h264".into(),
        container: "mp4".into(),
        sound_codec: Some("aac".into()),
        bytes: 1 << 40,
        sha256: "12".repeat(32),
        warnings: vec![Warning { code: Code::UploadDamaged.into(), message: "a picture is damaged".into() }],
        created_at: at(5),
    }
}

pub(super) fn photo(n: u128) -> Photo {
    let face = Face { x: 0.1, y: 1.0 / 3.0, width: 200.7, height: 1e-7, score: 33.3 };
    Photo {
        id: PhotoId::from(Uuid::from_u128(n)),
        format: PictureFormat::Jpeg,
        width: 640,
        height: u32::MAX,
        bytes: 123_456_789_012,
        sha256: "ab".repeat(32),
        faces: vec![face, Face { x: 0.0, ..face }],
        verdict: Verdict {
            valid: true,
            code: None,
            message: "the photo can be used".into(),
            remedy: String::new(),
            warnings: vec![Warning { code: Code::ImageSmall.into(), message: "300x300".into() }],
            face: Some(1),
            crop: None,
            kept: Some(Region { x: 1, y: 2, width: 300, height: u32::MAX }),
            turned: Some(Rotation::By270),
        },
        created_at: at(3),
    }
}
