//! Parts of pictures in whole pixels.

use crate::raster::Raster;

/// Left, top, right, bottom in whole pixels, ends excluded. They may lie beyond the picture, or ends before starts.
pub type Edges = [i64; 4];

/// A part of a picture in pixels, ends excluded. It has at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// The column after the last.
    pub right: usize,
    /// The row after the last.
    pub bottom: usize,
}

impl Area {
    /// What lies in a picture of this size; none where nothing does.
    #[must_use]
    pub fn within([left, top, right, bottom]: Edges, width: usize, height: usize) -> Option<Self> {
        let inside = |edge: i64, length: usize| edge.clamp(0, length as i64) as usize;
        Self {
            left: inside(left, width),
            top: inside(top, height),
            right: inside(right, width),
            bottom: inside(bottom, height),
        }
        .with_pixels()
    }

    /// What a slice of numpy takes of a picture of this size: an edge before the picture counts from its other end.
    #[must_use]
    pub fn sliced([left, top, right, bottom]: Edges, width: usize, height: usize) -> Option<Self> {
        let counted = |edge: i64, length: usize| if edge < 0 { edge + length as i64 } else { edge };
        let edges = [counted(left, width), counted(top, height), counted(right, width), counted(bottom, height)];
        Self::within(edges, width, height)
    }

    /// Columns.
    #[must_use]
    pub fn width(self) -> usize {
        self.right - self.left
    }

    /// Rows.
    #[must_use]
    pub fn height(self) -> usize {
        self.bottom - self.top
    }

    /// The square of the shorter side in its middle.
    #[must_use]
    pub fn square(self) -> Self {
        let side = self.width().min(self.height());
        let start = |from: usize, to: usize| usize::midpoint(from, to) - side / 2;
        let (left, top) = (start(self.left, self.right), start(self.top, self.bottom));
        Self { left, top, right: left + side, bottom: top + side }
    }

    /// What is common to both; none where nothing is.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
        .with_pixels()
    }

    fn with_pixels(self) -> Option<Self> {
        (self.left < self.right && self.top < self.bottom).then_some(self)
    }

    /// This part of a picture that contains it.
    #[must_use]
    pub fn cut(self, picture: &Raster<u8>) -> Raster<u8> {
        let channels = picture.channels();
        let mut part = Raster::zeros(self.width(), self.height(), channels);
        for y in 0..self.height() {
            part.row_mut(y).copy_from_slice(&picture.row(self.top + y)[self.left * channels..self.right * channels]);
        }
        part
    }

    /// A picture of one channel as large as this part: 255 where `marked` lies, else 0.
    #[must_use]
    pub fn mask(self, marked: Option<Self>) -> Raster<u8> {
        let mut mask = Raster::zeros(self.width(), self.height(), 1);
        if let Some(marked) = marked.and_then(|marked| self.common(marked)) {
            for y in marked.top..marked.bottom {
                mask.row_mut(y - self.top)[marked.left - self.left..marked.right - self.left].fill(u8::MAX);
            }
        }
        mask
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn parts_of_a_picture_lie_in_it(
            edges in [-300_i64..300, -300_i64..300, -300_i64..300, -300_i64..300],
            others in [-300_i64..300, -300_i64..300, -300_i64..300, -300_i64..300],
            (width, height) in (0_usize..200, 0_usize..200),
        ) {
            let parts = [Area::within(edges, width, height), Area::sliced(edges, width, height)];
            for part in parts.into_iter().flatten() {
                prop_assert!(part.left < part.right && part.right <= width);
                prop_assert!(part.top < part.bottom && part.bottom <= height);
                let square = part.square();
                prop_assert_eq!(square.common(part), Some(square));
                prop_assert_eq!(square.width(), part.width().min(part.height()));
                let marked = Area::within(others, width, height);
                let count = part.mask(marked).data().iter().filter(|sample| **sample == 255).count();
                let common = marked.and_then(|marked| part.common(marked));
                prop_assert_eq!(count, common.map_or(0, |common| common.width() * common.height()));
            }
        }
    }
}
