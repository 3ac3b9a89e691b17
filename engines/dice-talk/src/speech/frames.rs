//! Which rows of Whisper's states each frame of a video hears, cut out of states that come piece by piece.
//!
//! Of each frame's four rows it hears all, four before and two behind; before the speech begins and after it ends there are
//! rows of zeros.

use tch::{Device, Kind, Tensor};

/// Rows from one frame to the next.
const STEP: i64 = 4;
/// Rows that a frame hears.
pub const HEARD_ROWS: i64 = 10;
/// Rows of zeros before the first state.
pub const ROWS_BEFORE: i64 = 4;
/// Rows of zeros behind the last state.
pub const ROWS_BEHIND: i64 = 6;

/// States up to which so many frames hear.
#[must_use]
pub fn heard_rows(frames: i64) -> i64 {
    (frames - 1) * STEP + HEARD_ROWS - ROWS_BEFORE
}

/// Cuts what frames hear out of states. It holds no more rows than the frames share that come next.
#[derive(Debug)]
pub struct Frames {
    /// Rows from the first on that the next frame hears, (rows, numbers of a row).
    held: Tensor,
    /// Frames that are still to come.
    left: i64,
}

impl Frames {
    /// Of so many frames, from states with so many numbers in a row, all layers together.
    #[must_use]
    pub fn new(frames: i64, width: i64, device: Device) -> Self {
        Self { held: zeros(ROWS_BEFORE, width, device), left: frames }
    }

    /// Takes the next states (rows, layers, channels) in 32 bits, and gives what those frames hear that now can be cut:
    /// (frames, 10 · layers · channels), and perhaps of no frame.
    pub fn add(&mut self, states: &Tensor) -> Tensor {
        self.cut(&states.flatten(1, -1))
    }

    /// What the last frames hear, for there are no more states.
    pub fn finish(mut self) -> Tensor {
        let silence = zeros(ROWS_BEHIND, self.held.size()[1], self.held.device());
        self.cut(&silence)
    }

    fn cut(&mut self, rows: &Tensor) -> Tensor {
        let rows = Tensor::cat(&[&self.held, rows], 0);
        let [count, width] = rows.size2().expect("rows of numbers").into();
        let frames = ((count - HEARD_ROWS).div_euclid(STEP) + 1).clamp(0, self.left);
        self.left -= frames;
        // A copy, so that the rows before it are given back.
        self.held = rows.narrow(0, frames * STEP, count - frames * STEP).copy();
        if frames == 0 {
            return rows.narrow(0, 0, 0).reshape([0, HEARD_ROWS * width]);
        }
        rows.unfold(0, HEARD_ROWS, STEP).narrow(0, 0, frames).transpose(1, 2).flatten(1, 2)
    }
}

fn zeros(rows: i64, width: i64, device: Device) -> Tensor {
    Tensor::zeros([rows, width], (Kind::Float, device))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// States of so many rows, of two layers with one channel.
    fn states(rows: i64) -> Tensor {
        (Tensor::arange(2 * rows, (Kind::Float, Device::Cpu)) + 1.0).view([rows, 2, 1])
    }

    fn cut(states: &Tensor, frames: i64, piece: i64) -> Tensor {
        let mut cutter = Frames::new(frames, 2, Device::Cpu);
        let mut heard: Vec<Tensor> = states.split(piece, 0).iter().map(|piece| cutter.add(piece)).collect();
        heard.push(cutter.finish());
        Tensor::cat(&heard, 0)
    }

    #[test]
    fn frames_hear_their_own_rows_and_some_around_them() {
        let heard = cut(&states(14), 3, 14);
        let row = |frame: i64| Vec::<f32>::try_from(heard.get(frame).view([10, 2]).select(1, 0)).unwrap();
        assert_eq!(heard.size(), [3, 20]);
        assert_eq!(row(0), [0.0, 0.0, 0.0, 0.0, 1.0, 3.0, 5.0, 7.0, 9.0, 11.0]);
        assert_eq!(row(1), [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0]);
        assert_eq!(row(2), [9.0, 11.0, 13.0, 15.0, 17.0, 19.0, 21.0, 23.0, 25.0, 27.0]);
        assert_eq!(heard_rows(3), 14, "no row behind these is heard");
    }

    #[test]
    fn pieces_of_any_length_give_the_same() {
        for (rows, frames) in [(4, 1), (6, 1), (50, 12), (52, 13), (40, 3)] {
            let whole = cut(&states(rows), frames, rows);
            assert_eq!(whole.size(), [frames, 20]);
            for piece in [1, 4, 7, 13] {
                assert_eq!(cut(&states(rows), frames, piece), whole, "{rows} rows in pieces of {piece}");
            }
        }
        let end = cut(&states(4), 1, 4).get(0).view([10, 2]).narrow(0, 8, 2);
        assert_eq!(end, Tensor::zeros([2, 2], (Kind::Float, Device::Cpu)), "speech ends in zeros");
    }
}
