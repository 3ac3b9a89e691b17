//! YUV to RGB by the matrix and the range that a picture names.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::{color, frame};

/// From these sizes on players take a picture that names no matrix for BT.709.
const HIGH_DEFINITION: (u32, u32) = (1280, 720);

/// How YUV becomes RGB, on the scale of 8 bits.
pub(super) struct Colours {
    black: f32,
    luma_scale: f32,
    /// What Cb and Cr add to red, green and blue.
    chroma: [[f32; 2]; 3],
}

impl Colours {
    /// Of a picture.
    pub(super) fn of(picture: &frame::Video) -> Self {
        let name = picture.format().descriptor().map_or("", |descriptor| descriptor.name());
        let is_full = name.starts_with("yuvj") || picture.color_range() == color::Range::JPEG;
        let (black, luma_scale, chroma_scale) =
            if is_full { (0.0, 1.0, 1.0) } else { (16.0, 255.0 / 219.0, 255.0 / 224.0) };
        let chroma = match picture.color_space() {
            // Cb is Cg and Cr is Co: green and orange against the middle.
            color::Space::YCGCO => [[-1.0, 1.0], [1.0, 0.0], [-1.0, -1.0]],
            named => differences(weights(named, picture)),
        };
        Self { black, luma_scale, chroma: chroma.map(|parts| parts.map(|part: f32| part * chroma_scale)) }
    }

    /// Red, green and blue from 0 to 255; beyond where YUV is.
    pub(super) fn rgb(&self, luma: f32, u: f32, v: f32) -> [f32; 3] {
        let grey = self.luma_scale * (luma - self.black);
        self.chroma.map(|[of_u, of_v]| grey + of_u * u + of_v * v)
    }
}

/// What the luma of red and of blue weighs, as ITU-T H.273 has it.
fn weights(named: color::Space, picture: &frame::Video) -> (f32, f32) {
    const BT601: (f32, f32) = (0.299, 0.114);
    const BT709: (f32, f32) = (0.2126, 0.0722);
    const BT2020: (f32, f32) = (0.2627, 0.0593);
    match named {
        color::Space::BT709 => BT709,
        color::Space::BT2020NCL | color::Space::BT2020CL => BT2020,
        color::Space::BT470BG | color::Space::SMPTE170M => BT601,
        color::Space::FCC => (0.30, 0.11),
        color::Space::SMPTE240M => (0.212, 0.087),
        _ if picture.color_primaries() == color::Primaries::BT2020 => BT2020,
        _ if is_motion_jpeg(picture.format()) => BT601,
        _ if picture.width() >= HIGH_DEFINITION.0 || picture.height() >= HIGH_DEFINITION.1 => BT709,
        _ => BT601,
    }
}

fn differences((red, blue): (f32, f32)) -> [[f32; 2]; 3] {
    let green = 1.0 - red - blue;
    let (red_v, blue_u) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
    [[0.0, red_v], [-blue_u * blue / green, -red_v * red / green], [blue_u, 0.0]]
}

/// JFIF knows BT.601 alone.
fn is_motion_jpeg(format: Pixel) -> bool {
    [Pixel::YUVJ420P, Pixel::YUVJ422P, Pixel::YUVJ444P, Pixel::YUVJ440P, Pixel::YUVJ411P].contains(&format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn green_and_orange_against_the_middle_are_told_from_blue_and_red() {
        let mut picture = frame::Video::new(Pixel::YUV444P, 16, 16);
        picture.set_color_range(color::Range::JPEG);
        picture.set_color_space(color::Space::YCGCO);
        // ITU-T H.273, equations 56 to 58: red is a quarter of luma, half of orange and less a quarter of green.
        let colours = Colours::of(&picture);
        for (luma, green, orange, rgb) in
            [(63.75, -63.75, 127.5, [255.0, 0.0, 0.0]), (127.5, 127.5, 0.0, [0.0, 255.0, 0.0])]
        {
            assert_eq!(colours.rgb(luma, green, orange), rgb);
        }
    }
}
