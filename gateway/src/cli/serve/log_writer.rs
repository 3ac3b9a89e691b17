//! Where the lines of the log go: to a thread of their own, which alone waits for whoever reads them. Nothing else waits, and
//! nothing fails, when nobody does.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;
use std::time::Duration;

/// Bytes of lines that wait at most; what comes beyond is lost.
const MOST_WAITING: usize = 4 << 20;
/// How often a reader that lets nobody wait for it is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// Takes lines, each in one piece, and never fails.
#[derive(Debug)]
pub(super) struct LogWriter {
    lines: Sender<Message>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes that wait to be written.
    waiting: AtomicUsize,
    /// Lines that were not written, and that nobody has been told of yet.
    lost: AtomicU64,
}

#[derive(Debug)]
enum Message {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

impl LogWriter {
    /// Writes to `out`. Once a line is written after others were lost, `tell` is given their number.
    ///
    /// # Errors
    /// No thread can be started.
    pub(super) fn to(out: impl Write + Send + 'static, tell: impl Fn(u64) + Send + 'static) -> io::Result<Self> {
        let (lines, waiting) = mpsc::channel();
        let state = Arc::<State>::default();
        let shared = Arc::clone(&state);
        thread::Builder::new().name("log".into()).spawn(move || write(&waiting, &shared, out, tell))?;
        Ok(Self { lines, state })
    }

    /// Waits until all that was given before is written, but no longer than this.
    pub(super) fn flush(&self, patience: Duration) {
        let (done, flushed) = mpsc::sync_channel(1);
        if self.lines.send(Message::Flush(done)).is_ok() {
            let _ = flushed.recv_timeout(patience);
        }
    }
}

impl Write for &LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let waiting = self.state.waiting.fetch_add(line.len(), Ordering::Relaxed) + line.len();
        if waiting > MOST_WAITING || self.lines.send(Message::Line(line.to_vec())).is_err() {
            self.state.waiting.fetch_sub(line.len(), Ordering::Relaxed);
            self.state.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes line after line, until nobody can send any more.
fn write(lines: &Receiver<Message>, state: &State, mut out: impl Write, tell: impl Fn(u64)) {
    for message in lines {
        let line = match message {
            Message::Line(line) => line,
            Message::Flush(done) => {
                let _ = done.send(());
                continue;
            }
        };
        let written = write_all(&mut out, &line);
        state.waiting.fetch_sub(line.len(), Ordering::Relaxed);
        if written.is_err() {
            state.lost.fetch_add(1, Ordering::Relaxed);
        } else {
            match state.lost.swap(0, Ordering::Relaxed) {
                0 => {}
                lost => tell(lost),
            }
        }
    }
}

/// The same as `Write::write_all`, also where whoever shares the file has said that nobody waits for it.
fn write_all(out: &mut impl Write, mut rest: &[u8]) -> io::Result<()> {
    while !rest.is_empty() {
        match out.write(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(AGAIN),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, Read};
    use std::sync::Mutex;
    use std::time::Instant;

    use super::*;

    const MOMENT: Duration = Duration::from_secs(10);

    fn piped() -> (LogWriter, PipeReader, Arc<Mutex<Vec<u64>>>) {
        let (reader, out) = io::pipe().unwrap();
        let told = Arc::<Mutex<Vec<u64>>>::default();
        let telling = Arc::clone(&told);
        (LogWriter::to(out, move |lost| telling.lock().unwrap().push(lost)).unwrap(), reader, told)
    }

    #[test]
    fn lines_are_written_in_order() {
        let (writer, mut reader, told) = piped();
        (&writer).write_all(b"one\n").unwrap();
        (&writer).write_all(b"two\n").unwrap();
        writer.flush(MOMENT);
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), told.lock().unwrap().as_slice()), ("one\ntwo\n", [].as_slice()));
    }

    #[test]
    fn a_reader_that_is_gone_or_sleeps_holds_nobody_up() {
        let (writer, reader, _) = piped();
        drop(reader);
        assert!((0..100).all(|_| (&writer).write_all(b"a line\n").is_ok()));
        writer.flush(MOMENT);
        assert_eq!(writer.state.lost.load(Ordering::Relaxed), 100);

        let (writer, mut reader, told) = piped();
        let (start, line) = (Instant::now(), vec![b'x'; 1 << 16]);
        assert!((0..200).all(|_| (&writer).write_all(&line).is_ok()));
        writer.flush(Duration::from_millis(10));
        assert!(start.elapsed() < MOMENT);
        // Some may have been told of already: the pipe takes the first line, whenever that is written.
        let lost = writer.state.lost.load(Ordering::Relaxed) + told.lock().unwrap().iter().sum::<u64>();
        assert!((100..200).contains(&lost), "{lost} of 200 lines; what waits is bounded");
        let reading = thread::spawn(move || reader.read_to_end(&mut Vec::new()).unwrap());
        writer.flush(MOMENT);
        drop(writer);
        assert_eq!(reading.join().unwrap() as u64, (200 - lost) << 16);
        assert_eq!(told.lock().unwrap().iter().sum::<u64>(), lost, "it is told once it can be");
    }

    #[test]
    fn a_disk_that_is_full_for_a_while_is_told_of_later() {
        struct Full(u32);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 => Err(ErrorKind::WouldBlock.into()),
                    2 => Ok(1),
                    3..6 => Err(ErrorKind::StorageFull.into()),
                    _ => Ok(bytes.len()),
                }
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (sender, told) = mpsc::channel();
        let writer = LogWriter::to(Full(0), move |lost| sender.send(lost).unwrap()).unwrap();
        (0..5).for_each(|_| (&writer).write_all(b"line\n").unwrap());
        assert_eq!(told.recv_timeout(MOMENT), Ok(3));
    }
}
