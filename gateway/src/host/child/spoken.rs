//! Speech that is still spoken, as it comes through a pipe: samples as 32-bit floats, the least byte first.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use engine_api::Heard;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

/// Bytes of a sample.
const SAMPLE: usize = 4;

/// The listener's end of a pipe. Whoever speaks closes the other end to end the speech.
pub(super) struct SpokenSpeech {
    pipe: File,
    /// What was read of it; at the end perhaps a part of a sample.
    bytes: Vec<u8>,
}

impl SpokenSpeech {
    /// Listens at a named pipe, whether anybody speaks yet or not.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let pipe = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
        Ok(Self { pipe, bytes: Vec::new() })
    }

    /// Hears as many samples as are there, and waits up to `patience` for the next one.
    pub(super) fn hear(&mut self, samples: &mut [f32], patience: Duration) -> io::Result<Heard> {
        let wanted = samples.len() * SAMPLE;
        if self.bytes.len() < SAMPLE && wanted > 0 {
            // A pipe that nobody has opened yet is neither readable nor hung up.
            let mut pipe = [PollFd::new(&self.pipe, PollFlags::IN)];
            let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
            if poll(&mut pipe, Some(&patience)).or_else(interrupted)? == 0 {
                return Ok(Heard::Nothing);
            }
            let had = self.bytes.len();
            self.bytes.resize(wanted, 0);
            let read = self.pipe.read(&mut self.bytes[had..]);
            let count = match read {
                Err(error) if error.kind() == ErrorKind::WouldBlock => None,
                read => Some(read?),
            };
            self.bytes.truncate(had + count.unwrap_or(0));
            if count == Some(0) {
                return Ok(Heard::End);
            }
        }
        let whole = self.bytes.as_chunks::<SAMPLE>().0;
        let count = whole.len().min(samples.len());
        samples.iter_mut().zip(whole).for_each(|(sample, bytes)| *sample = f32::from_le_bytes(*bytes));
        self.bytes.drain(..count * SAMPLE);
        Ok(if count > 0 { Heard::Samples(count) } else { Heard::Nothing })
    }
}

/// A signal is no reason to fail.
fn interrupted(error: rustix::io::Errno) -> rustix::io::Result<usize> {
    if error == rustix::io::Errno::INTR { Ok(0) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    const SOON: Duration = Duration::from_millis(5);

    #[test]
    fn samples_are_heard_whole_and_in_order_and_the_end_is_when_the_speaker_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spoken");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let mut spoken = SpokenSpeech::open(&path).unwrap();
        let mut samples = [0.0; 4];
        assert_eq!(spoken.hear(&mut samples, SOON).unwrap(), Heard::Nothing, "nobody has come yet");
        let mut speaker = OpenOptions::new().write(true).open(&path).unwrap();
        assert_eq!(spoken.hear(&mut samples, SOON).unwrap(), Heard::Nothing, "nothing is said yet");
        let said: Vec<u8> = (1..=6u8).flat_map(|sample| f32::from(sample).to_le_bytes()).collect();
        speaker.write_all(&said[..3]).unwrap();
        assert_eq!(spoken.hear(&mut samples, SOON).unwrap(), Heard::Nothing, "a part of a sample is none");
        speaker.write_all(&said[3..]).unwrap();
        assert_eq!((spoken.hear(&mut samples, SOON).unwrap(), samples), (Heard::Samples(4), [1.0, 2.0, 3.0, 4.0]));
        assert_eq!(spoken.hear(&mut samples, SOON).unwrap(), Heard::Samples(2));
        assert_eq!(samples[..2], [5.0, 6.0]);
        drop(speaker);
        assert_eq!(spoken.hear(&mut samples, SOON).unwrap(), Heard::End);
        assert_eq!(spoken.hear(&mut samples, SOON).unwrap(), Heard::End);
    }
}
