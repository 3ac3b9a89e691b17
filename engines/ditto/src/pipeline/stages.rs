//! The stages of a run, each on a thread of its own: predict, stitch, warp, decode and paste.
//!
//! One that cannot send ends: whoever listened has ended too.

use std::sync::mpsc::{Receiver, SendError, Sender, SyncSender};

use engine_onnx::Kept;
use engine_vision::raster::Raster;

use super::error::RunError;
use super::events::{Event, Steps};
use crate::audio::features::{Features, Samples};
use crate::audio::hubert::SpeechEncoder;
use crate::motion::Points;
use crate::motion::audio2motion::Driver;
use crate::motion::lmdm::{Denoised, Denoiser};
use crate::motion::noise::Chance;
use crate::motion::{Motion, mirror_index};
use crate::network_error::NetworkError;
use crate::render::networks::{Decoder, Warper};
use crate::render::paste_back::Paster;
use crate::render::square::Square;
use crate::source::avatar::{Avatar, Pictures};
use crate::stitch::MotionStitch;
use crate::stitch::network::OnnxStitcher;

/// Motion on its way to the stitch.
pub(super) enum Moved {
    /// The record that motion counts from; before any frame.
    First(Motion),
    /// The motion of the next frame.
    Frame(Motion),
    /// So many frames has the speech: as soon as that is known, which is before the last of them.
    Length(usize),
}

/// Something on its way, with the source frame that it belongs to.
pub(super) struct Of<T> {
    frame: usize,
    what: T,
}

/// Keypoints of the source and driven ones.
type Pair = (Points, Points);

/// Sound to motion. The first frame goes through the chain alone: what predicts the next ones would only keep it waiting.
pub(super) fn predict<S: Samples>(
    mut features: Features<S>,
    mut driver: Box<dyn Driver + Send>,
    (encoder, denoiser): (&mut dyn SpeechEncoder, &mut dyn Denoiser),
    chance: &mut (dyn Chance + Send),
    steps: &Steps,
    to: &SyncSender<Moved>,
    first_frame: &Receiver<()>,
) -> Result<(), RunError> {
    let mut denoiser = Counted { network: denoiser, steps, done: 0 };
    let (mut is_first_told, mut is_length_told) = (false, false);
    loop {
        let rows = features.next(encoder)?;
        let is_end = rows.is_empty();
        let frames = match is_end {
            true => driver.finish(&mut denoiser, chance)?,
            false => driver.push(&mut denoiser, &rows, chance)?,
        };
        let first = driver.first().filter(|_| !is_first_told).cloned();
        is_first_told |= first.is_some();
        let length = features.frames().filter(|_| !is_length_told);
        is_length_told |= length.is_some();
        let told = length.map(Moved::Length).into_iter().chain(first.map(Moved::First));
        let has_frames = !frames.is_empty();
        let moved = told.chain(frames.into_iter().map(Moved::Frame));
        for moved in moved {
            if to.send(moved).is_err() {
                return Ok(());
            }
        }
        if is_end {
            return Ok(());
        }
        if has_frames {
            // Nothing comes: the other end goes when the frame is there, or will never be.
            let _ = first_frame.recv();
        }
    }
}

/// A motion network that tells when it has run.
struct Counted<'a> {
    network: &'a mut dyn Denoiser,
    steps: &'a Steps,
    done: u64,
}

impl Denoiser for Counted<'_> {
    fn denoise(&mut self, x: &[f32], cond_frame: &[f32], cond: &[f32], time: i64) -> Result<Denoised, NetworkError> {
        let denoised = self.network.denoise(x, cond_frame, cond, time);
        self.done += 1;
        self.steps.done(self.done);
        denoised
    }
}

/// Motion to keypoints; where the video is `exact`, of no more frames than the speech has.
pub(super) fn stitch(
    mut stitch: MotionStitch,
    stitcher: &mut OnnxStitcher,
    avatar: &Avatar,
    exact: bool,
    from: &Receiver<Moved>,
    to: &SyncSender<Of<Pair>>,
) -> Result<(), RunError> {
    let (mut done, mut limit) = (0, usize::MAX);
    while done < limit {
        match from.recv() {
            Ok(Moved::First(motion)) => stitch.set_first(motion),
            Ok(Moved::Length(frames)) if exact => limit = frames,
            Ok(Moved::Length(_)) => {}
            Ok(Moved::Frame(motion)) => {
                let frame = mirror_index(done, avatar.motions.len());
                let what = stitch.frame(&avatar.motions[frame], &motion, Some(stitcher))?;
                if to.send(Of { frame, what }).is_err() {
                    return Ok(());
                }
                done += 1;
            }
            Err(_) => break,
        }
    }
    Ok(())
}

/// Keypoints to features. A volume stays on the device for as long as the source frame is the same: for a photo, always.
pub(super) fn warp(
    warper: &mut Warper,
    pictures: &Pictures,
    from: &Receiver<Of<Pair>>,
    to: &SyncSender<Of<Kept>>,
) -> Result<(), RunError> {
    let mut held: Option<(usize, Kept)> = None;
    for Of { frame, what: (source, driven) } in from {
        let volume = match held.take() {
            Some((of, volume)) if of == frame => volume,
            _ => warper.keep(pictures.volume(frame).map_err(RunError::FrameStore)?)?,
        };
        let what = warper.warp(&volume, &source, &driven)?;
        held = Some((frame, volume));
        if to.send(Of { frame, what }).is_err() {
            break;
        }
    }
    Ok(())
}

/// Features to the face's square.
pub(super) fn decode(
    decoder: &mut Decoder,
    from: &Receiver<Of<Kept>>,
    to: &SyncSender<Of<Square>>,
    used: &Receiver<Square>,
) -> Result<(), RunError> {
    for Of { frame, what: feature } in from {
        let mut what = used.try_recv().unwrap_or_default();
        decoder.decode(&feature, &mut what)?;
        if to.send(Of { frame, what }).is_err() {
            break;
        }
    }
    Ok(())
}

/// Squares to frames.
pub(super) fn paste(
    avatar: &Avatar,
    from: &Receiver<Of<Square>>,
    used_squares: &Sender<Square>,
    to: &SyncSender<Event>,
    used: &Receiver<Raster<u8>>,
    first_frame: Sender<()>,
) -> Result<(), RunError> {
    let mut first_frame = Some(first_frame);
    let Avatar { width, height, pictures, placements, .. } = avatar;
    let paster = |frame: usize| Paster::new(&placements[frame], *width, *height);
    let photo = matches!(pictures, Pictures::Photo(..)).then(|| paster(0));
    for Of { frame: source, what: square } in from {
        let empty = used.try_recv();
        let frame = match pictures {
            Pictures::Photo(picture, _) => {
                let mut frame = empty.unwrap_or_else(|_| picture.clone());
                photo.iter().for_each(|paster| paster.paste_over(picture, &square, &mut frame));
                frame
            }
            Pictures::Clip(store) => {
                let mut frame = empty.unwrap_or_else(|_| Raster::zeros(*width, *height, 3));
                store.picture(source, &mut frame).map_err(RunError::FrameStore)?;
                paster(source).paste(&square, &mut frame);
                frame
            }
        };
        // The decoder may have ended already.
        let _: Result<(), SendError<_>> = used_squares.send(square);
        if to.send(Event::Frame(frame)).is_err() {
            break;
        }
        drop(first_frame.take());
    }
    Ok(())
}
