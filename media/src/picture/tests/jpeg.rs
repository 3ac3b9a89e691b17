//! JPEGs that lack their end, and those that hardly anybody writes.

use super::*;

/// A picture in which no two blocks are alike, up to the last one.
fn busy(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 37 % 251) as u8, (x * y % 253) as u8, (y * 91 % 249) as u8]))
}

fn without_end(mut file: Vec<u8>) -> Vec<u8> {
    assert!(file.ends_with(b"\xff\xd9"));
    file.truncate(file.len() - 2);
    file
}

#[test]
fn a_file_that_lacks_only_its_end_marker_is_whole() {
    for (width, height) in [(64, 64), (61, 43), (8, 8), (200, 33)] {
        let whole = jpeg(&busy(width, height), None);
        let expected = decode(&whole, &LIMITS).unwrap().pixels;
        let cut = without_end(whole);
        for more in [b"".as_slice(), b"\xff", b"\0\0\0\0\0\0"] {
            let file = [&cut, more].concat();
            assert_eq!(decode(&file, &LIMITS).unwrap().pixels, expected, "{width}x{height} with {more:?}");
        }
        for missing in [2, 3, 5, 20, 100] {
            let file = &cut[..cut.len() - missing.min(cut.len() / 8)];
            assert_eq!(kind(&decode(file, &LIMITS).unwrap_err()), "Undecodable", "{width}x{height} without {missing}");
        }
    }
    let mut grey = Vec::new();
    let picture = GrayImage::from_fn(40, 40, |x, y| Luma([(x * 6 + y) as u8]));
    JpegEncoder::new_with_quality(&mut grey, 95).encode_image(&picture).unwrap();
    decode(&without_end(grey), &LIMITS).unwrap();
}

#[test]
fn a_file_whose_scans_have_not_all_begun_is_cut_short() {
    // Of a picture in one scan, a promise of another component.
    let mut file = without_end(jpeg(&busy(32, 32), None));
    let scan = file.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    // The last coefficients, or the last bit, are to come.
    for (at, value) in [(11, 5), (13, 1)] {
        let was = std::mem::replace(&mut file[scan + at - 1], value);
        assert_eq!(kind(&decode(&file, &LIMITS).unwrap_err()), "Undecodable");
        file[scan + at - 1] = was;
    }
    decode(&file, &LIMITS).unwrap();
}

#[test]
fn rare_kinds_are_told_for_what_they_are() {
    let picture = jpeg(&marked(48, 32), None);
    let start = picture.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let with = |at: usize, value: u8| {
        let mut file = picture.clone();
        file[start + at] = value;
        let error = decode(&file, &LIMITS).unwrap_err();
        assert_eq!(kind(&error), "Unsupported", "{error}");
        error.to_string()
    };
    for (marker, words) in
        [(0xc3, "lossless"), (0xc9, "arithmetic"), (0xca, "arithmetic"), (0xc5, "hierarchical"), (0xf7, "JPEG-LS")]
    {
        let told = with(1, marker);
        assert!(told.contains(words), "{told}");
    }
    let told = with(4, 12);
    assert!(told.contains("12 bits a sample"), "{told}");
}
