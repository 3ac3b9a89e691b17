//! Makes HEIC and AVIF files: the `ffmpeg` program codes a picture, and the boxes are laid around it here.

use std::fs;

use image::RgbImage;

use crate::fixtures::ffmpeg;

/// A picture or whatever else such a file holds.
pub(crate) struct Item {
    pub(crate) kind: &'static [u8; 4],
    pub(crate) data: Vec<u8>,
    /// Boxes that tell of it.
    pub(crate) properties: Vec<Vec<u8>>,
}

/// From which item to which, and what for.
pub(crate) type Reference = (&'static [u8; 4], u16, Vec<u16>);

/// A box.
pub(crate) fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), kind, content].concat()
}

/// A box with a version and flags.
fn versioned(kind: &[u8; 4], version: u8, content: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, 0], content].concat())
}

/// The property that says how large a picture is.
pub(crate) fn size(width: u32, height: u32) -> Vec<u8> {
    versioned(b"ispe", 0, &[width.to_be_bytes(), height.to_be_bytes()].concat())
}

/// The property that says which colours it has: BT.601 is how the program mixes them.
pub(crate) fn colours(primaries: u8, transfer: u8) -> Vec<u8> {
    boxed(b"colr", &[b'n', b'c', b'l', b'x', 0, primaries, 0, transfer, 0, 6, 0])
}

/// The property that says what an auxiliary picture is for.
pub(crate) fn alpha() -> Vec<u8> {
    versioned(b"auxC", 0, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
}

/// A coded picture, of this codec and layout of samples.
pub(crate) fn coded(picture: &RgbImage, codec: &str, layout: &str) -> Item {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("raw"), picture.as_raw()).unwrap();
    let dimensions = format!("{}x{}", picture.width(), picture.height());
    let raw = ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", &dimensions, "-i", &path("raw")];
    let (tag, quality): (_, &[&str]) = match codec {
        "libx265" => ("hvc1", &["-x265-params", "log-level=none:crf=4:keyint=1"]),
        _ => ("av01", &["-crf", "6", "-b:v", "0", "-cpu-used", "8", "-still-picture", "1"]),
    };
    let output = ["-frames:v", "1", "-c:v", codec, "-pix_fmt", layout, "-tag:v", tag, &path("coded.mp4")];
    ffmpeg(&[&raw[..], quality, &output].concat());
    let file = fs::read(path("coded.mp4")).unwrap();
    let config: &[u8; 4] = if codec == "libx265" { b"hvcC" } else { b"av1C" };
    let at = file.windows(4).position(|four| four == config).unwrap() - 4;
    let length = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let data = file.windows(4).position(|four| four == b"mdat").unwrap() - 4;
    Item {
        kind: if codec == "libx265" { b"hvc1" } else { b"av01" },
        data: file[data + 8..data + length(data)].to_vec(),
        properties: vec![file[at..at + length(at)].to_vec(), size(picture.width(), picture.height())],
    }
}

/// A file of this brand. The first item is the picture.
pub(crate) fn file(brand: &[u8; 4], items: &[Item], references: &[Reference]) -> Vec<u8> {
    let head = boxed(b"ftyp", &[*brand, [0; 4], *b"mif1", *brand].concat());
    let length = head.len() + meta(items, references, 0).len() + 8;
    let data: Vec<u8> = items.iter().flat_map(|item| item.data.iter().copied()).collect();
    [head, meta(items, references, length as u32), boxed(b"mdat", &data)].concat()
}

fn meta(items: &[Item], references: &[Reference], data: u32) -> Vec<u8> {
    let count = (items.len() as u16).to_be_bytes();
    let ids = || (1u16..).map(u16::to_be_bytes);
    let mut places = [&[0x44, 0], &count[..]].concat();
    let mut kinds = count.to_vec();
    let (mut properties, mut has, mut number) = (Vec::new(), (items.len() as u32).to_be_bytes().to_vec(), 0u8);
    let mut offset = data;
    for (id, item) in ids().zip(items) {
        places
            .extend([&id[..], &[0, 0, 0, 1], &offset.to_be_bytes(), &(item.data.len() as u32).to_be_bytes()].concat());
        offset += item.data.len() as u32;
        kinds.extend(versioned(b"infe", 2, &[&id[..], &[0, 0], item.kind, &[0]].concat()));
        has.extend([&id[..], &[item.properties.len() as u8]].concat());
        for property in &item.properties {
            number += 1;
            has.push(0x80 | number);
            properties.extend(property);
        }
    }
    let refers = references.iter().flat_map(|(kind, from, to)| {
        let to = to.iter().flat_map(|to| to.to_be_bytes());
        boxed(
            kind,
            &from.to_be_bytes().into_iter().chain([0, to.clone().count() as u8 / 2]).chain(to).collect::<Vec<_>>(),
        )
    });
    let content = [
        versioned(b"hdlr", 0, &[&[0; 4], b"pict".as_slice(), &[0; 13]].concat()),
        versioned(b"pitm", 0, &[0, 1]),
        versioned(b"iloc", 0, &places),
        versioned(b"iinf", 0, &kinds),
        versioned(b"iref", 0, &refers.collect::<Vec<_>>()),
        boxed(b"iprp", &[boxed(b"ipco", &properties), versioned(b"ipma", 0, &has)].concat()),
    ];
    versioned(b"meta", 0, &content.concat())
}
