//! Tells what a file is by its first bytes and never by its name, in words for error messages ("an MP4 video").

/// How many bytes of a file are enough to tell.
pub(crate) const BEGINNING: u64 = 4096;

/// Names the kind of content with its article ("an MP4 video"), for messages that tell people what they sent.
pub(crate) fn describe(bytes: &[u8]) -> &'static str {
    SIGNATURES
        .iter()
        .find(|(offset, signature, _)| bytes.get(*offset..).is_some_and(|rest| rest.starts_with(signature)))
        .map(|(_, _, kind)| *kind)
        .or_else(|| mpeg_audio(bytes))
        .or_else(|| text(bytes))
        .unwrap_or("a file of unknown kind")
}

/// Offset, bytes there, kind. The first match wins, so brands of `ftyp` stand before `ftyp` itself.
const SIGNATURES: &[(usize, &[u8], &str)] = &[
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"GIF8", "a GIF picture"),
    (4, b"ftypheic", "a HEIC picture"),
    (4, b"ftypheix", "a HEIC picture"),
    (4, b"ftyphevc", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIC picture"),
    (4, b"ftypcrx ", "a camera's raw picture"),
    (4, b"ftypmsf1", "a HEIC picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftypavis", "an AVIF picture"),
    (4, b"ftypM4A", "an M4A sound"),
    (4, b"ftypM4B", "an M4A sound"),
    (4, b"ftypqt", "a QuickTime video"),
    (4, b"ftyp", "an MP4 video"),
    (4, b"moov", "a QuickTime video"),
    (8, b"WAVE", "a WAV sound"),
    (8, b"AVI ", "an AVI video"),
    (8, b"AIFF", "an AIFF sound"),
    (8, b"AIFC", "an AIFF sound"),
    (0, b"OggS", "an Ogg sound"),
    (0, b"fLaC", "a FLAC sound"),
    (0, b"ID3", "an MP3 sound"),
    (0, b"#!AMR", "an AMR sound"),
    (0, b"\x1a\x45\xdf\xa3", "a WebM or Matroska video"),
    (0, b"FLV\x01", "a Flash video"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
    (0, b"BM", "a BMP picture"),
    (8, b"CR\x02", "a camera's raw picture"),
    (0, b"FUJIFILMCCD-RAW", "a camera's raw picture"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"8BPS", "a Photoshop picture"),
    (0, b"\0\0\x01\0", "an icon"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
    (0, b"\x1f\x8b", "a gzip archive"),
];

/// A bare MPEG audio or ADTS frame header: eleven sync bits, then a layer.
fn mpeg_audio(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Some("an AAC sound"),
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => Some("an MP3 sound"),
        _ => None,
    }
}

/// Text is UTF-8 without control characters, looked for in the first 4 KiB.
fn text(bytes: &[u8]) -> Option<&'static str> {
    let start = &bytes[..bytes.len().min(BEGINNING as usize)];
    let readable = match std::str::from_utf8(start) {
        Ok(all) => all,
        // A character may be cut at the end of the window; anything else is not text.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&start[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    if readable.is_empty() || readable.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let lower = readable.to_ascii_lowercase();
    Some(if lower.contains("<svg") {
        "an SVG picture"
    } else if lower.contains("<html") || lower.contains("<!doctype html") {
        "an HTML page"
    } else {
        "a text file"
    })
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        for (bytes, kind) in [
            (b"RIFF\x24\0\0\0WAVEfmt ".as_slice(), "a WAV sound"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP picture"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", "an MP4 video"),
            (b"\xff\xf1\x50\x80", "an AAC sound"),
            (b"\xff\xfb\x90\x64", "an MP3 sound"),
            (b"GIF89a\x01\0\x01\0", "a GIF picture"),
            ("žluťoučký kůň".as_bytes(), "a text file"),
            (b"<!DOCTYPE html><p>not found", "an HTML page"),
            (b"<?xml version='1.0'?><svg>", "an SVG picture"),
            (b"\0\x07\x99\xfe", "a file of unknown kind"),
        ] {
            assert_eq!(describe(bytes), kind, "{bytes:?}");
        }
    }

    #[test]
    fn text_cut_inside_a_character_is_still_text() {
        let mut long = "a".repeat(4095).into_bytes();
        long.extend("é".bytes());
        assert_eq!(describe(&long), "a text file");
    }
}
