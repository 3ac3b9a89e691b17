//! The colour profile of a PNG, looked for by our own code: the decoder refuses files whose profile passes its limits.

use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom};

use flate2::read::ZlibDecoder;

use super::super::colour::source::LARGEST_PROFILE;

/// Bytes of the profile by what it says itself; 0 where there is none.
pub(super) fn size(file: &mut (impl BufRead + Seek)) -> u64 {
    let mut size = [0; 4];
    match find(file).and_then(|mut profile| profile.read_exact(&mut size)) {
        Ok(()) => u32::from_be_bytes(size).into(),
        Err(_) => 0,
    }
}

/// The profile; none where it is missing, broken or too large.
pub(super) fn read(file: &mut (impl BufRead + Seek)) -> Option<Vec<u8>> {
    let mut inflated = find(file).ok()?;
    let mut profile = vec![0; 4];
    inflated.read_exact(&mut profile).ok()?;
    let size = u64::from(u32::from_be_bytes(profile[..].try_into().ok()?));
    if size > LARGEST_PROFILE as u64 {
        return None;
    }
    inflated.take(size.checked_sub(4)?).read_to_end(&mut profile).ok()?;
    (profile.len() as u64 == size).then_some(profile)
}

/// Steps over the chunks before the picture, up to the profile.
fn find(file: &mut (impl BufRead + Seek)) -> io::Result<ZlibDecoder<impl Read>> {
    file.seek(SeekFrom::Start(8))?;
    loop {
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [a, b, c, d, kind @ ..] = head;
        let length = u64::from(u32::from_be_bytes([a, b, c, d]));
        match &kind {
            b"iCCP" => {
                let mut chunk = file.take(length);
                // A name of 79 characters at most, the zero behind it, and the number of the one known compression.
                let mut name = Vec::new();
                (&mut chunk).take(80).read_until(0, &mut name)?;
                let mut method = [1];
                chunk.read_exact(&mut method)?;
                return if method == [0] { Ok(ZlibDecoder::new(chunk)) } else { Err(ErrorKind::InvalidData.into()) };
            }
            b"IDAT" | b"IEND" => return Err(ErrorKind::NotFound.into()),
            _ => file.seek_relative(length as i64 + 4)?,
        }
    }
}
