//! The avatar: a registered source, its pictures, motion, feature volumes and eyes.

use std::io;
use std::ops::Range;
use std::path::Path;

use avatar_media::video::SourceVideoError;
use engine_api::EngineError;
use engine_vision::raster::Raster;
use engine_vision::warp_affine::Affine;
use thiserror::Error;

use crate::face::crop::affine;
use crate::face::error::RegisterError;
use crate::motion::condition::Face;
use crate::motion::{SourceMotion, WINDOW};
use crate::settings::Settings;
use crate::source::frame_store::FrameStore;
use crate::source::photo::{self, SourceError};
use crate::source::presence::Presence;
use crate::source::registration::{Look, Registered, Registrar};
use crate::source::smooth::smoothed;
use crate::source::track::Track;
use crate::source::video::{self, FramesError};

/// Why there is no avatar.
#[derive(Debug, Error)]
pub enum AvatarError {
    /// The face is not found, or is lost.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The photo cannot be used, or a picture of the clip.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The clip cannot be decoded.
    #[error("the source video cannot be used: {0}")]
    Clip(#[from] SourceVideoError),
    /// The clip has no pictures.
    #[error("the source video has no picture")]
    Empty,
    /// The eyes are not seen, and the motion is made for them.
    #[error(
        "the eyes were not found in frame {frame} of the source; take one in which they are seen, or let a configured \
         character stand for them (`ch_info`: \"configured\")"
    )]
    NoEyes {
        /// The frame, counted from 0.
        frame: usize,
    },
    /// The photo cannot be read.
    #[error("cannot read the portrait: {0}")]
    Read(io::Error),
    /// The frames of a clip cannot be kept on disk.
    #[error("cannot keep the frames of the source video on disk: {0}")]
    FrameStore(io::Error),
    /// Whoever waits for it does so no more.
    #[error(transparent)]
    Host(#[from] EngineError),
}

impl From<FramesError> for AvatarError {
    fn from(error: FramesError) -> Self {
        match error {
            FramesError::Video(error) => Self::Clip(error),
            FramesError::Picture(error) => Self::Source(error),
        }
    }
}

/// A registered source.
#[derive(Debug)]
pub struct Avatar {
    /// Columns of its pictures, even.
    pub width: usize,
    /// Rows of its pictures, even.
    pub height: usize,
    /// Its pictures and their feature volumes.
    pub pictures: Pictures,
    /// Pose and expression of each frame.
    pub motions: Vec<SourceMotion>,
    /// Where the square of each frame lies in its picture.
    pub placements: Vec<Affine>,
    /// Its eyes by frame, where they are wanted, and its keypoints at rest.
    pub face: Face,
    /// What there is to say of it.
    pub remarks: Remarks,
}

/// What whoever sent a source should know of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Frames after which no more of a clip could be kept on disk.
    pub cut_after: Option<usize>,
    /// Frames in which no face was seen where it should have been.
    pub unseen: Vec<Range<usize>>,
}

/// Pictures and their feature volumes.
#[derive(Debug)]
pub enum Pictures {
    /// Those of a photo: RGB, and (32, 16, 64, 64).
    Photo(Raster<u8>, Vec<f32>),
    /// Those of a clip.
    Clip(FrameStore),
}

impl Pictures {
    /// The volume of a frame.
    ///
    /// # Errors
    /// Where it cannot be read from disk.
    pub fn volume(&self, frame: usize) -> io::Result<Vec<f32>> {
        match self {
            Self::Photo(_, volume) => Ok(volume.clone()),
            Self::Clip(store) => store.volume(frame),
        }
    }
}

/// What is wanted of a source.
#[derive(Debug, Clone)]
pub struct Wanted {
    look: Look,
    max_size: Option<usize>,
    smoothing: usize,
    most_frames: usize,
}

impl Wanted {
    /// What settings want of a source for so many frames of output, where their number is known.
    #[must_use]
    pub fn new(settings: &Settings, frames: Option<usize>) -> Self {
        // The motion network looks a window past the end, a stream goes on for another, and a frame is smoothed with
        // those that follow. More frames of a clip change nothing.
        let seen = frames.map_or(usize::MAX, |frames| frames + 2 * WINDOW + settings.smo_k_s / 2);
        let given = settings.template_n_frames.or(settings.n_d).unwrap_or(usize::MAX);
        Self {
            look: Look { framing: settings.framing(), eyes: settings.ch_info.is_none() },
            max_size: settings.max_size,
            smoothing: settings.smo_k_s,
            most_frames: given.min(seen),
        }
    }

    /// Whether photos become the same avatar with both: they have one frame.
    pub(super) fn is_alike_for_photos(&self, other: &Self) -> bool {
        (self.look, self.max_size) == (other.look, other.max_size)
    }
}

