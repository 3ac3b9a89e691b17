//! What every store must do with uploads.

use std::sync::Arc;

use avatar_media::faces::Face;
use avatar_media::picture::PictureFormat;
use uuid::Uuid;

use super::{at, claim, id, new_job, succeeded};
use crate::intake::crop::Region;
use crate::intake::verdict::{Verdict, Warning};
use crate::job::Inputs;
use crate::job::id::{AudioId, PhotoId};
use crate::store::{Deletion, JobStore, NewJob, UploadStore};
use crate::upload::{Audio, Photo};

pub(in crate::store) async fn uploads_are_read_as_they_were_written(uploads: Arc<dyn UploadStore>) {
    let formats = [PictureFormat::Jpeg, PictureFormat::Png, PictureFormat::WebP];
    for (n, format) in (1..).zip(formats) {
        let photo = Photo { format, ..photo(n) };
        uploads.insert_photo(&photo).await.unwrap();
        assert_eq!(uploads.photo(photo.id).await.unwrap(), Some(photo));
    }
    assert_eq!(uploads.photo(PhotoId::from(Uuid::from_u128(9))).await.unwrap(), None);

    let audio = Audio {
        id: AudioId::from(Uuid::from_u128(1)),
        seconds: 12.345_678_9,
        sample_rate: 44_100,
        channels: 2,
        codec: "pcm_s16le".into(),
        container: "wav".into(),
        bytes: 2_177_822,
        sha256: "cd".repeat(32),
        created_at: at(4),
    };
    uploads.insert_audio(&audio).await.unwrap();
    uploads.insert_audio(&audio).await.unwrap_err();
    assert_eq!(uploads.audio(audio.id).await.unwrap(), Some(audio));
    assert_eq!(uploads.audio(AudioId::from(Uuid::from_u128(9))).await.unwrap(), None);
}

pub(in crate::store) async fn lists_of_photos_are_pages(uploads: Arc<dyn UploadStore>) {
    assert_eq!(uploads.photos(None, 10).await.unwrap(), []);
    for n in 1..=5 {
        uploads.insert_photo(&photo(n)).await.unwrap();
    }
    let first = uploads.photos(None, 2).await.unwrap();
    assert_eq!(first, [photo(5), photo(4)]);
    uploads.insert_photo(&photo(6)).await.unwrap();
    assert_eq!(uploads.photos(Some(first[1].id), 2).await.unwrap(), [photo(3), photo(2)]);
    assert_eq!(uploads.photos(Some(photo(2).id), 2).await.unwrap(), [photo(1)]);
    assert_eq!(uploads.photos(Some(photo(1).id), 2).await.unwrap(), []);
}

pub(in crate::store) async fn a_photo_goes_unless_a_job_needs_it<Store>(store: Arc<Store>)
where
    Store: JobStore + UploadStore + 'static,
{
    let jobs: Arc<dyn JobStore> = store.clone();
    let photo = photo(1);
    assert_eq!(store.delete_photo(photo.id).await.unwrap(), Deletion::Missing);
    store.insert_photo(&photo).await.unwrap();
    let inputs = Inputs { photo_id: Some(photo.id), ..Inputs::default() };
    jobs.insert(NewJob { inputs, ..new_job(1, "puppet") }, at(0)).await.unwrap();
    assert_eq!(store.delete_photo(photo.id).await.unwrap(), Deletion::InUse, "the job is queued");
    let lease = claim(&jobs, "puppet", 1).await;
    assert_eq!(store.delete_photo(photo.id).await.unwrap(), Deletion::InUse, "the job is running");
    assert!(store.photo(photo.id).await.unwrap().is_some());

    jobs.finish(&lease, succeeded(lease.attempt), at(2)).await.unwrap();
    jobs.set_hold(id(1), true).await.unwrap();
    assert_eq!(store.delete_photo(photo.id).await.unwrap(), Deletion::Held);
    jobs.set_hold(id(1), false).await.unwrap();
    assert_eq!(store.delete_photo(photo.id).await.unwrap(), Deletion::Deleted);
    assert_eq!(store.photo(photo.id).await.unwrap(), None);
    assert_eq!(store.delete_photo(photo.id).await.unwrap(), Deletion::Missing);
    assert_eq!(jobs.job(id(1)).await.unwrap().unwrap().inputs, inputs, "the job still tells what it was made from");
}

fn photo(n: u128) -> Photo {
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
            code: "ok".into(),
            message: "the photo can be used".into(),
            remedy: String::new(),
            warnings: vec![Warning { code: "image.small".into(), message: "300x300".into() }],
            face: Some(1),
            crop: None,
            kept: Some(Region { x: 1, y: 2, width: 300, height: u32::MAX }),
        },
        created_at: at(3),
    }
}
