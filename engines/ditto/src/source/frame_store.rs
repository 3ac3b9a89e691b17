//! Keeps the frames and feature volumes of a source video on disk: 8 MiB and the picture each are too much for memory.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use engine_vision::raster::Raster;

use crate::networks::VOLUME_LEN;

/// Bytes of a feature volume.
const VOLUME_BYTES: u64 = VOLUME_LEN as u64 * 4;

/// A file of records, each a picture and its volume. It has no name any more, so that nothing is left behind.
#[derive(Debug)]
pub struct FrameStore {
    file: File,
    width: usize,
    height: usize,
    frames: u64,
}

impl FrameStore {
    /// An empty file in a folder, for RGB pictures of this size.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn create(folder: &Path, width: usize, height: usize) -> io::Result<Self> {
        let path = folder.join("clip.frames");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        fs::remove_file(&path)?;
        Ok(Self { file, width, height, frames: 0 })
    }

    /// Width and height of the pictures.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Bytes that a frame takes, for pictures of this size.
    #[must_use]
    pub fn frame_bytes(width: usize, height: usize) -> u64 {
        (width * height * 3) as u64 + VOLUME_BYTES
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// Where the disk is full.
    ///
    /// # Panics
    /// If the picture or the volume has another size.
    pub fn push(&mut self, picture: &Raster<u8>, volume: &[f32]) -> io::Result<()> {
        assert_eq!((picture.width(), picture.height()), (self.width, self.height), "the picture's size");
        assert_eq!(volume.len(), VOLUME_LEN, "the volume's size");
        let start = self.start(self.frames);
        self.file.write_all_at(bytemuck::cast_slice(volume), start)?;
        self.file.write_all_at(picture.data(), start + VOLUME_BYTES)?;
        self.frames += 1;
        Ok(())
    }

    /// Reads the picture of a frame into `out`.
    ///
    /// # Errors
    /// Where there is no such frame, or the disk fails.
    pub fn picture(&self, frame: usize, out: &mut Raster<u8>) -> io::Result<()> {
        self.file.read_exact_at(out.data_mut(), self.start(frame as u64) + VOLUME_BYTES)
    }

    /// Reads the volume of a frame.
    ///
    /// # Errors
    /// Where there is no such frame, or the disk fails.
    pub fn volume(&self, frame: usize) -> io::Result<Vec<f32>> {
        let mut volume = vec![0.0; VOLUME_LEN];
        self.file.read_exact_at(bytemuck::cast_slice_mut(&mut volume), self.start(frame as u64))?;
        Ok(volume)
    }

    fn start(&self, frame: u64) -> u64 {
        frame * Self::frame_bytes(self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_in_any_order_and_nothing_is_left_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = FrameStore::create(folder.path(), 4, 2).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let picture = |frame: u8| Raster::new(4, 2, 3, vec![frame; 24]).unwrap();
        for frame in 0..3 {
            store.push(&picture(frame), &vec![f32::from(frame) + 0.5; VOLUME_LEN]).unwrap();
        }
        let mut out = Raster::zeros(4, 2, 3);
        for frame in [2, 0, 1, 1] {
            store.picture(frame, &mut out).unwrap();
            assert_eq!(out, picture(frame as u8));
            let volume = store.volume(frame).unwrap();
            assert!(volume.iter().all(|value| *value == frame as f32 + 0.5));
        }
        assert!(store.volume(3).is_err());
    }
}
