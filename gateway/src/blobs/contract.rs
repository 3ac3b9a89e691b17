//! What every keeper of files must do, as tests: `hold_to_contract!` runs them all against one of the caller's making.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::blobs::Blobs;
use crate::blobs::error::BlobError;
use crate::blobs::key::BlobKey;

/// Makes one test of each clause. The expression is a [`Place`] that holds nothing yet.
macro_rules! hold_to_contract {
    ($open:expr) => {
        $crate::blobs::contract::hold_to_contract! { @clauses $open =>
            what_is_put_is_read_and_taken
            what_is_put_again_takes_the_place_of_the_old
            nobody_reads_a_part
            a_range_is_read_to_its_edges
            a_reader_reads_to_the_end_whatever_happens
            what_cannot_be_put_changes_nothing
            what_is_deleted_is_gone_and_may_be_deleted_again
            a_list_holds_what_is_kept_and_nothing_else
            no_two_keys_share_a_file
        }
    };
    (@clauses $open:expr => $($clause:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $clause() {
            $crate::blobs::contract::$clause($open).await;
        }
    )*};
}
pub(super) use hold_to_contract;

/// Blobs that are held to the contract, with a folder for files that are to be put.
pub(super) struct Place {
    blobs: Arc<dyn Blobs>,
    plant: Box<dyn Fn(&str) + Send + Sync>,
    folder: TempDir,
}

impl Place {
    /// `plant` puts a file of a given name, and of no key, where the blobs have theirs.
    pub(super) fn new(
        blobs: impl Blobs + 'static,
        plant: impl Fn(&str) + Send + Sync + 'static,
        folder: TempDir,
    ) -> Self {
        Self { blobs: Arc::new(blobs), plant: Box::new(plant), folder }
    }

    /// A finished file.
    fn file(&self, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(Uuid::now_v7().to_string());
        std::fs::write(&path, content).unwrap();
        path
    }

    async fn put(&self, key: BlobKey, content: &[u8]) {
        self.blobs.put(key, &self.file(content)).await.unwrap();
    }
}

