//! What the start of a JPEG's frame says, and what its decoder allocates for it.

use super::super::error::PictureError;

/// What the start of a frame says.
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) progressive: bool,
    /// Sampling factors, across and down, of each component.
    factors: Vec<(u64, u64)>,
}

impl Frame {
    /// Reads the segment behind a marker that starts a frame.
    pub(super) fn parse(marker: u8, segment: &[u8]) -> Result<Self, PictureError> {
        let progressive = match marker {
            0xc0 | 0xc1 => false,
            0xc2 => true,
            other => return Err(PictureError::Unsupported { what: rare_kind(other).to_owned() }),
        };
        let [precision, high, low, wide, narrow, count, components @ ..] = segment else {
            return Err(PictureError::undecodable("its header is cut short"));
        };
        if *precision != 8 {
            return Err(PictureError::Unsupported { what: format!("a JPEG of {precision} bits a sample") });
        }
        let factors: Vec<(u64, u64)> = components
            .as_chunks::<3>()
            .0
            .iter()
            .map(|[_, both, _]| (u64::from(both >> 4), u64::from(both & 15)))
            .collect();
        let known = 1..=4;
        if !known.contains(&usize::from(*count))
            || factors.len() != usize::from(*count)
            || !factors
                .iter()
                .all(|&(across, down)| known.contains(&(across as usize)) && known.contains(&(down as usize)))
        {
            return Err(PictureError::undecodable("its header is damaged"));
        }
        let size = |high: &u8, low: &u8| u32::from(u16::from_be_bytes([*high, *low]));
        let (width, height) = (size(wide, narrow), size(high, low));
        if width == 0 || height == 0 {
            return Err(PictureError::undecodable("its header gives it no size"));
        }
        Ok(Self { width, height, progressive, factors })
    }

    /// How many components it has.
    pub(super) fn components(&self) -> usize {
        self.factors.len()
    }

    /// The most of the sampling factors, across and down.
    fn most(&self) -> (u64, u64) {
        self.factors.iter().fold((1, 1), |most, factors| (most.0.max(factors.0), most.1.max(factors.1)))
    }

    /// Blocks of the largest sampling, across and down.
    fn units(&self) -> (u64, u64) {
        let most = self.most();
        (u64::from(self.width).div_ceil(8 * most.0), u64::from(self.height).div_ceil(8 * most.1))
    }

    /// Bytes of all coefficients, of two bytes each.
    pub(super) fn coefficients(&self) -> u64 {
        let (across, down) = self.units();
        self.factors.iter().map(|factors| 2 * 64 * across * down * factors.0 * factors.1).sum()
    }

    /// Bytes of the rows that are decoded, upsampled and converted at a time.
    pub(super) fn rows(&self) -> u64 {
        let (most, (across, _)) = (self.most(), self.units());
        let rows = self.factors.iter().map(|&(h, v)| {
            let ratio = most.0.div_ceil(h) * most.1.div_ceil(v);
            2 * 8 * across * h * (10 * v + ratio * (16 + v))
        });
        rows.sum::<u64>() + 2 * 8 * 8 * across * most.0
    }
}

/// What is told of frames that hardly anybody writes, and fewer read.
fn rare_kind(marker: u8) -> &'static str {
    match marker {
        0xc3 => "a lossless JPEG, as scanners, raw files and medicine have them",
        0xc5..=0xc7 | 0xcd..=0xcf => "a hierarchical JPEG",
        0xc9 | 0xca => "a JPEG with arithmetic coding",
        0xcb => "a lossless JPEG with arithmetic coding",
        0xf7 => "a JPEG-LS, as medicine has them",
        _ => "a JPEG of a rare kind",
    }
}
