//! Colours as the warp mixes them: red, green and blue, 0 to 255 each.

use crate::curve::mix;

pub(super) type Colour = [f32; 3];

/// How bright a colour looks (ITU-R BT.601).
pub(super) fn brightness(colour: Colour) -> f32 {
    0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
}

/// Lays a share of another colour over one.
#[inline(always)]
pub(super) fn blend(colour: &mut Colour, over: Colour, share: f32) {
    colour.iter_mut().zip(over).for_each(|(value, over)| *value = mix(*value, over, share));
}
