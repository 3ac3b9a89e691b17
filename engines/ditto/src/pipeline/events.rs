//! Frames and signs of life on their way from the stages to the host.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender};
use std::time::{Duration, Instant};

use engine_api::{EngineError, FrameRate, Host, VideoFormat};
use engine_vision::raster::Raster;

use crate::audio::streamed::Ear;

/// Frames per second.
const RATE: FrameRate = FrameRate::new(25, 1);
/// How often the host is asked whether the job is canceled while nothing comes.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long the speech is listened to before the next look for a frame.
const GLANCE: Duration = Duration::from_millis(5);
/// Steps are told while there has been no frame for so long: after that, frames tell it better.
const QUIET: Duration = Duration::from_secs(5);

/// What the stages tell.
pub(super) enum Event {
    /// The next frame.
    Frame(Raster<u8>),
    /// So many runs of the motion network are done.
    Steps(u64),
}

/// Counts the runs of the motion network.
pub(super) struct Steps {
    events: SyncSender<Event>,
}

impl Steps {
    pub(super) fn new(events: SyncSender<Event>) -> Self {
        Self { events }
    }

    /// Tells the host's thread, unless it has enough to do.
    pub(super) fn done(&self, count: u64) {
        let _ = self.events.try_send(Event::Steps(count));
    }
}

/// Hands frames to the host.
pub(super) struct Frames {
    /// Columns.
    pub(super) width: usize,
    /// Rows.
    pub(super) height: usize,
    /// How many will come, where known.
    pub(super) expected: Option<u64>,
    /// Where frames go for their next use.
    pub(super) used: Sender<Raster<u8>>,
}

impl Frames {
    /// Hands over frames until there are no more, and hears the speech between them where it is still spoken; gives the
    /// number of frames. The video is announced with the first.
    pub(super) fn show(
        self,
        events: Receiver<Event>,
        mut ear: Option<Ear>,
        host: &mut dyn Host,
    ) -> Result<u64, EngineError> {
        let mut shown = 0;
        let mut latest: Option<Instant> = None;
        loop {
            let open = ear.as_mut().filter(|ear| ear.is_open());
            let wait = if open.is_some() { Duration::ZERO } else { PATIENCE };
            match events.recv_timeout(wait) {
                Ok(Event::Frame(frame)) => {
                    if shown == 0 {
                        host.begin(self.format())?;
                    }
                    host.frame(frame.data())?;
                    shown += 1;
                    latest = Some(Instant::now());
                    // At the end nobody takes it back.
                    let _ = self.used.send(frame);
                }
                Ok(Event::Steps(done)) => {
                    if latest.is_none_or(|latest| latest.elapsed() > QUIET) {
                        host.progress("predict the motion", done, 0);
                    }
                    host.canceled()?;
                }
                Err(RecvTimeoutError::Timeout) => match open {
                    Some(ear) => ear.listen(host, GLANCE)?,
                    None => host.canceled()?,
                },
                Err(RecvTimeoutError::Disconnected) => return Ok(shown),
            }
        }
    }

    fn format(&self) -> VideoFormat {
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        VideoFormat { width: side(self.width), height: side(self.height), rate: RATE, frames: self.expected }
    }
}
