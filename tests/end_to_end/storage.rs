//! A full disk and a locked database: told at once by what is short, and what frees space goes through.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use avatar_tests::{Answer, Part, Site, SmallDisk, eventually, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

/// What is refused at once, and with which code.
fn refused(status: u16, code: &str, ask: impl Fn() -> Answer) -> Value {
    let start = Instant::now();
    let refusal = ask().expect(status);
    assert_eq!(refusal["code"], code, "{refusal}");
    assert!(start.elapsed() < Duration::from_secs(4), "it took {:?}", start.elapsed());
    refusal
}

#[test]
fn a_full_disk_takes_nothing_on_and_lets_go() {
    let site = Site::new(&["testcard"], "");
    let Some(disk) = SmallDisk::at(&site, 64) else { return };
    let gateway = site.start();
    let (photo, sound) = (portrait(&site.scratch()), speech(&site.scratch(), 1.0));
    let audio = gateway.uploaded("audio", &sound);
    let unused = gateway.uploaded("audio", &sound);
    let jobs: Vec<_> = (0..4).map(|_| gateway.submit_testcard(&audio, json!({}))).collect();
    jobs.iter().for_each(|job| drop(gateway.finished(job, MOMENT)));

    disk.fill();
    refused(507, "storage.full", || gateway.upload("photos", &photo));
    refused(507, "storage.full", || gateway.upload("audio", &sound));
    refused(507, "storage.full", || {
        gateway.post_form("/v1/source-videos", &[Part::file("file", "a.mp4", vec![0; 3 << 20])])
    });
    let order = json!({"engine": "testcard", "audio_id": audio});
    refused(507, "storage.full", || gateway.post("/v1/jobs", &order));
    refused(507, "storage.full", || {
        gateway.post_form("/v1/jobs", &[Part::text("engine", "testcard"), Part::file("audio", "a", vec![0; 1 << 20])])
    });
    assert_eq!(gateway.job(&jobs[0])["state"], "succeeded");
    assert_eq!(gateway.request("DELETE", &format!("/v1/jobs/{}", jobs[0]), &[]).status, 204);
    assert!(disk.free() > 0, "the video is gone");
    disk.fill();
    assert_eq!(gateway.request("DELETE", &format!("/v1/audio/{unused}"), &[]).status, 204);
    disk.fill();

    gateway.kill();
    let gateway = site.start();
    refused(507, "storage.full", || gateway.post("/v1/jobs", &order));
    assert_eq!(gateway.request("DELETE", &format!("/v1/jobs/{}", jobs[1]), &[]).status, 204);
    disk.fill();
    gateway.stop();
    disk.fill();
    site.add_config("[retention]\njobs_days = 0.000001\nsweep_seconds = 0.2\n");
    let gateway = site.start();
    eventually("retention frees the disk", MOMENT, || {
        (gateway.get(&format!("/v1/jobs/{}", jobs[3])).status == 404).then_some(())
    });

    disk.clear();
    eventually("there is room again", MOMENT, || (gateway.upload("audio", &sound).status == 201).then_some(()));
    let job = gateway.submit(&order);
    eventually("it is rendered and removed", MOMENT, || {
        (gateway.get(&format!("/v1/jobs/{job}")).status == 404).then_some(())
    });
    drop((gateway, disk));
}

#[test]
fn uploads_that_do_not_fit_together_are_refused_before_they_are_sent() {
    let site = Site::new(&[], "");
    let Some(disk) = SmallDisk::at(&site, 64) else { return };
    let gateway = site.start();
    let begin = |bytes: u64| {
        let mut connection = TcpStream::connect(gateway.address()).unwrap();
        let head = format!(
            "POST /v1/source-videos HTTP/1.1\r\nhost: localhost\r\ncontent-length: {bytes}\r\nexpect: 100-continue\r\n\
             content-type: multipart/form-data; boundary=b\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).unwrap();
        connection.set_read_timeout(Some(MOMENT)).unwrap();
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).unwrap();
        (connection, String::from_utf8_lossy(&answer[9..]).into_owned())
    };
    assert_eq!(begin(60 << 20).1, "507", "a tenth is kept for jobs");
    let open: Vec<_> = (0..5).map(|_| begin(20 << 20)).collect();
    let answers: Vec<_> = open.iter().map(|(_, status)| status.as_str()).collect();
    assert_eq!(answers, ["100", "100", "507", "507", "507"]);
    drop(open);
    eventually("what was promised is free again", MOMENT, || (begin(20 << 20).1 == "100").then_some(()));
    drop((gateway, disk));
}

#[test]
fn a_locked_database_is_told_at_once() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = gateway.submit_testcard(&audio, json!({}));
    gateway.finished(&job, MOMENT);
    let script = "import sqlite3, sys\n\
                  base = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
                  base.execute('BEGIN IMMEDIATE')\n\
                  print('locked', flush=True)\n\
                  sys.stdin.read()\n";
    let mut python = std::process::Command::new("python3");
    python.args(["-c", script]).arg(site.data().join("gateway.db"));
    python.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut other = python.spawn().unwrap();
    other.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
    let order = json!({"engine": "testcard", "audio_id": audio});
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| refused(503, "gateway.database", || gateway.post("/v1/jobs", &order)));
            scope.spawn(|| {
                refused(503, "gateway.database", || gateway.request("DELETE", &format!("/v1/jobs/{job}"), &[]))
            });
        }
    });
    assert_eq!(gateway.job(&job)["state"], "succeeded", "reading goes on");
    drop(other.stdin.take());
    other.wait().unwrap();
    let job = gateway.submit(&order);
    assert_eq!(gateway.finished(&job, MOMENT)["state"], "succeeded");
}
