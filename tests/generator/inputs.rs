//! How the double of the Duix generator finds its input files, and which it refuses.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;

use avatar_tests::Behaviour;

use crate::{Studio, ffmpeg};

const NOT_SEEN: &str = "三次获取音频时长失败";

fn no_video(code: &str) -> String {
    format!("[{code}]预处理失败，异常信息:[format video error]")
}

fn no_audio(code: &str) -> String {
    format!("[{code}]预处理失败，异常信息:[format audio error]")
}

/// Why a job with these inputs failed; empty if it did not.
fn fault(studio: &Studio, code: &str, audio: &str, video: &str) -> String {
    studio.accepted_with(code, audio, video);
    let data = studio.ended(code)["data"].clone();
    match data["status"].as_u64().unwrap() {
        2 => String::new(),
        _ => {
            assert_eq!((&data["progress"], &data["result"]), (&0.into(), &"".into()), "{data}");
            data["msg"].as_str().unwrap().to_owned()
        }
    }
}

#[test]
fn names_are_looked_up_in_temp_and_paths_in_the_container() {
    let studio = Studio::new(&Behaviour::default());
    let data = studio.generator.data();
    fs::copy(studio.generator.temp().join("voice.wav"), data.join("top.wav")).unwrap();
    assert_eq!(fault(&studio, "a", "/code/data/top.wav", "/code/data/temp/face.mp4"), "");
    assert_eq!(fault(&studio, "b", "top.wav", "face.mp4"), NOT_SEEN);
    assert_eq!(fault(&studio, "c", "temp/voice.wav", "face.mp4"), NOT_SEEN);
    assert_eq!(fault(&studio, "d", "voice.wav", "temp/face.mp4"), no_video("d"));
    // The host's own paths mean nothing in a container.
    assert_eq!(fault(&studio, "e", data.join("top.wav").to_str().unwrap(), "face.mp4"), NOT_SEEN);
    assert_eq!(fault(&studio, "f", "D:\\voice.wav", "face.mp4"), NOT_SEEN);
}

#[test]
fn inputs_in_other_formats_are_refused() {
    let studio = Studio::new(&Behaviour::default());
    let temp = studio.generator.temp();
    let sine = ["-f", "lavfi", "-i", "sine=d=0.5:r=16000"];
    ffmpeg(&sine, &temp.join("voice.mp3"));
    let source = ["-f", "lavfi", "-i", "testsrc=d=0.5:s=128x128:r=25"];
    let h264 = ["-c:v", "libx264", "-preset", "ultrafast"];
    let with = |coding: &[&str], name: &str| ffmpeg(&[&source, coding].concat(), &temp.join(name));
    with(&["-c:v", "mpeg4"], "mpeg4.mp4");
    with(&[&h264[..], &["-pix_fmt", "yuv444p"]].concat(), "444.mp4");
    let uneven = ["-vf", "select='not(eq(n,3)+eq(n,7))'", "-vsync", "vfr", "-pix_fmt", "yuv420p"];
    with(&[&h264[..], &uneven].concat(), "uneven.mp4");
    fs::write(temp.join("text.mp4"), "no video").unwrap();

    assert_eq!(fault(&studio, "a", "voice.mp3", "face.mp4"), no_audio("a"));
    for (code, video) in
        [("b", "mpeg4.mp4"), ("c", "444.mp4"), ("d", "uneven.mp4"), ("e", "text.mp4"), ("f", "none.mp4")]
    {
        assert_eq!(fault(&studio, code, "voice.wav", video), no_video(code), "{video}");
    }
}

#[test]
fn urls_are_fetched_where_the_image_can() {
    let studio = Studio::new(&Behaviour::default());
    let host = host_files(studio.generator.temp());
    let (audio, video) = (format!("{host}/voice.wav"), format!("{host}/face.mp4"));
    assert_eq!(fault(&studio, "a", &audio, &video), "");
    assert!(studio.has("a.wav") && studio.has("a.mp4"));
    assert_eq!(fault(&studio, "b", &format!("{host}/none.wav"), &video), "视频入参或音频入参下载处理异常");
    studio.generator.behave(&Behaviour { no_downloads: true, ..Behaviour::default() });
    assert_eq!(fault(&studio, "c", &audio, &video), "视频入参或音频入参下载处理异常");
    assert!(!studio.has("c.wav"));
}

/// Serves the files of a folder for as long as the test runs.
fn host_files(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            let text = String::from_utf8_lossy(&request[..read]).into_owned();
            let name = text.split_whitespace().nth(1).unwrap().trim_start_matches('/').to_owned();
            let (status, body) = match fs::read(folder.join(name)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(&[head.into_bytes(), body].concat());
        }
    });
    format!("http://{address}")
}
