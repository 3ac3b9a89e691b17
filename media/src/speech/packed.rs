//! Canonical speech at rest: its samples alone, compressed without loss where that is worth it, until an engine reads them. A
//! few kilobytes of silence in a good codec are a hundred megabytes of canonical speech.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use hound::WavWriter;

use super::{CANONICAL, SPEECH_RATE, Speech, SpeechLimits, convert, voice, wav_error};
use crate::partial_file::PartialFile;
use crate::sound::SoundError;

/// What a file of gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Where the samples take no more than so many times what was sent, they are left as they are: compressed, those of speech
/// take 6 % less room, and more time than all the rest.
const SPARED: f64 = 4.0;

/// How much of the samples is on its way, in bytes.
const BUFFER: usize = 64 << 10;

/// As [`super::canonical_speech`], but packed: gzip of the samples, each in four bytes, the least one first.
pub fn pack(input: &Path, output: &Path, limits: &SpeechLimits) -> Result<Speech, SoundError> {
    let (part, file) = PartialFile::create(output)?;
    let measured = voice::measure(input, limits)?;
    let bytes = measured.facts.seconds * f64::from(4 * SPEECH_RATE);
    // Fast: what compresses well is what would take much room, and it does so at any level.
    let effort = match bytes <= SPARED * fs::metadata(input)?.len() as f64 {
        true => Compression::none(),
        false => Compression::fast(),
    };
    let mut packer = BufWriter::with_capacity(BUFFER, GzEncoder::new(BufWriter::new(file), effort));
    let speech = convert(input, limits, measured, |sample| Ok(packer.write_all(&sample.to_le_bytes())?))?;
    packer.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.flush()?;
    part.publish()?;
    Ok(speech)
}

/// Writes the canonical WAV of packed speech to `wav`, which appears only once it is whole. False, with nothing written,
/// where `packed` is none: then it is a canonical WAV itself.
///
/// # Errors
/// The file is damaged, or cannot be read, or the other not be written.
pub fn unpack(packed: &Path, wav: &Path) -> io::Result<bool> {
    let mut packed = BufReader::with_capacity(BUFFER, File::open(packed)?);
    let mut beginning = [0; 2];
    let is_packed = packed.read_exact(&mut beginning).is_ok() && beginning == GZIP;
    if !is_packed {
        return Ok(false);
    }
    let mut samples = GzDecoder::new(BufReader::new(GZIP.chain(packed)));
    let (part, file) = PartialFile::create(wav)?;
    let writing = |error| match wav_error(error) {
        SoundError::Io(error) => error,
        other => io::Error::other(other),
    };
    let mut writer = WavWriter::new(BufWriter::new(file), CANONICAL).map_err(writing)?;
    let mut block = Vec::with_capacity(BUFFER);
    while samples.by_ref().take(BUFFER as u64).read_to_end(&mut block)? > 0 {
        let (whole, rest) = block.as_chunks();
        if !rest.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "packed speech ends within a sample"));
        }
        for sample in whole {
            writer.write_sample(f32::from_le_bytes(*sample)).map_err(writing)?;
        }
        block.clear();
    }
    writer.finalize().map_err(writing)?;
    part.publish()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{ffmpeg, tone};
    use crate::speech::canonical_speech;

    const LIMITS: SpeechLimits = SpeechLimits { max_seconds: 600.0 };

    #[test]
    fn what_is_unpacked_is_what_engines_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        tone(&at("in.wav"), 44_100, 2, 5.3);
        let speech = canonical_speech(&at("in.wav"), &at("canonical.wav"), &LIMITS).unwrap();
        assert_eq!(pack(&at("in.wav"), &at("packed"), &LIMITS).unwrap(), speech);
        assert!(unpack(&at("packed"), &at("unpacked.wav")).unwrap());
        assert!(fs::read(at("unpacked.wav")).unwrap() == fs::read(at("canonical.wav")).unwrap());

        // What an earlier version has kept is left as it is.
        assert!(!unpack(&at("canonical.wav"), &at("none.wav")).unwrap());
        fs::write(at("short"), [0x1f]).unwrap();
        assert!(!unpack(&at("short"), &at("none.wav")).unwrap() && !at("none.wav").exists());
    }

    #[test]
    fn silence_takes_hardly_more_room_than_it_was_sent_with() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        ffmpeg(&["-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "600", at("in.flac").to_str().unwrap()]);
        pack(&at("in.flac"), &at("packed"), &LIMITS).unwrap();
        let (sent, kept) = (fs::metadata(at("in.flac")).unwrap().len(), fs::metadata(at("packed")).unwrap().len());
        assert!(kept < 20 * sent && kept < 400_000, "{sent} bytes became {kept}");
    }

    #[test]
    fn damage_is_seen_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        tone(&at("in.wav"), 16_000, 1, 2.0);
        pack(&at("in.wav"), &at("packed"), &LIMITS).unwrap();
        let whole = fs::read(at("packed")).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x10;
        for (what, bytes) in
            [("cut", &whole[..whole.len() / 2]), ("cut at its end", &whole[..whole.len() - 1]), ("flipped", &flipped)]
        {
            fs::write(at("damaged"), bytes).unwrap();
            assert!(unpack(&at("damaged"), &at("out.wav")).is_err(), "{what}");
            assert!(!at("out.wav").exists() && !at("out.wav.part").exists(), "{what}");
        }
    }
}
