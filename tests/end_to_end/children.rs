//! The children that decode what was sent: what they may take, what they see, and that they do not outlive the gateway.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use avatar_tests::pictures::{self, Coding};
use avatar_tests::{Api, Part, Site, eventually, memory_peak, status};
use rustix::process::{Pid, Signal, kill_process};

use crate::MOMENT;

#[test]
fn a_child_sees_nothing_of_the_gateway_and_dies_with_it() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let sound = fs::read(half_an_hour(&site.scratch())).unwrap();
    let api = Api::clone(&gateway);
    let upload = thread::spawn(move || api.post_form("/v1/audio", &[Part::file("file", "long.wav", sound)]).status);
    // The second thread is the last thing that a child begins before its work.
    let child = eventually("a child decodes", MOMENT, || {
        gateway.children().into_iter().find(|child| status(*child, "Threads").as_deref() == Some("2"))
    });
    let pid = Pid::from_raw(child.cast_signed()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();

    let environment = String::from_utf8_lossy(&fs::read(format!("/proc/{child}/environ")).unwrap()).into_owned();
    let variables: Vec<_> = environment.split_terminator('\0').collect();
    assert!(
        variables.iter().all(|variable| variable.starts_with("LD_LIBRARY_PATH=") || variable.starts_with("LIBHEIF_")),
        "{variables:?}"
    );
    assert_eq!(status(child, "NoNewPrivs").as_deref(), Some("1"));
    // Where the kernel has filters, both hold.
    assert!(status(child, "Seccomp_filters").is_none_or(|filters| filters == "2"));
    let limits = fs::read_to_string(format!("/proc/{child}/limits")).unwrap();
    for limit in ["Max cpu time", "Max data size", "Max core file size", "Max open files"] {
        let limit = limits.lines().find(|line| line.starts_with(limit)).unwrap();
        assert!(!limit.contains("unlimited"), "{limit}");
    }

    let killed = Instant::now();
    gateway.kill();
    eventually("the child is gone", Duration::from_secs(1), || (!is_alive(child)).then_some(()));
    assert!(killed.elapsed() < Duration::from_secs(2), "{:?}", killed.elapsed());
    assert!(upload.join().is_err(), "it gets no answer");
}

#[test]
fn a_child_whose_parent_is_gone_already_ends_by_itself() {
    let site = Site::new(&[], "");
    let (sound, made) = (half_an_hour(&site.scratch()), site.scratch().join("made.wav"));
    let begun = Instant::now();
    let ended = site.work_by_hand(&[
        "probe",
        "speech",
        sound.to_str().unwrap(),
        "--output",
        made.to_str().unwrap(),
        "--max-seconds=1800",
        "--memory=1000000000",
        "--processor-seconds=100",
    ]);
    assert_eq!(ended.status.signal(), Some(6), "{ended:?}");
    assert!(begun.elapsed() < MOMENT && !made.exists());
}

#[test]
fn a_picture_takes_no_more_than_its_header_promises() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let send = |name: &str, picture: Vec<u8>| {
        let problem = gateway.post_form("/v1/photos", &[Part::file("file", name, picture)]).expect(422);
        (problem["code"].as_str().unwrap().to_owned(), problem["detail"].as_str().unwrap().to_owned())
    };
    let colour = [(2, 2), (1, 1), (1, 1)];
    let (code, told) = send("greedy.webp", pictures::greedy_webp());
    assert!(code == "image.undecodable" && told.contains("memory"), "{code}: {told}");
    let (code, told) = send("passes.jpg", pictures::jpeg((7071, 7071), &colour, Coding::Progressive(0)));
    assert!(code == "image.too_large" && told.contains("progressive JPEG"), "{code}: {told}");
    let (code, told) = send("scans.jpg", pictures::jpeg((7071, 7071), &colour, Coding::OneByOne));
    assert!(code == "image.too_large" && told.contains("several scans"), "{code}: {told}");
    let (code, told) = send("endless.jpg", pictures::jpeg((1000, 1000), &colour, Coding::Progressive(1000)));
    assert!(code == "image.undecodable" && told.contains("scans"), "{code}: {told}");
    assert!(site.files().is_empty(), "{:?}", site.files());
}

