//! Progress of several files at once: bars on a terminal, a line where something changes elsewhere.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use indicatif::{BinaryBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::models::pull::Event;

/// The progress of files by their names, on stderr.
pub(super) struct Bars {
    all: MultiProgress,
    by_file: RefCell<BTreeMap<String, ProgressBar>>,
    is_terminal: bool,
}

impl Bars {
    pub(super) fn new() -> Self {
        let is_terminal = io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { all: MultiProgress::with_draw_target(target), by_file: RefCell::default(), is_terminal }
    }

    /// A bar for a file that is read.
    pub(super) fn check(&self, file: &str, bytes: Option<u64>) -> ProgressBar {
        self.add(file, bytes, "checked")
    }

    /// Shows what happens to a file that is fetched.
    pub(super) fn show(&self, file: &str, event: Event<'_>) {
        match event {
            Event::At { done, of } => {
                let mut by_file = self.by_file.borrow_mut();
                let bar = by_file.entry(file.to_owned()).or_insert_with(|| {
                    self.line(&match of {
                        Some(of) if done > 0 => {
                            format!("{file}: {} of {} are there", BinaryBytes(done), BinaryBytes(of))
                        }
                        Some(of) => format!("{file}: {} to fetch", BinaryBytes(of)),
                        None => format!("{file}: to fetch"),
                    });
                    let bar = self.add(file, of, "");
                    bar.set_position(done);
                    bar.reset_eta(); // what was there before says nothing of the speed
                    bar
                });
                bar.set_position(done);
                bar.set_length(of.unwrap_or(done));
            }
            Event::Broken { reason, wait } => {
                let text = format!("{file}: {reason}; again in {:.1} s", wait.as_secs_f64());
                self.line(&text);
                // A terminal that cannot be written is no reason to stop.
                let _ = self.all.println(text);
            }
            Event::Complete => {
                self.line(&format!("{file}: complete"));
                if let Some(bar) = self.by_file.borrow_mut().remove(file) {
                    bar.finish_with_message("complete");
                }
            }
        }
    }

    fn add(&self, file: &str, bytes: Option<u64>, message: &'static str) -> ProgressBar {
        let style = ProgressStyle::with_template(
            "{prefix:28!} {bar:24} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left {msg}",
        );
        let style = style.expect("the template is a constant").progress_chars("━╸─");
        let bar = self.all.add(ProgressBar::new(bytes.unwrap_or_default()).with_style(style));
        bar.set_prefix(file.to_owned());
        bar.set_message(message);
        bar
    }

    /// For those who read a log.
    fn line(&self, text: &str) {
        if !self.is_terminal {
            eprintln!("{text}");
        }
    }
}
