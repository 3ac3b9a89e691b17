//! Tells the gateway what an engine does: its phases, its stages and its frames.

use engine_api::{Phase, Progress};

use crate::domain::progress::ProgressTracker;
use crate::host::child::socket::HostSocket;

/// Reports of an engine that loads, or of one job.
pub(crate) struct Reporter<'a> {
    socket: &'a HostSocket,
    tracker: ProgressTracker,
}

impl<'a> Reporter<'a> {
    /// Begins with a phase, and says so.
    pub(crate) fn new(socket: &'a HostSocket, phase: Phase) -> Self {
        let tracker = ProgressTracker::new(phase);
        socket.report(tracker.begun());
        Self { socket, tracker }
    }

    /// So many frames are written, of so many that were announced; 0 where their number is unknown.
    pub(crate) fn frames(&mut self, done: u64, total: u64) {
        self.socket.report(self.tracker.frames(done, total));
    }

    /// So much of the finished video is checked.
    pub(crate) fn finishing(&mut self, stage: &str, done: u64, total: u64) {
        self.tracker.enter(Phase::Finishing);
        self.progress(stage, done, total);
    }
}

impl Progress for Reporter<'_> {
    fn progress(&mut self, stage: &str, done: u64, total: u64) {
        self.socket.report(self.tracker.stage(stage, done, total));
    }

    fn phase(&mut self, phase: Phase) {
        if let Some(begun) = self.tracker.enter(phase) {
            self.socket.report(begun);
        }
    }
}
