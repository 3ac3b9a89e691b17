//! Speech that is still being spoken: heard on the host's thread, read on that of the prediction.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine_api::{EngineError, Heard, Host};

use super::features::{FRAME, Samples};
use crate::motion::WINDOW;

/// Samples that are heard ahead of the prediction, at most: those of a window.
const AHEAD: usize = WINDOW * FRAME;
/// Samples that are heard at once, at most.
const PIECE: usize = 5 * FRAME;

/// Speech on its way, of at most `most` samples: whoever hears it, and what the pipeline reads.
#[must_use]
pub fn streamed(most: usize) -> (Ear, StreamedSpeech) {
    let shared = Arc::new(Shared::default());
    let ear = Ear { shared: Arc::clone(&shared), left: most, piece: vec![0.0; PIECE] };
    (ear, StreamedSpeech { shared, read: 0 })
}

/// Hears speech.
pub struct Ear {
    shared: Arc<Shared>,
    /// Samples that are still wanted.
    left: usize,
    piece: Vec<f32>,
}

/// What was heard, in order.
pub struct StreamedSpeech {
    shared: Arc<Shared>,
    /// Samples that were read.
    read: usize,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    samples: VecDeque<f32>,
    /// Nothing more comes.
    is_over: bool,
    /// Nobody reads it any more.
    is_left: bool,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // What a panic leaves behind here is whole, and the run ends with it anyway.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Queue)) {
        change(&mut self.queue());
        self.changed.notify_all();
    }
}

impl Ear {
    /// Whether there is anything to hear: the speech is not over, is still read, and is not heard too far ahead.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let queue = self.shared.queue();
        !queue.is_over && !queue.is_left && queue.samples.len() < AHEAD
    }

    /// Hears what the host has, and waits up to `patience` where it has nothing.
    ///
    /// # Errors
    /// What the host says.
    pub fn listen(&mut self, host: &mut dyn Host, patience: Duration) -> Result<(), EngineError> {
        let room = self.left.min(PIECE);
        let heard = if room == 0 { Heard::End } else { host.hear(&mut self.piece[..room], patience)? };
        match heard {
            Heard::Samples(count) => {
                let piece = &self.piece[..count.min(room)];
                self.left -= piece.len();
                self.shared.change(|queue| queue.samples.extend(piece));
            }
            Heard::Nothing => {}
            Heard::End => self.shared.change(|queue| queue.is_over = true),
        }
        Ok(())
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.shared.change(|queue| queue.is_over = true);
    }
}

impl Drop for StreamedSpeech {
    fn drop(&mut self) {
        self.shared.change(|queue| queue.is_left = true);
    }
}

impl Samples for StreamedSpeech {
    fn total(&self) -> Option<usize> {
        let queue = self.shared.queue();
        queue.is_over.then_some(self.read + queue.samples.len())
    }

    fn read(&mut self, out: &mut [f32]) -> Result<usize, Box<dyn Error + Send + Sync>> {
        let queue = self.shared.queue();
        let waits = |queue: &mut Queue| queue.samples.len() < out.len() && !queue.is_over;
        let mut queue = self.shared.changed.wait_while(queue, waits).unwrap_or_else(PoisonError::into_inner);
        let count = out.len().min(queue.samples.len());
        out.iter_mut().zip(queue.samples.drain(..count)).for_each(|(out, sample)| *out = sample);
        self.read += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use engine_api::testing::RecordingHost;

    use super::*;

    /// A host that says 0, 1, 2 … `count - 1`, in pieces that grow.
    fn counting(count: usize) -> RecordingHost<'static> {
        let (mut next, mut pieces) = (0, 0);
        RecordingHost::new().speaking(move |samples, _| {
            pieces += 1;
            if next == count {
                return Heard::End;
            }
            if pieces % 3 == 0 {
                return Heard::Nothing;
            }
            let piece = pieces.min(samples.len()).min(count - next);
            samples[..piece].iter_mut().for_each(|sample| {
                *sample = next as f32;
                next += 1;
            });
            Heard::Samples(piece)
        })
    }

    fn heard(most: usize, said: usize) -> (Vec<f32>, u64) {
        let (mut ear, mut speech) = streamed(most);
        let mut host = counting(said);
        let read = thread::scope(|scope| {
            let reader = scope.spawn(move || {
                let (mut all, mut piece) = (Vec::new(), [0.0; 700]);
                loop {
                    match speech.read(&mut piece).unwrap() {
                        0 => break,
                        count => all.extend_from_slice(&piece[..count]),
                    }
                }
                assert_eq!(speech.total(), Some(all.len()));
                all
            });
            while ear.is_open() {
                ear.listen(&mut host, Duration::from_millis(1)).unwrap();
            }
            drop(ear);
            reader.join().unwrap()
        });
        (read, host.heard)
    }

    #[test]
    fn what_is_heard_is_read_in_order_and_to_its_end() {
        let (read, _) = heard(usize::MAX, 20_000);
        assert!(read.len() == 20_000 && read.iter().enumerate().all(|(at, sample)| *sample == at as f32));
        assert_eq!(heard(usize::MAX, 0).0, [0.0; 0]);
    }

    #[test]
    fn no_more_is_heard_than_is_wanted() {
        assert_eq!(heard(1234, 20_000), ((0..1234u16).map(f32::from).collect(), 1234));
    }

    #[test]
    fn nobody_hears_far_ahead_or_for_nobody() {
        let (mut ear, mut speech) = streamed(usize::MAX);
        let mut host = counting(1_000_000);
        while ear.is_open() {
            ear.listen(&mut host, Duration::ZERO).unwrap();
        }
        assert!((AHEAD..AHEAD + PIECE).contains(&(host.heard as usize)), "{}", host.heard);
        assert_eq!(speech.total(), None, "it goes on");
        assert_eq!(speech.read(&mut [0.0; PIECE]).unwrap(), PIECE);
        assert!(ear.is_open());
        drop(speech);
        assert!(!ear.is_open());
    }
}
