//! What a host said last before it died: the cause, as far as it told one, and not the backtrace below it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many of the last lines are kept.
const LATEST: usize = 6;
/// How many lines of the first panic are kept beside them: where it was, and what it said.
const PANIC: usize = 3;
/// The longest line, in characters.
const CHARS: usize = 400;
/// Words that begin the account of a death.
const CAUSES: [&str; 5] = [" panicked at ", "terminate called", "Assertion `", "FATAL", "fatal runtime error"];

/// The last words on a stream, shared between the task that reads it and the one that explains.
#[derive(Debug, Clone, Default)]
pub struct LastWords(Arc<Mutex<Words>>);

#[derive(Debug, Default)]
struct Words {
    /// The first account of a cause: what comes later, such as a panic of a thread that waited for the first, follows from
    /// it.
    cause: Vec<String>,
    /// Whether the next line still belongs to it.
    goes_on: bool,
    latest: VecDeque<String>,
}

impl LastWords {
    /// Remembers a line, if it tells anything, and forgets an old one.
    pub fn hear(&self, line: &str) {
        let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if line.trim().is_empty() || is_backtrace(line) {
            words.goes_on = false;
            return;
        }
        let line = shortened(line);
        let begins = words.cause.is_empty() && CAUSES.iter().any(|cause| line.contains(cause));
        if begins || words.goes_on {
            words.cause.push(line);
            words.goes_on = words.cause.len() < PANIC;
            return;
        }
        if words.latest.len() == LATEST {
            words.latest.pop_front();
        }
        words.latest.push_back(line);
    }

    /// Forgets everything: a new job begins.
    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Words::default();
    }

    /// The lines, those of a cause first, each group oldest first.
    pub fn lines(&self) -> Vec<String> {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        words.cause.iter().chain(&words.latest).cloned().collect()
    }
}

/// Whether a line is part of a list of calls, or tells how to have one.
fn is_backtrace(line: &str) -> bool {
    let text = line.trim_start();
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    // "  12: core::panicking::panic" of Rust, "#3 0x…" of debuggers and sanitizers, "frame #3: …" of libtorch.
    let is_frame = text.split_once(": ").is_some_and(|(number, _)| is_number(number) && text.len() < line.len())
        || text.strip_prefix('#').is_some_and(|rest| rest.split([' ', ':']).next().is_some_and(is_number))
        || text.strip_prefix("frame #").is_some_and(|rest| rest.split(':').next().is_some_and(is_number));
    // "             at /rustc/…/panicking.rs:72:14"
    let is_place = text.strip_prefix("at ").is_some_and(|place| text.len() < line.len() && place.contains(':'));
    let is_about_it = ["stack backtrace:", "note: run with `RUST_BACKTRACE", "note: Some details are omitted"];
    is_frame || is_place || is_about_it.iter().any(|words| text.starts_with(words))
}

fn shortened(line: &str) -> String {
    let line = line.trim_end().replace('\t', " ");
    match line.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let words = LastWords::default();
        text.lines().for_each(|line| words.hear(line));
        words.lines()
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let text: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        assert_eq!(words(&text.join("\n")), ["14", "15", "16", "17", "18", "19"]);
    }

    #[test]
    fn of_a_panic_the_cause_is_kept_and_its_backtrace_is_not() {
        let frames: String = (0..40)
            .map(|n| format!("  {n:2}: 0x7f0123 - core::panicking::panic_fmt\n             at /rustc/x/library/core/src/panicking.rs:72:14\n"))
            .collect();
        let text = format!(
            "loading\nthread 'main' (7) panicked at engines/x/src/lib.rs:10:5:\nno such layer: conv_in\nstack backtrace:\n{frames}\
             note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.\n\
             note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\
             fatal runtime error: failed to initiate panic, error 5\n"
        );
        let cause = ["thread 'main' (7) panicked at engines/x/src/lib.rs:10:5:", "no such layer: conv_in"];
        let rest = ["loading", "fatal runtime error: failed to initiate panic, error 5"];
        assert_eq!(words(&text), [cause, rest].concat());
    }

    #[test]
    fn the_first_panic_is_the_cause_whatever_is_said_after_it() {
        let waiting = "thread 'w' panicked at x.rs:1:1:\nthe channel is closed\n".repeat(50);
        let words = words(&format!("thread 'a' panicked at y.rs:2:2:\nout of range\n\n{waiting}"));
        assert_eq!(words[..2], ["thread 'a' panicked at y.rs:2:2:", "out of range"]);
        assert_eq!(words.len(), 2 + LATEST);
    }

    #[test]
    fn of_other_runtimes_the_cause_is_kept_as_well() {
        let torch = "terminate called after throwing an instance of 'c10::Error'\n  what():  CUDA error: an illegal memory \
                     access was encountered\nException raised from c10_cuda_check at x.cpp:43 (most recent call first):\n\
                     frame #0: c10::Error::Error(c10::SourceLocation, std::string) + 0x96 (0x7f01 in /x/libc10.so)\n\
                     frame #1: <unknown function> + 0x1df3 (0x7f02 in /x/libtorch.so)\n";
        let told = words(torch);
        assert!(told[1].contains("illegal memory access") && told.len() == 3, "{told:?}");
        let sanitizer = "ERROR: heap-use-after-free\n    #0 0x55d0 in main x.c:3\n    #1 0x7f00 in __libc_start_main\n";
        assert_eq!(words(sanitizer), ["ERROR: heap-use-after-free"]);
        assert_eq!(words("12: a numbered line\nat last: done"), ["12: a numbered line", "at last: done"]);
    }

    #[test]
    fn they_are_bounded_in_bytes() {
        let words = words(&format!("panicked: thread 'a' panicked at x\n{0}\n{0}\n{0}\n{0}\n", "ä".repeat(8000)));
        let bytes: usize = words.iter().map(String::len).sum();
        assert!(bytes < (LATEST + PANIC) * (2 * CHARS + 3), "{bytes}");
    }

    #[test]
    fn a_new_job_forgets_them() {
        let words = LastWords::default();
        words.hear("thread 'a' panicked at x");
        words.hear("why");
        words.clear();
        words.hear("line");
        assert_eq!(words.lines(), ["line"]);
    }
}