#[test]
fn pictures_of_fifty_million_pixels_are_decoded_at_once_in_little_memory() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let group = Group::limited(gateway.pid(), 256);
    let largest = (7071, 7071);
    let mut hostile = vec![
        pictures::jpeg(largest, &[(2, 2), (1, 1), (1, 1)], Coding::Baseline),
        pictures::jpeg(largest, &[(1, 1); 3], Coding::Baseline),
        pictures::jpeg(largest, &[(1, 1); 4], Coding::Baseline),
        pictures::jpeg((5000, 4800), &[(2, 2), (1, 1), (1, 1)], Coding::Progressive(3)),
        pictures::jpeg((3000, 3000), &[(1, 1); 3], Coding::OneByOne),
        pictures::greedy_webp(),
    ];
    for (name, options) in [
        ("16.png", ["-pix_fmt", "rgba64be"].as_slice()),
        ("interlaced.png", &["-pix_fmt", "rgba64be", "-flags", "+ildct"]),
        ("palette.png", &["-pix_fmt", "pal8"]),
        ("bits.png", &["-pix_fmt", "monob"]),
    ] {
        let file = site.scratch().join(name);
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "lavfi", "-i", "color=gray:size=7071x7071", "-frames:v", "1"])
            .args(options)
            .arg(&file)
            .status();
        assert!(made.unwrap().success(), "{name}");
        hostile.push(fs::read(&file).unwrap());
    }
    thread::scope(|scope| {
        let gateway = &gateway;
        for picture in hostile.iter().cycle().take(64) {
            scope.spawn(move || {
                let problem = gateway.post_form("/v1/photos", &[Part::file("file", "x", picture.clone())]).expect(422);
                assert!(["face.none", "image.undecodable"].contains(&problem["code"].as_str().unwrap()), "{problem}");
            });
        }
    });
    let peak = memory_peak(gateway.pid());
    assert!(peak < 128, "{peak} MiB were in use in the gateway itself");
    assert_eq!(gateway.get("/v1/photos").status, 200);
    if group.is_none() {
        eprintln!("nothing but the gateway's own memory was looked at: no memory group can be made here");
    }
    drop(gateway);
}

/// A sound that takes a child a while.
fn half_an_hour(folder: &Path) -> PathBuf {
    let file = folder.join("long.wav");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", "sine=sample_rate=8000:duration=1700", "-c:a", "pcm_u8"])
        .arg(&file)
        .status();
    assert!(made.unwrap().success());
    file
}

/// Whether a process is there and not only waits for somebody to learn of its end.
fn is_alive(process: u32) -> bool {
    status(process, "State").is_some_and(|state| !state.starts_with('Z'))
}

/// A group of processes whose memory the system limits.
struct Group(PathBuf);

impl Group {
    /// Limits a process, and those that it starts from now on, to so many MiB; none where this user or system cannot.
    fn limited(process: u32, mebibytes: u64) -> Option<Self> {
        let name = format!("avatar-test-{process}");
        [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")].into_iter().find_map(
            |(root, limit)| {
                let group = Self(Path::new(root).join(&name));
                fs::create_dir(&group.0).ok()?;
                fs::write(group.0.join(limit), (mebibytes << 20).to_string()).ok()?;
                fs::write(group.0.join("cgroup.procs"), process.to_string()).ok()?;
                Some(group)
            },
        )
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // It goes once nobody is in it: the last children die after the gateway.
        let gone = || {
            thread::sleep(Duration::from_millis(20));
            fs::remove_dir(&self.0).is_ok()
        };
        if !(0..100).any(|_| gone()) {
            eprintln!("{} is left behind", self.0.display());
        }
    }
}
