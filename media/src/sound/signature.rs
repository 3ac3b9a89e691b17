//! How sound files begin, so surely that the same bytes behind another file are the beginning of a further one.

use std::io;

use super::window::Window;

/// What begins, as far as it matters to what may stand within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Frames one after the other, such as MP3 without a tag.
    Frames,
    /// A tag, with MP3 behind it.
    Tag,
    /// A frame of MP3 that tells how many follow.
    CountedMp3,
    /// WAV or AIFF.
    Chunks,
    /// FLAC.
    Flac,
    /// An Ogg stream.
    Ogg,
    /// Another format, in which frames of FLAC and MP3 may stand.
    Other,
}

/// Where a file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beginning {
    pub(super) kind: Kind,
    /// Its first byte.
    pub(super) start: u64,
    /// Where its first tag or page ends; its start if it has none.
    pub(super) head_end: u64,
}

/// Whether a file begins where a mark was found, and how.
pub(super) type Look = fn(&Window, u64) -> io::Result<Option<Beginning>>;

/// Bytes to search for, and what looks at the place where they were found.
pub(super) const MARKS: [(&[u8], Look); 18] = [
    (b"WAVE", wav),
    (b"AIFF", aiff),
    (b"AIFC", aiff),
    (b"fLaC\0\0\0\x22", |_, at| Ok(begins(Kind::Flac, at))),
    (b"fLaC\x80\0\0\x22", |_, at| Ok(begins(Kind::Flac, at))),
    // The second bit of its flags: the first page of a stream.
    (b"OggS\0\x02", ogg),
    (b"ftyp", mp4),
    (b"\x1a\x45\xdf\xa3", matroska),
    (b"#!AMR\n", other),
    (b"#!AMR-WB\n", other),
    // Windows Media.
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", other),
    // Core Audio.
    (b"caff\0\x01\0\0", other),
    // Wave64.
    (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0", other),
    (b".snd\0\0", au),
    (b"Xing", counted_mp3),
    (b"Info", counted_mp3),
    (b"VBRI", counted_mp3),
    (b"ID3", tag),
];

/// What a file is that begins with none of them.
pub(super) fn unmarked(file: &Window) -> io::Result<Kind> {
    let is_frame = |head: [u8; 4]| Mp3Frame::of(head).is_some() || is_aac(head) || head.starts_with(b"\x0b\x77");
    Ok(if file.bytes::<4>(0)?.is_some_and(is_frame) { Kind::Frames } else { Kind::Other })
}

fn is_aac([first, second, ..]: [u8; 4]) -> bool {
    first == 0xff && second & 0xf6 == 0xf0
}

fn begins(kind: Kind, start: u64) -> Option<Beginning> {
    Some(Beginning { kind, start, head_end: start })
}

fn other(_: &Window, at: u64) -> io::Result<Option<Beginning>> {
    Ok(begins(Kind::Other, at))
}

fn wav(file: &Window, at: u64) -> io::Result<Option<Beginning>> {
    form(file, at, &[b"RIFF", b"RIFX", b"RF64", b"BW64"])
}

fn aiff(file: &Window, at: u64) -> io::Result<Option<Beginning>> {
    form(file, at, &[b"FORM"])
}

/// A form, its size, its type, where the mark was found, and its first chunk.
fn form(file: &Window, at: u64, forms: &[&[u8; 4]]) -> io::Result<Option<Beginning>> {
    let Some(start) = at.checked_sub(8) else { return Ok(None) };
    let form = file.bytes::<4>(start)?.is_some_and(|form| forms.contains(&&form));
    let chunk = file.bytes::<4>(at + 4)?.is_some_and(|name| name.iter().all(|byte| (b' '..=b'~').contains(byte)));
    Ok(if form && chunk { begins(Kind::Chunks, start) } else { None })
}

/// The first page of a stream, which may be followed by the first ones of other streams.
fn ogg(file: &Window, at: u64) -> io::Result<Option<Beginning>> {
    let Some([segments]) = file.bytes(at + 26)? else { return Ok(None) };
    let mut head_end = at + 27 + u64::from(segments);
    for segment in 0..u64::from(segments) {
        head_end += file.bytes::<1>(at + 27 + segment)?.map_or(0, |[length]| u64::from(length));
    }
    Ok(Some(Beginning { kind: Kind::Ogg, start: at, head_end }))
}

/// A box of its size, with the brand behind the mark.
fn mp4(file: &Window, at: u64) -> io::Result<Option<Beginning>> {
    let Some(start) = at.checked_sub(4) else { return Ok(None) };
    let size = file.bytes::<4>(start)?.map_or(0, u32::from_be_bytes);
    let brand = file.bytes::<4>(at + 4)?.is_some_and(|brand| brand.iter().all(|byte| (b' '..=b'~').contains(byte)));
    Ok(if (16..=256).contains(&size) && size.is_multiple_of(4) && brand { begins(Kind::Other, start) } else { None })
}

/// The head of EBML with the type of the document in it.
fn matroska(file: &Window, at: u64) -> io::Result<Option<Beginning>> {
    let Some(head) = file.bytes::<48>(at)? else { return Ok(None) };
    let names = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
    Ok(if names(b"webm") || names(b"matroska") { begins(Kind::Other, at) } else { None })
}

/// Where the sound begins, its encoding, rate and channels, as 32-bit numbers.
fn au(file: &Window, at: u64) -> io::Result<Option<Beginning>> {
    let Some(head) = file.bytes::<24>(at)? else { return Ok(None) };
    let number = |index: usize| u32::from_be_bytes([0, 1, 2, 3].map(|byte| head[index * 4 + byte]));
    let is_head = (24..=4096).contains(&number(1)) && (1..=27).contains(&number(3)) && (1..=32).contains(&number(5));
    Ok(if is_head { begins(Kind::Other, at) } else { None })
}

/// A tag of ID3 before the first frame of MP3. Those within other formats have something else behind them.
fn tag(file: &Window, at: u64) -> io::Result<Option<Beginning>> {
    let Some([version, revision, _, size @ ..]) = file.bytes::<7>(at + 3)? else { return Ok(None) };
    if !(2..=4).contains(&version) || revision == 0xff || size.iter().any(|byte| *byte > 0x7f) {
        return Ok(None);
    }
    let size = size.iter().fold(0, |size, byte| (size << 7) + u64::from(*byte));
    let head_end = at + 10 + size;
    let frame = file.bytes::<4>(head_end)?;
    let is_mp3 = frame.is_some_and(|frame| Mp3Frame::of(frame).is_some());
    Ok(is_mp3.then_some(Beginning { kind: Kind::Tag, start: at, head_end }))
}

/// The frame that tells the number of frames stands before a place which goes by its version and channels.
fn counted_mp3(file: &Window, at: u64) -> io::Result<Option<Beginning>> {
    for before in [36, 21, 13] {
        let Some(start) = at.checked_sub(before) else { continue };
        let Some(frame) = file.bytes(start)?.and_then(Mp3Frame::of) else { continue };
        let is_fraunhofer = file.bytes(at)? == Some(*b"VBRI");
        if before == if is_fraunhofer { 36 } else { frame.count_at() } {
            return Ok(begins(Kind::CountedMp3, start));
        }
    }
    Ok(None)
}

/// The head of a frame of MPEG audio, layer III.
struct Mp3Frame {
    is_version_1: bool,
    is_mono: bool,
}

impl Mp3Frame {
    fn of([first, second, third, fourth]: [u8; 4]) -> Option<Self> {
        let is_layer_3 = first == 0xff && second & 0xe6 == 0xe2 && second & 0x18 != 0x08;
        let is_rated = third >> 4 != 15 && third & 0x0c != 0x0c;
        (is_layer_3 && is_rated).then_some(Self { is_version_1: second & 0x18 == 0x18, is_mono: fourth >> 6 == 3 })
    }

    /// How far into the frame the number of frames stands: behind the head and the side information.
    fn count_at(&self) -> u64 {
        match (self.is_version_1, self.is_mono) {
            (true, false) => 36,
            (true, true) | (false, false) => 21,
            (false, true) => 13,
        }
    }
}
