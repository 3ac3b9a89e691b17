//! Progress of work on many files: a bar on a terminal, nothing elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that counts files, on stderr.
pub(super) struct FileBar {
    bar: ProgressBar,
    begun: Instant,
}

impl FileBar {
    /// A bar of things with this name.
    pub(super) fn new(things: &'static str) -> Self {
        let target =
            if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{wide_bar} {pos:>7} of {len} {msg} {eta:>5}");
        let style = style.expect("the template is constant").progress_chars("━╸─");
        let bar = ProgressBar::with_draw_target(None, target).with_style(style).with_message(things);
        Self { bar, begun: Instant::now() }
    }

    /// So many are done, of so many.
    pub(super) fn show(&self, done: u64, of: u64) {
        self.bar.set_length(of);
        self.bar.set_position(done);
    }

    /// Removes it; returns how long the work took.
    pub(super) fn finish(self) -> Duration {
        self.bar.finish_and_clear();
        self.begun.elapsed()
    }
}
