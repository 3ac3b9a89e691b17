//! What every store must do with uploads.

use std::sync::Arc;

use avatar_media::faces::Face;
use avatar_media::picture::PictureFormat;
use uuid::Uuid;

use super::at;
use crate::job::id::{AudioId, PhotoId};
use crate::store::UploadStore;
use crate::upload::{Audio, Photo};

pub(in crate::store) async fn uploads_are_read_as_they_were_written(uploads: Arc<dyn UploadStore>) {
    let formats = [PictureFormat::Jpeg, PictureFormat::Png, PictureFormat::WebP];
    for (n, format) in (1..).zip(formats) {
        let face = Face { x: 0.1, y: 1.0 / 3.0, width: 200.7, height: 1e-7, score: 33.3 };
        let photo = Photo {
            id: PhotoId::from(Uuid::from_u128(n)),
            format,
            width: 640,
            height: u32::MAX,
            bytes: 123_456_789_012,
            sha256: "ab".repeat(32),
            faces: vec![face, Face { x: 0.0, ..face }],
            created_at: at(3),
        };
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