/// All that is kept under a key.
pub(crate) async fn content_of(blobs: &dyn Blobs, key: BlobKey) -> Vec<u8> {
    let mut content = blobs.open(key).await.unwrap();
    let bytes = content.facts().bytes;
    let mut all = Vec::new();
    content.read(0..bytes).await.unwrap().read_to_end(&mut all).await.unwrap();
    all
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn assert_missing(blobs: &dyn Blobs, key: BlobKey) {
    assert!(matches!(blobs.open(key).await, Err(BlobError::NotFound(missing)) if missing == key));
    assert!(matches!(blobs.stage(key).await, Err(BlobError::NotFound(missing)) if missing == key));
}

pub(super) async fn what_is_put_is_read_and_taken(place: Place) {
    let (blobs, key) = (&*place.blobs, BlobKey::Photo(id(1).into()));
    assert_missing(blobs, key).await;
    let file = place.file(b"portrait");
    let long_ago = SystemTime::now() - Duration::from_secs(7200);
    std::fs::File::open(&file).unwrap().set_modified(long_ago).unwrap();
    blobs.put(key, &file).await.unwrap();
    assert!(!file.exists(), "the file is taken");
    assert_eq!(content_of(blobs, key).await, b"portrait");
    assert_eq!(std::fs::read(&*blobs.stage(key).await.unwrap()).unwrap(), b"portrait");

    let content = blobs.open(key).await.unwrap();
    let facts = content.facts();
    let age = SystemTime::now().duration_since(facts.modified).unwrap_or_default();
    assert!(facts.bytes == 8 && age < Duration::from_secs(3600), "its age counts from when it was put: {facts:?}");
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-".contains(letter);
    assert!(!facts.version.is_empty() && facts.version.chars().all(is_plain), "{facts:?}");
    assert_eq!(blobs.open(key).await.unwrap().facts(), facts, "what does not change has one version");
}

pub(super) async fn what_is_put_again_takes_the_place_of_the_old(place: Place) {
    let (blobs, key) = (&*place.blobs, BlobKey::Sound(id(1).into()));
    place.put(key, b"old").await;
    let old = blobs.open(key).await.unwrap().facts().clone();
    place.put(key, b"newer").await;
    let new = blobs.open(key).await.unwrap().facts().clone();
    assert_eq!(content_of(blobs, key).await, b"newer");
    assert_ne!(old.version, new.version);
    let sizes: Vec<_> = blobs.list().await.unwrap().into_iter().map(|entry| (entry.key, entry.bytes)).collect();
    assert_eq!(sizes, [(key, 5)]);
}

pub(super) async fn nobody_reads_a_part(place: Place) {
    const ROUNDS: u8 = 40;
    let key = BlobKey::Video(id(1).into(), 1);
    // Every content is of one letter, and as long as no other.
    let content = |round: u8| vec![round; 200_000 + usize::from(round)];
    place.put(key, &content(0)).await;
    let mut readers = JoinSet::new();
    for _ in 0..2 {
        let blobs = Arc::clone(&place.blobs);
        readers.spawn(async move {
            loop {
                let read = content_of(&*blobs, key).await;
                let staged = std::fs::read(&*blobs.stage(key).await.unwrap()).unwrap();
                for read in [&read, &staged] {
                    assert_eq!(read.len(), 200_000 + usize::from(read[0]));
                    assert!(read.iter().all(|letter| *letter == read[0]), "two contents are mixed");
                }
                if read[0] == ROUNDS {
                    return;
                }
            }
        });
    }
    for round in 1..=ROUNDS {
        place.put(key, &content(round)).await;
    }
    while let Some(reader) = readers.join_next().await {
        reader.unwrap();
    }
}

pub(super) async fn a_range_is_read_to_its_edges(place: Place) {
    let (blobs, key) = (&*place.blobs, BlobKey::SourceVideo(id(1).into()));
    let all: Vec<u8> = (0..300_001_u32).map(|n| (n % 251) as u8).collect();
    place.put(key, &all).await;
    let end = all.len() as u64;
    for range in [0..end, 0..1, 0..0, 1..end, 70_000..200_001, end - 1..end, end..end, 5..end + 9, end + 1..end + 9] {
        let mut read = Vec::new();
        let mut content = blobs.open(key).await.unwrap();
        content.read(range.clone()).await.unwrap().read_to_end(&mut read).await.unwrap();
        let place = |n: u64| usize::try_from(n.min(end)).unwrap();
        assert!(read == all[place(range.start)..place(range.end)], "{range:?} gave {} bytes", read.len());
    }
}

pub(super) async fn a_reader_reads_to_the_end_whatever_happens(place: Place) {
    let (blobs, key) = (&*place.blobs, BlobKey::Video(id(1).into(), 1));
    let old = vec![b'o'; 3 << 20];
    for replaced in [true, false] {
        place.put(key, &old).await;
        let mut reader = blobs.open(key).await.unwrap().read(0..old.len() as u64).await.unwrap();
        let mut read = vec![0; 10];
        reader.read_exact(&mut read).await.unwrap();
        if replaced {
            place.put(key, b"new").await;
        } else {
            blobs.delete(key).await.unwrap();
        }
        reader.read_to_end(&mut read).await.unwrap();
        assert!(read == old, "{} bytes of {}", read.len(), old.len());
    }
}

pub(super) async fn what_cannot_be_put_changes_nothing(place: Place) {
    let (blobs, key) = (&*place.blobs, BlobKey::Photo(id(1).into()));
    let nothing = place.folder.path().join("nothing");
    let failed = blobs.put(key, &nothing).await;
    assert!(matches!(failed, Err(BlobError::Other(_))), "{failed:?}");
    assert_missing(blobs, key).await;
    place.put(key, b"kept").await;
    blobs.put(key, &nothing).await.unwrap_err();
    assert_eq!(content_of(blobs, key).await, b"kept");
}

pub(super) async fn what_is_deleted_is_gone_and_may_be_deleted_again(place: Place) {
    let (blobs, key) = (&*place.blobs, BlobKey::Thumbnail(id(1).into(), 1));
    assert_eq!(blobs.delete(key).await.unwrap(), 0);
    place.put(key, b"12345").await;
    let (one, other) = tokio::join!(blobs.delete(key), blobs.delete(key));
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_missing(blobs, key).await;
    assert_eq!((blobs.delete(key).await.unwrap(), blobs.list().await.unwrap()), (0, vec![]));

    let [video, thumbnail] = BlobKey::of_attempt(id(1).into(), 2);
    place.put(video, b"123").await;
    place.put(thumbnail, b"12345").await;
    assert_eq!(blobs.delete_all(&[video, key, thumbnail]).await.unwrap(), 8);
    assert_eq!(blobs.list().await.unwrap(), []);
    place.put(key, b"again").await;
    assert_eq!(content_of(blobs, key).await, b"again");
}

pub(super) async fn a_list_holds_what_is_kept_and_nothing_else(place: Place) {
    assert_eq!(place.blobs.list().await.unwrap(), []);
    let mut keys = every_kind(7);
    for (n, key) in keys.iter().enumerate() {
        place.put(*key, &vec![b'x'; n + 1]).await;
    }
    let name = BlobKey::Photo(id(8).into()).to_string();
    for foreign in ["photos/notes.txt", "audio/.hidden", &format!("{name}.part"), &name.replace(".png", ".jpg")] {
        (place.plant)(foreign);
    }
    let mut listed = place.blobs.list().await.unwrap();
    listed.sort_by_key(|entry| entry.bytes);
    let bytes: Vec<_> = listed.iter().map(|entry| entry.bytes).collect();
    assert_eq!(bytes, (1..=keys.len() as u64).collect::<Vec<_>>());
    let now = SystemTime::now();
    assert!(listed.iter().all(|entry| now.duration_since(entry.modified).unwrap_or_default().as_secs() < 3600));
    let mut listed: Vec<_> = listed.into_iter().map(|entry| entry.key).collect();
    listed.sort();
    keys.sort();
    assert_eq!(listed, keys);
}

pub(super) async fn no_two_keys_share_a_file(place: Place) {
    let keys: Vec<_> = [every_kind(1), every_kind(2)].concat();
    for key in &keys {
        place.put(*key, format!("{key:?}").as_bytes()).await;
    }
    for key in &keys {
        assert_eq!(content_of(&*place.blobs, *key).await, format!("{key:?}").as_bytes());
    }
}

/// A key of every kind, and of two attempts.
fn every_kind(n: u128) -> Vec<BlobKey> {
    let id = id(n);
    let mut keys = vec![
        BlobKey::Photo(id.into()),
        BlobKey::Speech(id.into()),
        BlobKey::Sound(id.into()),
        BlobKey::SourceVideo(id.into()),
    ];
    keys.extend(BlobKey::of_attempt(id.into(), 1));
    keys.extend(BlobKey::of_attempt(id.into(), 12));
    keys
}
