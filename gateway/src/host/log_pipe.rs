//! What a host prints becomes log lines, whatever it prints: its pipe is read until its end, so that it never fails to
//! write.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::domain::id::JobId;
use crate::host::last_words::LastWords;

/// The longest line that is logged whole, in bytes.
const LINE_BYTES: usize = 8 << 10;
/// How much is read at once, in bytes.
const READ_BYTES: usize = 16 << 10;

/// What a host's log lines are marked with.
#[derive(Debug, Clone)]
pub struct LogContext {
    engine: Arc<str>,
    process: u32,
    job: Arc<Mutex<Option<JobId>>>,
}

impl LogContext {
    /// The context of a new process, which has no job yet.
    pub fn new(engine: &str, process: Option<u32>) -> Self {
        Self { engine: engine.into(), process: process.unwrap_or_default(), job: Arc::default() }
    }

    /// The engine's id.
    pub fn engine(&self) -> &str {
        &self.engine
    }

    /// The process's id; 0 where it is not known.
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Names the job that later lines belong to.
    pub fn begin_job(&self, job: Option<JobId>) {
        *self.job.lock().unwrap_or_else(PoisonError::into_inner) = job;
    }

    fn write(&self, stream: &'static str, line: &str) {
        let job = *self.job.lock().unwrap_or_else(PoisonError::into_inner);
        let job = job.map(tracing::field::display);
        tracing::info!(engine.id = self.engine(), job.id = job, pid = self.process, stream, "{line}");
    }
}

/// Logs what a host prints, until nobody can print there any more.
pub async fn forward(
    mut pipe: impl AsyncRead + Unpin,
    stream: &'static str,
    log: LogContext,
    last_words: Option<LastWords>,
) {
    let tell = |line: &str| {
        if let Some(words) = &last_words {
            words.hear(line);
        }
        log.write(stream, line);
    };
    let mut lines = Lines::default();
    let mut bytes = vec![0; READ_BYTES];
    loop {
        match pipe.read(&mut bytes).await {
            Ok(0) => break,
            Ok(read) => lines.take(&bytes[..read], tell),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                tracing::warn!(engine.id = log.engine(), pid = log.process, stream, %error, "a host's output is lost");
                break;
            }
        }
    }
    lines.end(tell);
}

/// Cuts a stream of bytes into lines of a bounded length. Whatever is no text is made visible.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
    /// Whether the line's beginning has been told, and its rest is passed over.
    is_cut: bool,
}

impl Lines {
    fn take(&mut self, mut bytes: &[u8], mut tell: impl FnMut(&str)) {
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            self.grow(&bytes[..end.unwrap_or(bytes.len())], &mut tell);
            let Some(end) = end else { return };
            if !self.is_cut {
                tell(&visible(&self.line));
            }
            self.line.clear();
            self.is_cut = false;
            bytes = &bytes[end + 1..];
        }
    }

    /// Adds to the line. The moment it is too long, its beginning is told; nobody knows whether it will ever end.
    fn grow(&mut self, more: &[u8], tell: &mut impl FnMut(&str)) {
        let room = LINE_BYTES - self.line.len();
        if self.is_cut {
            return;
        }
        self.line.extend_from_slice(&more[..more.len().min(room)]);
        if more.len() > room {
            self.is_cut = true;
            tell(&format!("{} … (cut: the line is longer than {LINE_BYTES} bytes)", visible(&self.line)));
        }
    }

    /// Tells a last line that has no end.
    fn end(self, mut tell: impl FnMut(&str)) {
        if !self.is_cut && !self.line.is_empty() {
            tell(&visible(&self.line));
        }
    }
}

/// A line as text: no control characters but tabs, which would let a host write what looks like the gateway's own lines.
fn visible(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
    line.chars().map(|c| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use tokio::io::AsyncWriteExt;

    use super::*;

    /// The lines that come of bytes which arrive in these pieces.
    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let mut told = Vec::new();
        let mut lines = Lines::default();
        pieces.iter().for_each(|piece| lines.take(piece, |line| told.push(line.to_owned())));
        lines.end(|line| told.push(line.to_owned()));
        told
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        assert_eq!(lines(&[b"one\ntwo\r\n\nthree"]), ["one", "two", "", "three"]);
        assert_eq!(lines(&[b"o", b"ne\nt", b"wo\r", b"\n\n", b"three"]), ["one", "two", "", "three"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_says_so_and_the_next_is_whole() {
        let long = [b'x'; 3 * LINE_BYTES];
        for told in [lines(&[&long, b"\nnext\n"]), lines(&[&long[..LINE_BYTES], &long[..1], b"\nnext\n"])] {
            assert!(told[0].starts_with(&"x".repeat(LINE_BYTES)) && told[0].ends_with("longer than 8192 bytes)"));
            assert_eq!(told[1..], ["next"]);
        }
        assert_eq!(lines(&[&long[..LINE_BYTES], b"\nnext"]), ["x".repeat(LINE_BYTES), "next".into()]);
    }

    #[test]
    fn what_is_no_text_is_visible() {
        assert_eq!(lines(&[b"\x1b[31mred\x00\xff\xfe\tend\n"]), ["\u{fffd}[31mred\u{fffd}\u{fffd}\u{fffd}\tend"]);
    }

    /// A pipe is read to its end: whoever writes 4 MiB without a newline, garbage, and then a line succeeds.
    #[tokio::test]
    async fn a_writer_never_fails_and_its_last_line_is_heard() {
        let (mut writer, reader) = tokio::io::duplex(64 << 10);
        let words = LastWords::default();
        let reading = tokio::spawn(forward(reader, "stderr", LogContext::new("x", None), Some(words.clone())));
        writer.write_all(&vec![b'x'; 4 << 20]).await.unwrap();
        writer.write_all(&[0, 159, 146, 150].repeat(100_000)).await.unwrap();
        writer.write_all(b"\nthe cause").await.unwrap();
        drop(writer);
        reading.await.unwrap();
        assert_eq!(words.lines().last().map(String::as_str), Some("the cause"));
    }

    #[tokio::test]
    async fn a_process_that_prints_without_end_is_not_ended_by_its_pipe() {
        let mut child = tokio::process::Command::new("sh")
            .args(["-c", "head -c 1000000 /dev/zero | tr '\\0' x >&2; head -c 100000 /dev/urandom >&2; echo end >&2"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        forward(child.stderr.take().unwrap(), "stderr", LogContext::new("x", None), None).await;
        assert!(child.wait().await.unwrap().success());
    }
}
