//! Many clients at once, and slow ones: memory stays bounded, and an upload that trickles is ended.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use avatar_tests::{Part, Site, eventually, memory_peak, speech};

use crate::MOMENT;

#[test]
fn many_large_pictures_at_once_stay_within_memory() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    // Noise does not compress: 2060 x 2010 pixels make 10 MB.
    let file = site.scratch().join("noise.png");
    let noise = "nullsrc=size=2060x2010,geq=random(1)*255:random(2)*255:random(3)*255";
    let filter = ["-v", "error", "-y", "-f", "lavfi", "-i", noise, "-frames:v", "1", "-pix_fmt", "rgb24"];
    assert!(std::process::Command::new("ffmpeg").args(filter).arg(&file).status().unwrap().success());
    let picture = fs::read(&file).unwrap();
    assert!((9_000_000..10_480_000).contains(&picture.len()), "{} bytes", picture.len());
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let answer = gateway.post_form("/v1/photos", &[Part::file("file", "noise.png", picture.clone())]);
                assert_eq!(answer.expect(422)["code"], "face.none");
            });
        }
    });
    let peak = memory_peak(gateway.pid());
    assert!(peak < 200, "{peak} MiB were in use");
    assert!(site.files().is_empty(), "{:?}", site.files());
}

#[test]
fn a_client_that_trickles_is_given_up() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let mut slow = TcpStream::connect(gateway.address()).unwrap();
    let head = "POST /v1/audio HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\
                content-type: multipart/form-data; boundary=b\r\n\r\n\
                --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n";
    slow.write_all(head.as_bytes()).unwrap();
    let start = Instant::now();
    let mut answer = slow.try_clone().unwrap();
    let trickle = thread::spawn(move || {
        while slow.write_all(b"x").is_ok() && start.elapsed() < 2 * MOMENT {
            thread::sleep(Duration::from_secs(1));
        }
    });
    // Meanwhile others are served.
    gateway.uploaded("audio", &speech(&site.scratch(), 1.0));

    answer.set_read_timeout(Some(2 * MOMENT)).unwrap();
    let mut text = [0; 4096];
    let read = answer.read(&mut text).expect("it is told why");
    let text = String::from_utf8_lossy(&text[..read]).into_owned();
    assert!(text.starts_with("HTTP/1.1 408") && text.contains("request.too_slow"), "{text}");
    assert!(start.elapsed() >= Duration::from_secs(25), "not at once: {:?}", start.elapsed());
    eventually("nothing of it is left", MOMENT, || site.no_work_left().then_some(()));
    trickle.join().unwrap();
}
