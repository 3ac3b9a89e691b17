//! Progress of work on many files: a bar on a terminal, nothing elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::backup::Show;
use crate::cli::runtime;

/// Does work on many files, and shows how far it is; returns what it came to, and how long it took.
///
/// # Errors
/// The system has no handles left for it.
pub(super) fn with_bar<T>(work: impl AsyncFnOnce(Show<'_>) -> T) -> io::Result<(T, Duration)> {
    let (begun, bar) = (Instant::now(), bar());
    let done = runtime()?.block_on(work(&|done, of| {
        bar.set_length(of);
        bar.set_position(done);
    }));
    bar.finish_and_clear();
    Ok((done, begun.elapsed()))
}

/// Where bars are drawn: on the terminal that stderr is, or nowhere.
pub(super) fn target() -> ProgressDrawTarget {
    if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}

/// A bar that counts files, on stderr.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos:>7} of {len} {msg} {eta:>5}");
    let style = style.expect("the template is constant").progress_chars("━╸─");
    ProgressBar::with_draw_target(None, target()).with_style(style).with_message("files")
}
