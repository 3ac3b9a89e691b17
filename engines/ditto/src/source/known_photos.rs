//! Photos that were registered lately: jobs of the same one follow each other.
//!
//! They are kept in memory and not on disk, where what was made of somebody's face would outlive the photo that they have deleted.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::avatar::{Avatar, AvatarError, Wanted};
use super::registration::Registrar;

/// So many are kept: of a photo of 1920 by 1920 pixels, 19 MiB.
const MOST: usize = 4;

/// Avatars of photos, the one that was used last at the end.
#[derive(Default)]
pub struct KnownPhotos(VecDeque<Known>);

struct Known {
    sha256: [u8; 32],
    wanted: Wanted,
    avatar: Arc<Avatar>,
}

impl KnownPhotos {
    /// The avatar of a photo, a picture file: one that is known, or a new one.
    ///
    /// # Errors
    /// Where it cannot be read, or shows no face.
    pub fn avatar(
        &mut self,
        registrar: &mut Registrar,
        file: &Path,
        wanted: &Wanted,
    ) -> Result<Arc<Avatar>, AvatarError> {
        let bytes = std::fs::read(file).map_err(AvatarError::Read)?;
        let sha256 = Sha256::digest(&bytes).into();
        let place = self.0.iter().position(|known| known.sha256 == sha256 && known.wanted.is_alike_for_photos(wanted));
        let known = match place.and_then(|place| self.0.remove(place)) {
            Some(known) => known,
            None => {
                let avatar = Arc::new(Avatar::of_photo(registrar, &bytes, wanted)?);
                Known { sha256, wanted: wanted.clone(), avatar }
            }
        };
        let avatar = Arc::clone(&known.avatar);
        self.0.push_back(known);
        if self.0.len() > MOST {
            self.0.pop_front();
        }
        Ok(avatar)
    }
}