impl Avatar {
    /// Registers a photo: the bytes of a picture file.
    ///
    /// # Errors
    /// Where it cannot be read, or shows no face.
    pub fn of_photo(registrar: &mut Registrar, bytes: &[u8], wanted: &Wanted) -> Result<Self, AvatarError> {
        let picture = photo::decode(bytes)?;
        let picture = photo::fitted(picture, wanted.max_size)?;
        let found = registrar.find(&picture)?;
        let registered = Track::new(&found, wanted.look).next(registrar, &picture)?;
        let mut records = Records::default();
        records.push(&registered, &wanted.look)?;
        let (width, height) = (picture.width(), picture.height());
        let pictures = Pictures::Photo(picture, registered.volume);
        Ok(records.avatar((width, height), pictures, wanted, Remarks::default()))
    }

    /// Registers a clip, whose frames are kept in a file in `folder` with at most `disk_bytes`: as many as fit are
    /// used. `watch` hears how many frames are done.
    ///
    /// # Errors
    /// Where it cannot be decoded, its first frame shows no face, the face is lost, or there is no room; and what
    /// `watch` returns.
    pub fn of_clip(
        registrar: &mut Registrar,
        clip: &Path,
        wanted: &Wanted,
        (folder, disk_bytes): (&Path, u64),
        watch: &mut dyn FnMut(usize) -> Result<(), EngineError>,
    ) -> Result<Self, AvatarError> {
        let mut records = Records::default();
        let mut begun: Option<Begun> = None;
        let mut presence = Presence::default();
        let mut remarks = Remarks::default();
        for item in video::frames(clip, wanted.max_size)? {
            let (picture, count) = item?;
            let Begun { store, track, most, fills_the_disk } = match &mut begun {
                Some(begun) => begun,
                None => begun.insert(Begun::with(registrar, &picture, wanted, (folder, disk_bytes))?),
            };
            let room = *most - records.motions.len();
            for _ in 0..count.min(room) {
                let registered = track.next(registrar, &picture)?;
                presence.look(|| registrar.sees_a_face(&registered.crop))?;
                store.push(&picture, &registered.volume).map_err(AvatarError::FrameStore)?;
                records.push(&registered, &wanted.look)?;
                watch(records.motions.len())?;
            }
            if count > room {
                remarks.cut_after = fills_the_disk.then_some(*most);
                break;
            }
            // Whether there are more is only asked where it is told.
            if count == room && !*fills_the_disk {
                break;
            }
        }
        let Begun { store, .. } = begun.ok_or(AvatarError::Empty)?;
        let (width, height) = store.size();
        remarks.unseen = presence.unseen();
        Ok(records.avatar((width, height), Pictures::Clip(store), wanted, remarks))
    }
}

/// A clip whose first picture was seen.
struct Begun {
    store: FrameStore,
    track: Track,
    /// Frames that are used of it, at most.
    most: usize,
    /// More of them would be wanted than there is room for.
    fills_the_disk: bool,
}

impl Begun {
    fn with(
        registrar: &mut Registrar,
        picture: &Raster<u8>,
        wanted: &Wanted,
        (folder, disk_bytes): (&Path, u64),
    ) -> Result<Self, AvatarError> {
        let (width, height) = (picture.width(), picture.height());
        let store = FrameStore::create(folder, width, height).map_err(AvatarError::FrameStore)?;
        let fit = usize::try_from(disk_bytes / FrameStore::frame_bytes(width, height)).unwrap_or(usize::MAX);
        let track = Track::new(&registrar.find(picture)?, wanted.look);
        let most = wanted.most_frames.min(fit).max(1);
        Ok(Self { store, track, most, fills_the_disk: fit < wanted.most_frames })
    }
}

/// What is kept of each frame in memory.
#[derive(Default)]
struct Records {
    motions: Vec<SourceMotion>,
    placements: Vec<Affine>,
    eye_open: Vec<[f32; 2]>,
    eye_ball: Vec<[f32; 6]>,
}

impl Records {
    fn push(&mut self, registered: &Registered, look: &Look) -> Result<(), AvatarError> {
        if look.eyes {
            let eyes = registered.eyes.ok_or(AvatarError::NoEyes { frame: self.motions.len() })?;
            self.eye_open.push(eyes.open);
            self.eye_ball.push(eyes.ball);
        }
        self.motions.push(registered.motion.clone());
        self.placements.push(affine(&registered.placement.to_picture));
        Ok(())
    }

    fn avatar(self, (width, height): (usize, usize), pictures: Pictures, wanted: &Wanted, remarks: Remarks) -> Avatar {
        let Self { motions, placements, eye_open, eye_ball } = self;
        let face = Face { eye_open, eye_ball, sc: motions[0].kp };
        let motions = smoothed(&motions, wanted.smoothing);
        Avatar { width, height, pictures, motions, placements, face, remarks }
    }
}
