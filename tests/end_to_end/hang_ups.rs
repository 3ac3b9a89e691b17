//! Clients that hang up while they upload, and while what they have sent is looked at.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use avatar_tests::{Gateway, Site, eventually};

use crate::MOMENT;

/// Four minutes of silence at 8 kHz: decoding it takes a moment, and writing 8 MB of speech.
fn long_silence() -> Vec<u8> {
    let bytes: u32 = 4 * 60 * 8000 * 2;
    let mut wav = Vec::new();
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + bytes).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend_from_slice(&8000u32.to_le_bytes());
    wav.extend_from_slice(&16000u32.to_le_bytes());
    wav.extend_from_slice(b"\x02\0\x10\0data");
    wav.extend_from_slice(&bytes.to_le_bytes());
    wav.resize(wav.len() + bytes as usize, 0);
    wav
}

/// Sends so much of an upload, and keeps the connection.
pub(crate) fn begun(gateway: &Gateway, path: &str, file: &[u8], sent: usize) -> TcpStream {
    let form = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
    let end = "\r\n--b--\r\n";
    let length = form.len() + file.len() + end.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\
         content-type: multipart/form-data; boundary=b\r\n\r\n{form}"
    );
    let mut connection = TcpStream::connect(gateway.address()).unwrap();
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&file[..sent]).unwrap();
    if sent == file.len() {
        connection.write_all(end.as_bytes()).unwrap();
    }
    connection
}

#[test]
fn a_client_that_hangs_up_leaves_nothing() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let sound = long_silence();
    for path in ["/v1/photos", "/v1/audio", "/v1/source-videos"] {
        let half = begun(&gateway, path, &sound[..2_000_000], 1_000_000);
        eventually("it arrives", MOMENT, || (!site.no_work_left()).then_some(()));
        half.shutdown(Shutdown::Both).unwrap();
        eventually("half an upload goes", MOMENT, || site.no_work_left().then_some(()));
    }
    // At every moment of what is done with a sound.
    for milliseconds in (0..300).step_by(30) {
        let whole = begun(&gateway, "/v1/audio", &sound, sound.len());
        thread::sleep(Duration::from_millis(milliseconds));
        whole.shutdown(Shutdown::Both).unwrap();
    }
    eventually("what was made of uploads goes", MOMENT, || site.no_work_left().then_some(()));
}

#[test]
fn a_gateway_that_stops_leaves_no_half_uploads() {
    let site = Site::new(&[], "[scheduler]\ndrain_seconds = 0\n");
    let gateway = site.start();
    let sound = long_silence();
    let _open: Vec<_> = (1..8).map(|n| begun(&gateway, "/v1/audio", &sound, sound.len() - n % 3)).collect();
    eventually("something of it is there", MOMENT, || (!site.no_work_left()).then_some(()));
    gateway.stop();
    assert!(site.no_work_left());
}
