//! Notes where in a clip the face is not seen that is followed: landmarks are given for every square, also for one that shows
//! something else by now.

use std::ops::Range;

/// One frame of so many is looked at: faces do not come and go faster than people notice.
const EVERY: usize = 5;

/// The frames in which nothing was seen.
#[derive(Debug, Default)]
pub(super) struct Presence {
    frames: usize,
    unseen: Vec<Range<usize>>,
}

impl Presence {
    /// Takes the next frame; `sees` looks at it.
    ///
    /// # Errors
    /// What `sees` returns.
    pub(super) fn look<E>(&mut self, sees: impl FnOnce() -> Result<bool, E>) -> Result<(), E> {
        let frame = self.frames;
        if frame.is_multiple_of(EVERY) && !sees()? {
            match self.unseen.last_mut() {
                Some(last) if last.end == frame => last.end = frame + EVERY,
                _ => self.unseen.push(frame..frame + EVERY),
            }
        }
        self.frames += 1;
        Ok(())
    }

    /// Where nothing was seen in two looks or more; a single one may be a blur.
    pub(super) fn unseen(self) -> Vec<Range<usize>> {
        let Self { frames, unseen } = self;
        let is_long = |range: &Range<usize>| range.len() > EVERY;
        unseen.into_iter().filter(is_long).map(|range| range.start..range.end.min(frames)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From where to where it is not seen.
    fn unseen(frames: usize, is_seen: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
        let mut presence = Presence::default();
        (0..frames).for_each(|frame| presence.look(|| Ok::<_, ()>(is_seen(frame))).unwrap());
        presence.unseen().into_iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn a_face_that_is_always_seen_leaves_nothing_to_say() {
        assert!(unseen(100, |_| true).is_empty());
        assert!(unseen(0, |_| false).is_empty());
    }

    #[test]
    fn a_face_that_is_gone_for_a_while_is_told_from_one_that_is_missed_once() {
        assert_eq!(unseen(100, |frame| !(40..60).contains(&frame)), [(40, 60)]);
        assert!(unseen(100, |frame| frame != 40).is_empty());
        assert_eq!(unseen(48, |frame| (10..30).contains(&frame)), [(0, 10), (30, 48)]);
    }

    #[test]
    fn few_frames_are_looked_at() {
        let mut presence = Presence::default();
        let mut looks = 0;
        for _ in 0..100 {
            presence
                .look(|| {
                    looks += 1;
                    Ok::<_, ()>(true)
                })
                .unwrap();
        }
        assert_eq!(looks, 20);
    }
}
