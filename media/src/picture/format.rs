//! The formats of pictures.

use serde::{Deserialize, Serialize};

/// The formats that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// JPEG: baseline or progressive; grey, YCbCr, RGB, CMYK or YCCK.
    Jpeg,
    /// PNG of every colour type and depth; of an animation, the default picture.
    Png,
    /// WebP, lossy or lossless; of an animation, the first frame.
    WebP,
    /// HEIC, as phones save it: of a collection, the primary picture.
    Heic,
    /// AVIF, the same with another coding.
    Avif,
    /// TIFF: grey, RGB or inks, of 8 or 16 bits; the first picture of several.
    Tiff,
    /// GIF: of an animation, the first frame.
    Gif,
    /// BMP.
    Bmp,
}

impl PictureFormat {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Jpeg, Self::Png, Self::WebP, Self::Heic, Self::Avif, Self::Tiff, Self::Gif, Self::Bmp];

    /// The media type, as in a `Content-Type` header.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Heic => "image/heic",
            Self::Avif => "image/avif",
            Self::Tiff => "image/tiff",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
        }
    }

    /// By its first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some(Self::Tiff),
            // Two letters are few: the size of the header, of which there are seven, has to be right as well.
            [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, _, 12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..] => {
                Some(Self::Bmp)
            }
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => of_brands(bytes),
            _ => None,
        }
    }
}

/// A file of boxes says what it is by its brands: first its own, and behind a version those that it goes with.
fn of_brands(bytes: &[u8]) -> Option<PictureFormat> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let brands = bytes.get(8..length.min(bytes.len()))?.as_chunks::<4>().0;
    let own = brands.first()?;
    let any = |of: &[&[u8; 4]]| brands.iter().any(|brand| of.contains(&brand));
    match own {
        b"avif" | b"avis" => Some(PictureFormat::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(PictureFormat::Heic),
        b"mif1" | b"mif2" | b"msf1" if any(&[b"avif", b"avis"]) => Some(PictureFormat::Avif),
        b"mif1" | b"mif2" | b"msf1" => Some(PictureFormat::Heic),
        _ => None,
    }
}

impl std::fmt::Display for PictureFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
            Self::Tiff => "TIFF",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
        })
    }
}
