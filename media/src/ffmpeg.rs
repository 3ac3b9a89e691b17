//! How this crate starts FFmpeg, opens files with it and reads their packets. Never called in the gateway's own
//! process, only in its short-lived children and in engine hosts.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Once;

use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::util::error::{EIO, ENOMEM, ENOSPC};
use ffmpeg_next::{Dictionary, Packet};

/// Packets in a row that may be unreadable before the rest of a file is given up: some demuxers stand still there.
const UNREADABLE_IN_A_ROW: u32 = 256;

/// Formats without any media of their own, by FFmpeg's names.
const PLAYLISTS: [&str; 5] = ["hls", "concat", "dash", "imf", "sdp"];

/// So many bytes show whether samples are in fact a stream of DTS: several of its frames.
const DISGUISE: &str = "65536";

/// Why a file could not be opened.
pub(crate) enum OpenError {
    /// The file system said no.
    Io(io::Error),
    /// Nothing that FFmpeg knows, in its own words.
    Unknown(String),
}

/// Starts FFmpeg once. What goes wrong comes back as an error value, so its own lines on stderr, one for each damaged
/// packet, are left out.
pub(crate) fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        // The only thing that `init` can do on the versions supported is to fill a table of messages.
        let _ = ffmpeg_next::init();
        ffmpeg_next::util::log::set_level(ffmpeg_next::util::log::Level::Fatal);
    });
}

/// Opens a local file by its content alone. FFmpeg is given the bytes and no protocol to reach for others, or an
/// uploaded playlist could make it read any file and address that this machine can.
pub(crate) fn open(path: &Path) -> Result<Input, OpenError> {
    open_stream(File::open(path).map_err(OpenError::Io)?)
}

/// Opens what stands in a local file in the same way.
pub(crate) fn open_stream(bytes: impl Read + Seek + Send + 'static) -> Result<Input, OpenError> {
    open_with(bytes, Dictionary::new())
}

/// Opens a WAV or AIFF file. FFmpeg reads five megabytes of them, if there are so many, to see whether their samples are
/// those of another codec in disguise; it is seen at once.
pub(crate) fn open_plain_sound(bytes: impl Read + Seek + Send + 'static) -> Result<Input, OpenError> {
    let mut options = Dictionary::new();
    options.set("probesize", DISGUISE);
    open_with(bytes, options)
}

fn open_with(bytes: impl Read + Seek + Send + 'static, mut options: Dictionary<'_>) -> Result<Input, OpenError> {
    start();
    let stream = StreamIo::from_read_seek(bytes).map_err(open_error)?;
    options.set("protocol_whitelist", "none");
    let input = ffmpeg_next::format::input_from_stream(stream, None, Some(options)).map_err(open_error)?;
    if PLAYLISTS.contains(&input.format().name()) {
        return Err(OpenError::Unknown("it only names other files".to_owned()));
    }
    Ok(input)
}

/// The next packet, past the damaged ones; none at the end, or where a file is too damaged to go on.
pub(crate) fn next_packet(input: &mut Input) -> io::Result<Option<Packet>> {
    for _ in 0..UNREADABLE_IN_A_ROW {
        let mut packet = Packet::empty();
        match packet.read(input) {
            Ok(()) => return Ok(Some(packet)),
            Err(ffmpeg_next::Error::InvalidData) => {}
            Err(error) => return system_error(error).map_or(Ok(None), Err),
        }
    }
    Ok(None)
}

/// The operating system's error, where that is what FFmpeg passes on.
pub(crate) fn system_error(error: ffmpeg_next::Error) -> Option<io::Error> {
    match error {
        ffmpeg_next::Error::Other { errno: errno @ (EIO | ENOMEM | ENOSPC) } => {
            Some(io::Error::from_raw_os_error(errno))
        }
        _ => None,
    }
}

/// The usual short name of a container, from FFmpeg's list of all the names that one reader serves.
pub(crate) fn container(input: &Input) -> String {
    match input.format().name() {
        "mov,mp4,m4a,3gp,3g2,mj2" => "mp4".to_owned(),
        names => names.split(',').next().unwrap_or_default().to_owned(),
    }
}

/// Always the content's fault: that the file itself can be read is known by now, and readers of playlists report what
/// they may not reach as all sorts of system errors.
fn open_error(error: ffmpeg_next::Error) -> OpenError {
    OpenError::Unknown(error.to_string())
}
