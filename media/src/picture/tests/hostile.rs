//! Files that ask for more than a picture is worth.

use std::time::{Duration, Instant};

use super::*;

/// What decoding a file takes, in MiB.
fn demand(file: &[u8]) -> Result<u64, PictureError> {
    Header::read(&mut Cursor::new(file), &LIMITS).map(|header| header.memory >> 20)
}

#[test]
fn fifty_million_pixels_take_three_bytes_each_whatever_they_are() {
    for (depth, color, interlaced) in [(16, 6, 0), (16, 6, 1), (16, 0, 0), (8, 2, 1), (1, 3, 0), (8, 4, 1)] {
        let file = png_file((7071, 7071), [depth, color, interlaced], &[], &[]);
        let taken = demand(&file).unwrap();
        assert!((143..168).contains(&taken), "{taken} MiB for {depth} bits of type {color}");
    }
    let error = demand(&png_file((49_000_000, 1), [16, 6, 0], &[], &[])).unwrap_err();
    assert!(matches!(error, PictureError::TooMuchMemory { .. }), "a row of 400 MB: {error}");
    assert!(error.to_string().contains("49000000x1"), "{error}");
}

#[test]
fn what_stands_beside_a_picture_costs_neither_memory_nor_time() {
    let picture = marked(48, 32);
    // Pieces of an extended description that never becomes whole: the decoder would sort them anew for each.
    let mut piece = b"http://ns.adobe.com/xmp/extension/\0".to_vec();
    piece.extend([b'A'; 32]);
    piece.extend(b"\xff\xff\xff\xff\0\0\0\x01x");
    let mut file = b"\xff\xd8".to_vec();
    while file.len() < 9 << 20 {
        file.extend(b"\xff\xe1");
        file.extend((piece.len() as u16 + 2).to_be_bytes());
        file.extend(&piece);
    }
    file.extend(&jpeg(&picture, Some(exif(6)))[2..]);
    let begun = Instant::now();
    assert!(demand(&file).unwrap() < 24);
    assert_eq!(decode(&file, &LIMITS).unwrap().pixels.dimensions(), (32, 48), "its own EXIF is heeded");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    // Text that claims to be compressed, and a colour profile: never looked into.
    let rows: Vec<u8> =
        picture.rows().flat_map(|row| std::iter::once(0).chain(row.flat_map(|pixel| pixel.0))).collect();
    let bomb = vec![0x55; 6 << 20];
    let file = png_file((48, 32), [8, 2, 0], &[(b"zTXt", &bomb), (b"iCCP", &bomb[..1 << 20])], &rows);
    assert!(demand(&file).unwrap() < 24);
    assert_eq!(decode(&file, &LIMITS).unwrap().pixels, picture);
}

#[test]
fn an_animation_whose_first_picture_is_smaller_is_none() {
    let mut control = [0u32, 24, 16, 0, 0].map(u32::to_be_bytes).concat();
    control.extend([0, 1, 0, 1, 0, 0]);
    let animation = [1u32, 0].map(u32::to_be_bytes).concat();
    let rows = [0; 16 * 73];
    let file = png_file((48, 32), [8, 2, 0], &[(b"acTL", &animation), (b"fcTL", &control)], &rows);
    assert_eq!(kind(&decode(&file, &LIMITS).unwrap_err()), "Undecodable");
}

#[test]
fn headers_that_are_none_are_told() {
    let picture = jpeg(&marked(48, 32), None);
    let start = picture.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let with = |at: usize, value: u8| {
        let mut file = picture.clone();
        file[start + at] = value;
        kind(&demand(&file).unwrap_err()).to_owned()
    };
    assert_eq!(
        (with(6, 0), with(9, 5), with(11, 0x05)),
        ("Undecodable".into(), "Undecodable".into(), "Undecodable".into())
    );
}
