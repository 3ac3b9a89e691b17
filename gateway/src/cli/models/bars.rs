//! Progress of several files at once: bars on a terminal, a line where something changes elsewhere.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use indicatif::{BinaryBytes, MultiProgress, ProgressBar, ProgressStyle};

use crate::cli::progress;
use crate::weights::progress::Event;

/// Longer names are cut, so that a bar fits into a line of 80 columns.
const LONGEST_NAME: usize = 32;

/// The progress of files by their names, on stderr.
pub(super) struct Bars {
    all: MultiProgress,
    by_file: RefCell<BTreeMap<String, ProgressBar>>,
    is_terminal: bool,
    /// Of the column of names.
    width: usize,
}

impl Bars {
    /// Room for bars of these files.
    pub(super) fn new<'a>(files: impl Iterator<Item = &'a str>) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let width = files.map(|file| file.chars().count()).max().unwrap_or_default().min(LONGEST_NAME);
        Self {
            all: MultiProgress::with_draw_target(progress::target()),
            by_file: RefCell::default(),
            is_terminal,
            width,
        }
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
                    let bar = self.add(file, of);
                    bar.set_position(done);
                    bar.reset_eta(); // what was there before says nothing of the speed
                    bar
                });
                bar.set_position(done);
                bar.set_length(of.unwrap_or(done));
            }
            Event::Broken { reason, wait } => {
                self.tell(&format!("{file}: {reason}; again in {:.1} s", wait.as_secs_f64()));
            }
            Event::Complete => {
                if let Some(bar) = self.by_file.borrow_mut().remove(file) {
                    bar.finish_and_clear();
                }
                self.tell(&format!("{file}: complete"));
            }
        }
    }

    /// A line that stays, above the bars.
    fn tell(&self, text: &str) {
        self.line(text);
        // A terminal that cannot be written is no reason to stop.
        let _ = self.all.println(text);
    }

    /// A bar for a file.
    pub(super) fn add(&self, file: &str, bytes: Option<u64>) -> ProgressBar {
        let figures = "{bytes:>10} of {total_bytes:10} {bytes_per_sec:>12} {eta:>5}";
        let template = format!("{{prefix:{}!}} {{wide_bar}} {figures}", self.width);
        let style = ProgressStyle::with_template(&template).expect("the template is constant but for a number");
        let style = style.progress_chars("━╸─");
        let bar = self.all.add(ProgressBar::new(bytes.unwrap_or_default()).with_style(style));
        bar.set_prefix(file.to_owned());
        bar
    }

    /// For those who read a log.
    fn line(&self, text: &str) {
        if !self.is_terminal {
            eprintln!("{text}");
        }
    }
}
