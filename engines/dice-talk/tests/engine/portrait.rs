//! Portraits in which the stand-in for the face detector sees as many faces as are wanted.

use image::{Rgb, RgbImage};

/// Columns and rows of a portrait: the detector sees it as it is.
pub(crate) const SIDE: u32 = 416;

/// A portrait with a face at each of these cells of 32 pixels, in column and row.
///
/// The stand-in looks at the means of red in cells of 32, 16 and 8 pixels. In one of 32 that is half red or more it sees a
/// face of about 192 by 224 pixels around its middle, the larger and surer the earlier it comes in the rows. It does so too in
/// every third cell of 16 and every seventh of 8, where faces are as much smaller: those stay dark here. A third of the cells
/// of 32 have too many of them, and show nothing.
pub(crate) fn portrait(faces: &[[u32; 2]]) -> RgbImage {
    let [coarse, middle, fine] = [32, 16, 8].map(|pixels| SIDE / pixels);
    let mut portrait = RgbImage::from_fn(SIDE, SIDE, |x, y| Rgb([0, (x / 2) as u8, (y / 2) as u8]));
    for [column, row] in faces {
        for (x, y) in (0..16).map(|part| (4 * column + part % 4, 4 * row + part / 4)) {
            let place_in_middle = coarse * coarse + y / 2 * middle + x / 2;
            let place_in_fine = coarse * coarse + middle * middle + y * fine + x;
            if place_in_middle % 3 != 0 && place_in_fine % 7 != 0 {
                (0..64).for_each(|pixel| portrait.get_pixel_mut(8 * x + pixel % 8, 8 * y + pixel / 8)[0] = u8::MAX);
            }
        }
    }
    portrait
}
