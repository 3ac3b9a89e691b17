//! The writer that engine hosts give frames to. Encoding runs on its own thread, beside the rendering.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;

use super::encoder::{Encoded, Encoder};
use super::error::VideoError;
use super::spec::{VideoSpec, VideoSummary};
use super::verify::{VideoFacts, verify};
use super::yuv::Converter;
use crate::partial_file::PartialFile;

/// Converted frames on their way; more would only hide a slow encoder behind memory.
const FRAMES_IN_FLIGHT: usize = 4;

/// Writes one video: H.264 (yuv420p, BT.709) and, with sound, AAC in an MP4 whose index stands at the front.
///
/// Sound and picture end together: sound is cut at the end of the picture, or followed by silence. The file has the
/// name `PATH.part` until [`VideoWriter::finish`] has decoded it again from start to end; dropping the writer before
/// that removes it.
pub struct VideoWriter {
    spec: VideoSpec,
    sound: bool,
    converter: Converter,
    // Fields are dropped in this order: the thread lets go of the file before the file is removed.
    encoding: Encoding,
    part: PartialFile,
}

impl VideoWriter {
    /// Starts a video at `path`, which is replaced if it exists. `sound` is any file that FFmpeg decodes; what cannot
    /// be used of it is told here and not at the end.
    pub fn create(path: &Path, spec: VideoSpec, sound: Option<&Path>) -> Result<Self, VideoError> {
        spec.check()?;
        let (part, _) = PartialFile::create(path)?;
        let encoder = Encoder::open(part.path(), spec, sound)?;
        let converter = Converter::new(spec.width);
        Ok(Self { spec, sound: sound.is_some(), converter, encoding: Encoding::start(encoder)?, part })
    }

    /// Takes the next frame: RGB24, rows from the top, `width * height * 3` bytes. Waits while the encoder is behind.
    ///
    /// After any error but [`VideoError::FrameSize`] the video is lost.
    pub fn frame(&mut self, rgb: &[u8]) -> Result<(), VideoError> {
        let expected = self.spec.frame_bytes();
        if rgb.len() != expected {
            return Err(VideoError::FrameSize { expected, given: rgb.len() });
        }
        let mut frame = self.encoding.free_frame(self.spec)?;
        self.converter.convert(rgb, &mut frame);
        self.encoding.send(Message::Frame(frame))
    }

    /// Completes the file, decodes it whole, and only then gives it its name. `checked` is told how many frames have
    /// been decoded so far.
    pub fn finish(self, checked: impl FnMut(u64)) -> Result<VideoSummary, VideoError> {
        let Self { spec, sound, encoding, part, .. } = self;
        let (encoded, encode_time) = encoding.finish()?;
        let started = Instant::now();
        check(&verify(part.path(), checked)?, spec, sound, encoded.frames)?;
        let verify_seconds = started.elapsed().as_secs_f64();
        let bytes = fs::metadata(part.path())?.len();
        part.publish()?;
        Ok(VideoSummary {
            frames: encoded.frames,
            seconds: spec.rate.seconds(encoded.frames),
            width: spec.width,
            height: spec.height,
            bytes,
            sound_cut_seconds: encoded.sound_cut_seconds,
            pictures_cut_seconds: 0.0,
            encoded_anew: None,
            encode_seconds: encode_time.as_secs_f64(),
            verify_seconds,
        })
    }
}

/// Whether the file holds what was put into it.
fn check(facts: &VideoFacts, spec: VideoSpec, sound: bool, frames: u64) -> Result<(), VideoError> {
    let seconds = spec.rate.seconds(frames);
    let a_frame = spec.rate.seconds(1);
    let fault = if facts.frames != frames {
        Some(format!("{} of {frames} frames are in it", facts.frames))
    } else if (facts.width, facts.height, facts.rate) != (spec.width, spec.height, spec.rate) {
        Some(format!("it came out as {}x{} at {} frames per second", facts.width, facts.height, facts.rate))
    } else if (facts.seconds - seconds).abs() > a_frame / 2.0 {
        Some(format!("its pictures last {:.3} s instead of {seconds:.3} s", facts.seconds))
    } else {
        match &facts.sound {
            None if sound => Some("its sound is missing".to_owned()),
            Some(track) if (track.seconds - seconds).abs() > a_frame => {
                Some(format!("its sound lasts {:.3} s and its pictures {seconds:.3} s", track.seconds))
            }
            _ => None,
        }
    };
    fault.map_or(Ok(()), |reason| Err(VideoError::Verify { reason }))
}

enum Message {
    Frame(frame::Video),
    Finish,
}

/// The encoder's thread and the two lanes to it: full frames there, empty ones back.
struct Encoding {
    full: Option<SyncSender<Message>>,
    empty: Receiver<frame::Video>,
    allocated: usize,
    thread: Option<JoinHandle<Outcome>>,
}

/// None if the writer was dropped before it was finished.
type Outcome = Result<Option<(Encoded, Duration)>, VideoError>;

impl Encoding {
    fn start(encoder: Encoder) -> Result<Self, VideoError> {
        let (full, frames) = sync_channel(FRAMES_IN_FLIGHT);
        let (recycle, empty) = channel();
        let thread =
            thread::Builder::new().name("video-encoder".to_owned()).spawn(move || run(encoder, &frames, &recycle))?;
        Ok(Self { full: Some(full), empty, allocated: 0, thread: Some(thread) })
    }

    fn free_frame(&mut self, spec: VideoSpec) -> Result<frame::Video, VideoError> {
        if let Ok(frame) = self.empty.try_recv() {
            return Ok(frame);
        }
        if self.allocated < FRAMES_IN_FLIGHT {
            self.allocated += 1;
            return Ok(frame::Video::new(Pixel::YUV420P, spec.width, spec.height));
        }
        self.empty.recv().map_err(|_| self.failure())
    }

    fn send(&mut self, message: Message) -> Result<(), VideoError> {
        let sent = self.full.as_ref().is_some_and(|full| full.send(message).is_ok());
        if sent { Ok(()) } else { Err(self.failure()) }
    }

    fn finish(mut self) -> Result<(Encoded, Duration), VideoError> {
        self.send(Message::Finish)?;
        self.join()?.ok_or_else(stopped)
    }

    /// Why the thread no longer listens.
    fn failure(&mut self) -> VideoError {
        self.join().err().unwrap_or_else(stopped)
    }

    fn join(&mut self) -> Outcome {
        self.full = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) => Err(VideoError::Encoder { reason: "its thread panicked".to_owned() }),
            None => Ok(None),
        }
    }
}

impl Drop for Encoding {
    fn drop(&mut self) {
        // Whoever drops it has the error already, or wants none.
        let _ = self.join();
    }
}

fn stopped() -> VideoError {
    VideoError::Encoder { reason: "it has stopped after an earlier error".to_owned() }
}

fn run(mut encoder: Encoder, full: &Receiver<Message>, empty: &Sender<frame::Video>) -> Outcome {
    let mut busy = Duration::ZERO;
    loop {
        let message = full.recv();
        let started = Instant::now();
        match message {
            Ok(Message::Frame(mut frame)) => {
                encoder.frame(&mut frame)?;
                // The writer may be gone; then nobody needs the frame.
                let _ = empty.send(frame);
                busy += started.elapsed();
            }
            Ok(Message::Finish) if encoder.is_empty() => return Err(VideoError::NoFrames),
            Ok(Message::Finish) => {
                let encoded = encoder.finish()?;
                return Ok(Some((encoded, busy + started.elapsed())));
            }
            Err(_) => return Ok(None),
        }
    }
}
