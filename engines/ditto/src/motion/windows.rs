//! Joins windows of predicted motion to one sequence: cross-fades, smoothing and what the next window starts from.

use std::ops::Range;

use crate::motion::{Motion, POSE_PART, VECTOR, Vector, WINDOW};

/// How windows are joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Joining {
    /// Frames by which windows overlap (`overlap_v2`), 1 to 79.
    pub overlap: usize,
    /// Streaming: the cross-fade is no longer than what a window adds.
    pub online: bool,
    /// Every how many windows the condition frame goes back to the source; 0 never.
    pub fix_kp_cond: usize,
    /// What of the condition frame stays predicted even then.
    pub fix_kp_cond_dim: Option<Range<usize>>,
    /// Width of the running mean over the pose part; up to 1 there is none (`smo_k_d`).
    pub smooth: usize,
}

impl Joining {
    /// Frames that each window after the first adds.
    #[must_use]
    pub fn step(&self) -> usize {
        WINDOW.saturating_sub(self.overlap)
    }

    /// Frames that are cross-faded with the window before.
    #[must_use]
    pub fn fuse(&self) -> usize {
        if self.online { self.overlap.min(self.step()) } else { self.overlap.min(WINDOW) }
    }
}

/// The sequence so far.
#[derive(Debug, Clone)]
pub struct JoinedWindows {
    joining: Joining,
    source: Vector,
    cond_frame: Vector,
    windows: usize,
    rows: Vec<Vector>,
}

impl JoinedWindows {
    /// An empty sequence; the first window starts from the source.
    #[must_use]
    pub fn new(joining: Joining, source: &Motion) -> Self {
        let source = source.to_vector();
        Self { joining, source, cond_frame: source, windows: 0, rows: Vec::new() }
    }

    /// The frame that the next window starts from.
    #[must_use]
    pub fn cond_frame(&self) -> &Vector {
        &self.cond_frame
    }

    /// The vectors so far, or what is kept of them.
    #[must_use]
    pub fn rows(&self) -> &[Vector] {
        &self.rows
    }

    /// Joins the next window of 80 vectors.
    ///
    /// # Panics
    /// If the window has another length.
    pub fn push(&mut self, window: &[Vector]) {
        assert_eq!(window.len(), WINDOW, "a window has {WINDOW} vectors");
        let (step, fuse) = (self.joining.step(), self.joining.fuse());
        let before = self.rows.len();
        if before == 0 {
            self.rows.extend_from_slice(window);
            smooth(&mut self.rows, 0..WINDOW, self.joining.smooth);
        } else {
            let fade = self.rows[before.saturating_sub(fuse)..].iter_mut().zip(&window[WINDOW - step - fuse..]);
            for (index, (old, new)) in fade.enumerate() {
                let weight = index as f32 / fuse as f32;
                old.iter_mut().zip(new).for_each(|(old, new)| *old = *old * (1.0 - weight) + new * weight);
            }
            self.rows.extend_from_slice(&window[WINDOW - step..]);
            let after = self.rows.len();
            let seam = after - step;
            smooth(&mut self.rows, seam.saturating_sub(fuse)..after.min(seam + 1), self.joining.smooth);
        }
        self.windows += 1;
        self.cond_frame = self.next_cond_frame();
    }

    fn next_cond_frame(&self) -> Vector {
        let at = (self.rows.len() - self.joining.overlap).saturating_sub(1);
        let predicted = self.rows[at];
        let fix = self.joining.fix_kp_cond;
        if fix == 0 || !self.windows.is_multiple_of(fix) {
            return predicted;
        }
        let mut frame = self.source;
        if let Some(kept) = self.joining.fix_kp_cond_dim.clone() {
            let kept = kept.start.min(VECTOR)..kept.end.min(VECTOR);
            if let (Some(to), Some(from)) = (frame.get_mut(kept.clone()), predicted.get(kept)) {
                to.copy_from_slice(from);
            }
        }
        frame
    }

    /// Vectors that no further window changes: all but those that are cross-faded and smoothed with the next one.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.rows.len().saturating_sub(self.joining.fuse())
    }

    /// Forgets the oldest vectors and keeps `count`, at least a window; gives how many went.
    pub fn keep_last(&mut self, count: usize) -> usize {
        let gone = self.rows.len().saturating_sub(count.max(WINDOW));
        self.rows.drain(..gone);
        gone
    }
}

/// Running mean over time of the pose part, within the sequence's ends, of the rows in the range.
fn smooth(rows: &mut [Vector], range: Range<usize>, width: usize) {
    if width <= 1 {
        return;
    }
    let half = width / 2;
    // Means are taken over what was there before; only the neighbourhood of the range matters.
    let first = range.start.saturating_sub(half);
    let copy = rows[first..rows.len().min(range.end + half)].to_vec();
    for at in range {
        rows[at] = smoothed(&copy, at - first, width);
    }
}

/// A vector whose pose part is the mean over its neighbours, `width` in all and fewer at the ends.
#[must_use]
pub fn smoothed(rows: &[Vector], at: usize, width: usize) -> Vector {
    let mut vector = rows[at];
    if width <= 1 {
        return vector;
    }
    let half = width / 2;
    let near = &rows[at.saturating_sub(half)..rows.len().min(at + half + 1)];
    for (dim, value) in vector.iter_mut().enumerate().take(POSE_PART) {
        let sum: f32 = near.iter().map(|row| row[dim]).sum();
        *value = sum / near.len() as f32;
    }
    vector
}

/// Bounds of each number of a motion vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// Least values.
    pub min: Vector,
    /// Greatest values; where one is below the least value, it wins.
    pub max: Vector,
}

/// A vector within the bounds, as a record.
#[must_use]
pub fn to_motion(vector: &Vector, bounds: Option<&Bounds>) -> Motion {
    let mut vector = *vector;
    if let Some(Bounds { min, max }) = bounds {
        let limits = min.iter().zip(max);
        vector.iter_mut().zip(limits).for_each(|(value, (min, max))| *value = value.max(*min).min(*max));
    }
    Motion::from_vector(&vector)
}
