//! Draws the test card: a pure function of the number of a frame and its loudness, so that a test can compute what must arrive.

/// White, yellow, cyan, green, magenta, red, blue and black at three quarters.
const BARS: [[u8; 3]; 8] =
    [[191, 191, 191], [191, 191, 0], [0, 191, 191], [0, 191, 0], [191, 0, 191], [191, 0, 0], [0, 0, 191], [0, 0, 0]];
const WHITE: [u8; 3] = [255; 3];
const DARK: [u8; 3] = [16; 3];

/// Binary digits of the frame's number at the lower edge, the highest on the left.
const DIGITS: usize = 16;

/// Draws frame number `frame` into `rgb`, rows of `width` RGB pixels. `loudness` is 0 to 1.
pub(crate) fn draw(rgb: &mut [u8], width: usize, frame: u64, loudness: f32) {
    let height = rgb.len() / 3 / width;
    let line = (frame as usize * 4) % width;
    let meter = (loudness * width as f32) as usize;
    for (y, row) in rgb.chunks_exact_mut(width * 3).enumerate() {
        for (x, pixel) in row.as_chunks_mut().0.iter_mut().enumerate() {
            *pixel = match 8 * y / height {
                7 => digit(frame, x * DIGITS / width),
                6 if x < meter => WHITE,
                6 => DARK,
                _ if x == line || x == line + 1 => WHITE,
                _ => BARS[x * BARS.len() / width],
            };
        }
    }
}

fn digit(frame: u64, place: usize) -> [u8; 3] {
    if frame >> (DIGITS - 1 - place) & 1 == 1 { WHITE } else { DARK }
}
