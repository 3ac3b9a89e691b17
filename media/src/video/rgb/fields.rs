//! Interlaced pictures, whose even and odd lines show two moments, as pictures of one moment.

use ffmpeg_next::frame;

use super::layout::{is_upright, sample_bytes};

/// An interlaced picture with the lines of its later field drawn anew; none where nothing need or can be done.
///
/// A line of the later field keeps what lies between the lines above and below, and is cut off there: the median of the
/// three. So what stands still stays sharp, and what moves has no combs.
pub(super) fn filled(picture: &frame::Video) -> Option<frame::Video> {
    if !picture.is_interlaced() || !is_upright(picture) {
        return None;
    }
    let middle = match sample_bytes(picture)? {
        1 => middle_of::<1>,
        _ => middle_of::<2>,
    };
    let mut whole = frame::Video::new(picture.format(), picture.width(), picture.height());
    for plane in 0..picture.planes() {
        let (from, to) = (picture.stride(plane), whole.stride(plane));
        let (lines, bytes) = (picture.plane_height(plane) as usize, from.min(to));
        let data = picture.data(plane);
        let line = |at: usize| &data[at * from..at * from + bytes];
        for (at, out) in whole.data_mut(plane).chunks_exact_mut(to).take(lines).enumerate() {
            let is_early = at.is_multiple_of(2) == picture.is_top_first();
            let (above, below) = (at.checked_sub(1), Some(at + 1).filter(|below| *below < lines));
            match (above, below) {
                (Some(above), Some(below)) if !is_early => {
                    middle(line(above), line(at), line(below), &mut out[..bytes]);
                }
                (Some(only), None) | (None, Some(only)) if !is_early => out[..bytes].copy_from_slice(line(only)),
                _ => out[..bytes].copy_from_slice(line(at)),
            }
        }
    }
    Some(whole)
}

fn middle_of<const BYTES: usize>(above: &[u8], own: &[u8], below: &[u8], out: &mut [u8]) {
    let value = |bytes: &[u8]| match BYTES {
        1 => u16::from(bytes[0]),
        _ => u16::from_le_bytes([bytes[0], bytes[1]]),
    };
    let samples = above.chunks_exact(BYTES).zip(own.chunks_exact(BYTES)).zip(below.chunks_exact(BYTES));
    for (out, ((above, own), below)) in out.chunks_exact_mut(BYTES).zip(samples) {
        let (first, second) = (value(above), value(below));
        let middle = value(own).clamp(first.min(second), first.max(second));
        out.copy_from_slice(&middle.to_le_bytes()[..BYTES]);
    }
}
