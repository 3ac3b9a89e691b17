//! Which files a row names, and what it says of each.

use std::collections::BTreeMap;

use crate::blobs::key::BlobKey;
use crate::store::sqlite::backup::{FileOwner, FileRow, FileRows};

/// What is known of a file that there is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    /// Size in bytes and SHA-256. Of what the gateway has made of an upload, rows say neither.
    pub(super) content: Option<(u64, String)>,
    /// Whether its row may be whole without it.
    pub(super) is_optional: bool,
}

/// Every file that these rows name.
pub(super) fn expected(rows: &FileRows) -> BTreeMap<BlobKey, Expected> {
    rows.owners.iter().flat_map(|row| keys(row.owner).into_iter().map(|key| (key, of(key, row)))).collect()
}

fn keys(owner: FileOwner) -> Vec<BlobKey> {
    match owner {
        FileOwner::Upload(id) => BlobKey::of_upload(id),
        FileOwner::Video(job, attempt) => BlobKey::of_attempt(job, attempt).into(),
    }
}

fn of(key: BlobKey, row: &FileRow) -> Expected {
    let is_as_told = match key {
        BlobKey::Sound(_) | BlobKey::SourceVideo(_) | BlobKey::Video(..) => true,
        BlobKey::Photo(_) | BlobKey::Speech(_) | BlobKey::Thumbnail(..) => false,
    };
    Expected {
        content: is_as_told.then(|| (row.bytes, row.sha256.clone())),
        // Of some videos no picture could be made.
        is_optional: matches!(key, BlobKey::Thumbnail(..)),
    }
}
