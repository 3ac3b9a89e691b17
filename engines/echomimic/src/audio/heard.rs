//! A speech as the frames of a video hear it.

use tch::Tensor;

/// The states of a speech, and which of them each frame of the video hears. Tokens are put together as they are asked for:
/// those of neighbouring frames are mostly the same rows, and all of a long video's would be several gigabytes.
#[derive(Debug)]
pub struct HeardSpeech {
    /// (rows, 5, 384).
    states: Tensor,
    /// (frames, 10), whole numbers.
    rows: Tensor,
}

impl HeardSpeech {
    /// Of states (rows, layers, channels), and of the rows (frames, n) that each frame hears, both in one place.
    pub(super) fn new(states: Tensor, rows: Tensor) -> Self {
        Self { states, rows }
    }

    /// Frames of the video.
    #[must_use]
    pub fn frames(&self) -> i64 {
        self.rows.size()[0]
    }

    /// The rows that each frame hears, (frames, 10), on the device. Parts of it give the [`Self::tokens`] of some frames, so
    /// that nothing has to be sent to the device for them.
    pub fn rows(&self) -> &Tensor {
        &self.rows
    }

    /// What frames hear that hear these rows, (F, n): for each row all states from the lowest layer on; (F, 5 n, 384).
    pub fn tokens(&self, rows: &Tensor) -> Tensor {
        let (frames, channels) = (rows.size()[0], self.states.size()[2]);
        self.states.index_select(0, &rows.flatten(0, -1)).view([frames, -1, channels])
    }
}
