//! Pictures whose pixels are not square, as cameras and broadcasters store them: 720 of them make 1024 on a screen.

pub(super) mod declared;

use ffmpeg_next::Rational;

/// Pixels that are said to be wider or higher than this are not believed.
const OBLONG: f64 = 8.0;

/// How many square pixels across show a picture that is stored so many across. Its lines stay. What the file says of its
/// pixels goes before what the picture says, unless it says that they are square, as many programs do that know no better.
pub(super) fn square_width(stored: u32, of_file: Option<f64>, of_picture: Rational) -> u32 {
    let told = of_file.filter(|aspect| *aspect != 1.0).unwrap_or(match of_picture.denominator() {
        0 => 1.0,
        _ => f64::from(of_picture),
    });
    match (1.0 / OBLONG..=OBLONG).contains(&told) && told != 1.0 {
        true => ((f64::from(stored) * told / 2.0).round() as u32 * 2).max(2),
        false => stored,
    }
}
