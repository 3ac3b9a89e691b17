//! Sizes of a sampling: volumes, the grid they are sampled at, and their layout in memory with a border of zeros.

/// The channels are padded to a multiple of this, which the smallest vector registers hold.
pub(super) const LANES: usize = 4;

/// The longest axis: up to here the arithmetic of places is exact.
const LONGEST: usize = 1 << 20;

/// Sizes of a sampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Volumes, each with a grid of its own.
    pub(super) count: usize,
    pub(super) channels: usize,
    /// Depth, height and width of a volume.
    pub(super) volume: [usize; 3],
    /// Depth, height and width of what comes out.
    pub(super) grid: [usize; 3],
    /// Numbers of a place: 3, or 2 for pictures, which are volumes of depth 1.
    pub(super) axes: usize,
}

impl Sizes {
    /// Those of an input (N, C, D, H, W) and a grid (N, D', H', W', 3), or (N, C, H, W) and (N, H', W', 2); none for
    /// other shapes.
    pub(super) fn of(input: &[i64], grid: &[i64]) -> Option<Self> {
        let (input, grid): (Vec<usize>, Vec<usize>) =
            [input, grid].map(|shape| shape.iter().filter_map(|&axis| usize::try_from(axis).ok()).collect()).into();
        let (sizes, grids) = match (&input[..], &grid[..]) {
            (&[count, channels, d, h, w], &[grids, gd, gh, gw, 3]) => {
                (Self { count, channels, volume: [d, h, w], grid: [gd, gh, gw], axes: 3 }, grids)
            }
            (&[count, channels, h, w], &[grids, gh, gw, 2]) => {
                (Self { count, channels, volume: [1, h, w], grid: [1, gh, gw], axes: 2 }, grids)
            }
            _ => return None,
        };
        let is_empty = input.contains(&0) || grid.contains(&0);
        // Voxels are counted in 32 bits.
        let voxels =
            sizes.volume.iter().try_fold(1_i32, |voxels, &axis| voxels.checked_mul(i32::try_from(axis).ok()? + 2));
        let is_countable = sizes.volume.iter().all(|&axis| axis <= LONGEST) && voxels.is_some();
        (grids == sizes.count && !is_empty && is_countable).then_some(sizes)
    }

    /// Numbers of a voxel.
    pub(super) fn stride(&self) -> usize {
        self.channels.next_multiple_of(LANES)
    }

    /// Numbers of a row with its border.
    pub(super) fn row_len(&self) -> usize {
        (self.volume[2] + 2) * self.stride()
    }

    /// Numbers of a slice with its border.
    pub(super) fn slice_len(&self) -> usize {
        (self.volume[1] + 2) * self.row_len()
    }

    /// Numbers of a volume with its border.
    pub(super) fn volume_len(&self) -> usize {
        (self.volume[0] + 2) * self.slice_len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_shapes_are_none() {
        assert_eq!(Sizes::of(&[1, 2, 3, 4], &[1, 5, 6, 3]), None);
        assert_eq!(Sizes::of(&[1, 2, 3, -4], &[1, 5, 6, 2]), None);
        assert_eq!(Sizes::of(&[1, 2, 3, 4, 5], &[2, 1, 1, 1, 3]), None);
        assert_eq!(Sizes::of(&[1, 2, 0, 4, 5], &[1, 1, 1, 1, 3]), None);
        assert_eq!(Sizes::of(&[1, 1, 1, 1, (1 << 20) + 1], &[1, 1, 1, 1, 3]), None);
        assert_eq!(Sizes::of(&[1, 1, 2000, 2000, 2000], &[1, 1, 1, 1, 3]), None);
        assert!(Sizes::of(&[1, 2, 3, 4, 5], &[1, 1, 1, 1, 3]).is_some());
        assert_eq!(Sizes::of(&[1, 2, 3, 4], &[1, 5, 6, 2]).unwrap().grid, [1, 5, 6]);
    }
}
